"""Kamailio as a stateful proxy with Record-Route and optional digest: a customer's SBC, and the bench's anchor."""

import platform
from pathlib import Path
from typing import Literal

from tests.interop.peer import peer
from tests.interop.port import is_taken
from tests.interop.process import PeerProcess
from tests.interop.sipp import Transport, render

Allocator = Literal["shipped", "tlsf"]


class Kamailio:
    """One running proxy on `host`:`port`; everything it accepts goes to `next_hop`."""

    __slots__ = ("_process", "port")

    def __init__(
        self,
        folder: Path,
        port: int,
        next_hop: tuple[str, int],
        *,
        host: str = "127.0.0.1",
        next_transport: Transport = "udp",
        realm: str | None = None,
        password: str = "",
        tcp: bool = False,
        allocator: Allocator = "shipped",
        detour: tuple[str, tuple[str, int]] | None = None,
    ) -> None:
        """With a `realm` every initial INVITE is challenged; any user with `password` passes.

        `allocator` is its -x; numbers that begin with the first of `detour` go to its second instead.
        """
        program = peer("kamailio")
        self.port = port
        config = folder / f"kamailio-{port}.cfg"
        settings = {
            "HOST": host, "PORT": str(port), "NO_TCP": "no" if tcp else "yes",
            "MACHINE": f"{platform.machine()}-linux-gnu",
            "REALM": realm or "", "PASSWORD": password, "NEXT_HOST": next_hop[0], "NEXT_PORT": str(next_hop[1]),
            "NEXT_TRANSPORT": next_transport,
            "DETOUR": f"^\\{detour[0]}" if detour else "^$",
            "DETOUR_HOP": "{}:{}".format(*(detour or ("", next_hop))[1]),
        }  # fmt: skip
        config.write_text(render("proxy.cfg", settings))
        config.chmod(0o600)
        run = folder / f"kamailio-{port}"
        run.mkdir(exist_ok=True)
        command: list[str | Path] = [program, "-f", config, "-DD", "-E", "-m", "512", "-M", "32"]
        command += ["-Y", run, "-P", run / "pid", "-w", run]
        command += ["-A", "WITH_TCP"] if tcp else []
        command += ["-A", "WITH_DIGEST"] if realm else []
        command += ["-x", "tlsf"] if allocator == "tlsf" else []
        self._process = PeerProcess(command, folder / f"kamailio-{port}.log", env={"LC_ALL": "C"})
        self._process.wait_until(lambda: is_taken(host, port))

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> int:
        return self._process.stop()

    def last_words(self) -> str:
        return self._process.last_words()
