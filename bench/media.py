"""CPU per forwarded packet: the load generator of relay_load through each relay in turn, round after round."""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.interop.port import PortBlock

from bench import goals, report
from bench.goals import Ratio
from bench.relay import OURS, PLAIN, RTPENGINE, Relay, relays
from bench.table import show

_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Run:
    """One relay under load: packets forwarded, CPU in us each, the part lost, datagrams that the kernel dropped."""

    relay: str
    packets: int
    cpu_us: float
    loss: float
    receive_buffer_errors: int


def run(calls: int, seconds: float, rounds: int) -> None:
    """Measures and prints; an anchor that is not installed is named."""
    everyone = relays()
    for relay in everyone:
        if relay.missing:
            print(f"not run: {relay.name}: {relay.missing}")
    ready = [relay for relay in everyone if not relay.missing]
    runs = [measure(relay, calls, seconds) for _ in range(rounds) for relay in ready]
    _show(runs, calls)


def measure(relay: Relay, calls: int, seconds: float) -> Run:
    """Starts the relay, loads it, ends it; AssertionError with the generator's own words when it failed."""
    said = _load_ng(relay, calls, seconds) if relay.command else _load(["--plain"], calls, seconds)
    return Run(
        relay=relay.name,
        packets=int(said["packets"]),
        cpu_us=float(said["cpu_us_per_packet"]),
        loss=float(said["loss"]),
        receive_buffer_errors=int(said["rcvbuf_errors"]),
    )


def _load_ng(relay: Relay, calls: int, seconds: float) -> dict[str, float]:
    ports = PortBlock()
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as name:
        process, port = relay.start(ports, Path(name))
        try:
            return _load(["--ng", f"127.0.0.1:{port}", "--pid", str(process.pid)], calls, seconds)
        finally:
            process.stop()
            ports.release()


def _load(relay: Sequence[str], calls: int, seconds: float) -> dict[str, float]:
    """The last line that the generator prints, a JSON object."""
    command = [sys.executable, "-m", "bench.relay_load", *relay, "--calls", str(calls), "--seconds", f"{seconds:g}"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=seconds + 60, check=False)
    assert done.returncode == 0, f"relay_load ended with {done.returncode}: {done.stderr[-500:]}"
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def _show(runs: Sequence[Run], calls: int) -> None:
    grouped: dict[str, list[Run]] = {}
    for each in runs:
        grouped.setdefault(each.relay, []).append(each)
    median = {name: statistics.median(each.cpu_us for each in group) for name, group in grouped.items()}
    show(
        f"Media: CPU per forwarded packet, {calls} two-way G.711 calls (median of the rounds)",
        ("relay", "CPU us", "lowest", "highest", "packets", "loss", "drops"),
        [
            (
                name, f"{median[name]:.2f}", f"{min(each.cpu_us for each in group):.2f}",
                f"{max(each.cpu_us for each in group):.2f}", str(sum(each.packets for each in group)),
                f"{max(each.loss for each in group):.4%}", str(sum(each.receive_buffer_errors for each in group)),
            )
            for name, group in grouped.items()
        ],
    )  # fmt: skip
    wanted = {RTPENGINE: goals.RTPENGINE_RATIO, PLAIN: goals.PLAIN_RELAY_RATIO}
    found = [
        Ratio(name, median[OURS], median[name], goal) for name, goal in wanted.items() if {name, OURS} <= set(median)
    ]
    report.ratios("Trunkline relay against (CPU per packet, same run)", found)
