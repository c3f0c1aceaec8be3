"""Two figures under load: set-up time added, and memory for each concurrent call."""

import time
from dataclasses import dataclass

from bench import meter
from bench.contender import Contender
from bench.field import HOLD_MS, Field
from bench.probe import Prober, SetUpTimes

_PROBES_PER_S = 50
_FILL_RATE = 200.0


@dataclass(frozen=True, slots=True)
class SetUp:
    """Set-up times beside a load of `rate` calls/s, and how many calls of that load failed."""

    contender: str
    rate: float
    times: SetUpTimes
    failed: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory that `calls` concurrent calls added, per call."""

    contender: str
    calls: int
    kb_per_call: float
    failed: int


def set_up(contender: Contender, rate: float, seconds: float) -> SetUp:
    """Probes 50 times a second while sipp keeps `rate` calls/s coming."""
    with Field(contender, seconds=seconds + 90, probe=True) as field:
        assert field.probe_port is not None
        target = ("127.0.0.1", field.running.port)
        prober = Prober(field.take_port(), field.probe_port, target, field.running.login)
        calls = round(rate * seconds)
        caller = field.begin(rate=rate, calls=calls, hold_ms=HOLD_MS)
        times = prober.run(_PROBES_PER_S, lambda: caller.is_running)
        said = caller.wait()
    return SetUp(contender.name, rate, times, calls - said.successful)


def memory(contender: Contender, calls: int) -> Memory:
    """Fills the contender with `calls` calls that all last, and reads its memory when they are up."""
    fill_s = calls / _FILL_RATE
    with Field(contender, seconds=fill_s + 90) as field:
        before = meter.read(field.running.pid)
        caller = field.begin(rate=_FILL_RATE, calls=calls, hold_ms=round(fill_s * 1000) + 3000)
        time.sleep(fill_s + 1.5)
        added = meter.read(field.running.pid).since(before).rss_bytes
        said = caller.wait()
    return Memory(contender.name, calls, added / 1000 / calls, calls - said.successful)
