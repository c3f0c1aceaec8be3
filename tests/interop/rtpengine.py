"""Debian's rtpengine in user space, on ports of its own, as the other engine behind the ng client."""

from pathlib import Path

from tests.interop.peer import peer
from tests.interop.port import PortBlock, is_taken
from tests.interop.process import PeerProcess


def start_rtpengine(
    folder: Path, ports: PortBlock, *, threads: int = 1, blocks: int = 0
) -> tuple[PeerProcess, tuple[str, int]]:
    """Runs it; the process and its ng address. Skips the test when it is not installed.

    `blocks` gives it so many hundred ports for media, instead of what is left of the first block.
    """
    program = peer("rtpengine")
    ng = ports.take()
    media = ports.take_blocks(blocks) if blocks else (ports.take(2, even=True), ports.last)
    process = PeerProcess(rtpengine_command(program, folder, ng, media, threads=threads), folder / "rtpengine.log")
    process.wait_until(lambda: is_taken("127.0.0.1", ng))
    return process, ("127.0.0.1", ng)


def rtpengine_command(
    program: Path, folder: Path, ng: int, ports: tuple[int, int], *, threads: int = 1
) -> list[str | Path]:
    """No kernel table, no configuration file, nothing outside `folder`."""
    return [
        program,
        "--config-file=none",
        "--foreground",
        "--log-stderr",
        "--log-level=4",
        "--table=-1",
        "--interface=127.0.0.1",
        f"--listen-ng=127.0.0.1:{ng}",
        f"--port-min={ports[0]}",
        f"--port-max={ports[1]}",
        f"--pidfile={folder / 'rtpengine.pid'}",
        f"--num-threads={threads}",
        # Above any silence timer of a gateway (design, decision 16).
        "--timeout=90000",
        "--silent-timeout=90000",
        "--offer-timeout=7200",
        "--delete-delay=0",
    ]
