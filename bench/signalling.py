"""CPU per call: sipp caller -> contender -> sipp callee at a fixed rate, all contenders in turn, round after round."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import meter
from bench.contender import Contender
from bench.field import HOLD_MS, Field


@dataclass(frozen=True, slots=True)
class Run:
    """One contender at one rate for a few seconds; CPU in ms per completed call."""

    contender: str
    rate: float
    calls: int
    completed: int
    heard_by_callee: int
    records: int | None
    cpu_ms: float
    beside_ms: float
    retransmissions: int
    receive_buffer_errors: int

    @property
    def failed(self) -> int:
        """Calls that were not whole at both ends (or, where records are kept, not in them)."""
        return self.calls - min(
            self.completed, self.heard_by_callee, self.calls if self.records is None else self.records
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """All rounds of one contender at one rate: the median CPU and the sums of what went wrong."""

    contender: str
    rate: float
    cpu_ms: float
    lowest_ms: float
    highest_ms: float
    beside_ms: float
    calls: int
    failed: int
    retransmissions: int
    receive_buffer_errors: int


def measure(contenders: Sequence[Contender], rates: Sequence[float], seconds: float, rounds: int) -> Iterator[Run]:
    """Every contender at every rate, interleaved, `rounds` times; one that cannot take a rate is left out there."""
    for _ in range(rounds):
        for rate in rates:
            for contender in contenders:
                if rate <= contender.ceiling:
                    yield run(contender, rate, seconds)


def run(contender: Contender, rate: float, seconds: float) -> Run:
    """Starts callee and contender, warms them up, and counts `rate` x `seconds` calls."""
    calls = round(rate * seconds)
    with Field(contender, seconds=seconds + 90) as field:
        pids = (field.running.pid, *field.running.beside.values())
        before = [meter.read(pid) for pid in pids]
        said = field.call(rate=rate, calls=calls, hold_ms=HOLD_MS)
        cost, *beside = [meter.read(pid).since(earlier) for pid, earlier in zip(pids, before, strict=True)]
        stored = field.running.records(field.warm_up + calls)
        heard = field.hang_up()
    return Run(
        contender=contender.name,
        rate=rate,
        calls=calls,
        completed=said.successful,
        heard_by_callee=heard.successful - field.warm_up,
        records=None if stored is None else stored - field.warm_up,
        cpu_ms=cost.cpu_s * 1000 / max(1, said.successful),
        beside_ms=sum(each.cpu_s for each in beside) * 1000 / max(1, said.successful),
        retransmissions=said.retransmissions + heard.retransmissions,
        receive_buffer_errors=cost.receive_buffer_errors,
    )


def summarise(runs: Sequence[Run]) -> list[Figure]:
    """One figure for each (rate, contender), in the order they were run."""
    grouped: dict[tuple[float, str], list[Run]] = {}
    for each in runs:
        grouped.setdefault((each.rate, each.contender), []).append(each)
    return [_figure(group) for group in grouped.values()]


def _figure(group: Sequence[Run]) -> Figure:
    costs = [each.cpu_ms for each in group]
    return Figure(
        contender=group[0].contender,
        rate=group[0].rate,
        cpu_ms=statistics.median(costs),
        lowest_ms=min(costs),
        highest_ms=max(costs),
        beside_ms=statistics.median(each.beside_ms for each in group),
        calls=sum(each.calls for each in group),
        failed=sum(each.failed for each in group),
        retransmissions=sum(each.retransmissions for each in group),
        receive_buffer_errors=sum(each.receive_buffer_errors for each in group),
    )
