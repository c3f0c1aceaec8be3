"""A Valkey of the tests' own, or a Redis, which speaks the same: on a port of 127.0.0.1, with nothing on disk."""

import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

from tests.interop.peer import find, peer


def program() -> Path:
    """Skips the test where there is neither."""
    return find("valkey-server") or peer("redis-server")


class ValkeyServer:
    """Use as `with ValkeyServer(port, directory) as server:`; may be killed and started again on its port."""

    def __init__(self, port: int, directory: Path) -> None:
        self.port = port
        self.directory = directory
        self._program = program()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [str(self._program), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--appendonly", "no", "--dir", str(self.directory)]
        with (self.directory / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        while self._told("PING") != b"+PONG\r\n":
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.directory / "valkey.log").read_text())
            time.sleep(0.02)

    def kill(self) -> None:
        """As by a power cut: nothing that it held is left."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def _told(self, line: str) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1.0) as peer:
                peer.sendall(line.encode() + b"\r\n")
                return peer.recv(100)
        except OSError:
            return b""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
