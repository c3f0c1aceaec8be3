"""Load for a media relay: N two-way G.711 calls through it, and what a forwarded packet costs it in CPU.

`python -m bench.relay_load --ng HOST:PORT --pid PID --calls N --seconds S` loads a running relay; with `--plain`
in place of `--ng` and `--pid` it starts the plain C relay itself, the anchor. Prints one line of JSON.
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import meter
from trunkline.protocol.ng.answer import Ok, parse_result
from trunkline.protocol.ng.bencode import decode_dict
from trunkline.protocol.ng.command import Answer, Command, Delete, Offer, SourceRule, to_bytes

PARTIES = "127.0.0.2"
"""An address of loopback that nothing else uses, so that its ports are free."""
RELAY = "127.0.0.1"
BASE = 20_000
PLAIN_BASE = 20_000
WARM_S = 1.5
_SOURCES = Path(__file__).parent / "c"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the measured part; `delay` is from a party's send to the other's receive, through the relay."""

    calls: int
    packets: int
    cpu_us_per_packet: float
    cpu_share: float
    loss: float
    rcvbuf_errors: int
    delay_p50_us: int
    delay_p99_us: int
    delay_max_us: int


def main() -> int:
    """Parses the arguments, runs, prints."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--ng", help="HOST:PORT of the relay's control socket")
    arguments.add_argument("--pid", type=int, help="the relay's process, for its CPU time")
    arguments.add_argument("--plain", action="store_true", help="start and load the plain C relay instead")
    arguments.add_argument("--calls", type=int, default=400)
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--symmetric", action="store_true", help="legs latch instead of being strict")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="trunkline-load-") as folder:
        if chosen.plain:
            figures = load_plain(Path(folder), chosen.calls, chosen.seconds)
        elif chosen.ng and chosen.pid:
            host, _, port = chosen.ng.rpartition(":")
            source = SourceRule.SYMMETRIC if chosen.symmetric else SourceRule.STRICT
            figures = load_ng(Path(folder), (host, int(port)), chosen.pid, chosen.calls, chosen.seconds, source)
        else:
            arguments.error("either --plain, or --ng and --pid")
    print(json.dumps(asdict(figures)))
    return 0


def load_ng(
    folder: Path, ng: tuple[str, int], pid: int, calls: int, seconds: float, source: SourceRule = SourceRule.STRICT
) -> Figures:
    """Sets the calls up over ng, loads, deletes them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        control.settimeout(3)
        control.connect(ng)
        desk = _Desk(control)
        ports = [port for call in range(calls) for port in desk.connect(call, source)]
        try:
            return _load(folder, ports, pid, calls, seconds)
        finally:
            for call in range(calls):
                desk.ask(Delete(f"load-{call}", "A"))


def load_plain(folder: Path, calls: int, seconds: float) -> Figures:
    """The same against `plain_relay.c`, which knows its parties from the command line."""
    with _running([_compiled(folder, "plain_relay"), RELAY, str(PLAIN_BASE), str(calls), PARTIES, str(BASE)]) as relay:
        _await_line(relay, "ready")
        ports = [PLAIN_BASE + 2 * party for party in range(2 * calls)]
        return _load(folder, ports, relay.pid, calls, seconds)


def _load(folder: Path, ports: list[int], pid: int, calls: int, seconds: float) -> Figures:
    command = [_compiled(folder, "rtp_load"), PARTIES, str(BASE), RELAY, str(calls), f"{WARM_S * 1000:.0f}"]
    with _running([*command, f"{seconds * 1000:.0f}"]) as load:
        assert load.stdin is not None
        load.stdin.write("".join(f"{port}\n" for port in ports))
        load.stdin.flush()
        _await_line(load, "warm")
        cpu_before, drops_before = cpu_ns(pid), meter.receive_buffer_errors()
        _await_line(load, "over")
        cpu = cpu_ns(pid) - cpu_before
        drops = meter.receive_buffer_errors() - drops_before
        sent, received, *delays = map(int, _next_line(load).split())
    return Figures(
        calls=calls,
        packets=received,
        cpu_us_per_packet=cpu / 1000 / max(1, received),
        cpu_share=cpu / 1e9 / seconds,
        loss=(sent - received) / max(1, sent),
        rcvbuf_errors=drops,
        delay_p50_us=delays[0],
        delay_p99_us=delays[1],
        delay_max_us=delays[2],
    )


class _Desk:
    """The control side of the load: one command at a time."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._count = 0

    def connect(self, call: int, source: SourceRule) -> tuple[int, int]:
        """One call; the relay's port for the caller and for the callee to send to."""
        caller, callee = BASE + 4 * call, BASE + 4 * call + 2
        to_callee = self.ask(Offer(f"load-{call}", "A", _sdp(caller), "B", source=source))
        to_caller = self.ask(Answer(f"load-{call}", "A", "B", _sdp(callee), source=source))
        return _port(to_caller.sdp), _port(to_callee.sdp)

    def ask(self, command: Command) -> Ok:
        self._count += 1
        self._control.send(b"load_%d %b" % (self._count, to_bytes(command)))
        answer = self._control.recv(65535)
        result = parse_result(decode_dict(answer, answer.index(b" ") + 1))
        assert isinstance(result, Ok), result
        return result


def _sdp(port: int) -> bytes:
    head = f"v=0\r\no=- 1 1 IN IP4 {PARTIES}\r\ns=-\r\nc=IN IP4 {PARTIES}\r\nt=0 0\r\n"
    return f"{head}m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n".encode()


def _port(sdp: bytes) -> int:
    return int(sdp.partition(b"m=audio ")[2].split()[0])


def cpu_ns(pid: int) -> int:
    """CPU time of a process with all its threads, in ns: its CPU clock (clock_getcpuclockid(3)), exact to the us."""
    return time.clock_gettime_ns((~pid << 3) | 2)


def _compiled(folder: Path, name: str) -> str:
    program = folder / name
    if not program.exists():
        subprocess.run(["gcc", "-O2", "-o", str(program), str(_SOURCES / f"{name}.c")], check=True)
    return str(program)


@contextmanager
def _running(command: list[str]) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _await_line(process: "subprocess.Popen[str]", wanted: str) -> None:
    line = _next_line(process)
    assert line == wanted, f"{wanted!r} expected, {line!r} came"


def _next_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


if __name__ == "__main__":
    sys.exit(main())
