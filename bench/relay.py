"""The relays that the media bench runs: ours and rtpengine by ng, and the plain C relay, which the load starts."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.interop.peer import find
from tests.interop.port import PortBlock, is_taken
from tests.interop.process import PeerProcess

RTP_PORTS = (40_000, 60_000)
OURS = "Trunkline relay"
PLAIN = "plain C relay (epoll, recvfrom, sendto)"
RTPENGINE = "rtpengine in user space, one thread"
_PROGRAM = (
    "import sys; from trunkline.service.relay.config import RelayConfig; "
    "from trunkline.service.relay.process import run; "
    "sys.exit(run(RelayConfig(ng_address=('127.0.0.1', int(sys.argv[1])), ports=(int(sys.argv[2]), int(sys.argv[3])))))"
)


@dataclass(frozen=True, slots=True)
class Relay:
    """One row of the media table: `command(ng_port, folder)` starts it; without one the load generator does."""

    name: str
    command: Callable[[int, Path], list[str | Path]] | None
    missing: str | None = None

    def start(self, ports: PortBlock, folder: Path) -> tuple[PeerProcess, int]:
        """The process and its ng port, once it listens."""
        assert self.command is not None, f"{self.name} is started by the load generator"
        port = ports.take()
        process = PeerProcess(self.command(port, folder), folder / f"relay-{port}.log", cwd=folder)
        process.wait_until(lambda: is_taken("127.0.0.1", port))
        return process, port


def relays() -> tuple[Relay, ...]:
    """Ours first; anchors that are not installed say so."""
    rtpengine, compiler = find("rtpengine"), find("gcc")
    return (
        Relay(OURS, _ours),
        Relay(RTPENGINE, _rtpengine, None if rtpengine else "not installed (make peers)"),
        Relay(PLAIN, None, None if compiler else "no gcc (make peers)"),
    )


def _ours(port: int, folder: Path) -> list[str | Path]:
    return [sys.executable, "-c", _PROGRAM, str(port), *map(str, RTP_PORTS)]


def _rtpengine(port: int, folder: Path) -> list[str | Path]:
    """As Debian ships it, but without the kernel module and with its own folders; no file of the system is read."""
    first, last = map(str, RTP_PORTS)
    program = find("rtpengine") or Path("rtpengine")
    command: list[str | Path] = [program, "--config-file=none", "--foreground", "--log-stderr", "--log-level=3"]
    command += ["--table=-1", "--no-fallback", "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{port}"]
    command += [f"--port-min={first}", f"--port-max={last}", "--num-threads=1", "--delete-delay=0"]
    return [*command, f"--pidfile={folder / f'rtpengine-{os.getpid()}-{port}.pid'}"]
