"""Free ports that no other run on this machine takes: blocks of 100, each held by a file lock."""

import fcntl
import os
import socket
import tempfile
from io import FileIO
from pathlib import Path

BLOCK = 100
_FIRST, _LAST = 11_000, 32_000  # below Linux's ephemeral range (32768-60999), over the well-known services


class PortBlock:
    """A hundred ports, ours until `release` or the end of the process (the lock goes with it)."""

    __slots__ = ("_lock", "_next", "first")

    def __init__(self) -> None:
        self._lock, self.first = _lock_block()
        self._next = self.first

    @property
    def last(self) -> int:
        return self.first + BLOCK - 1

    def take(self, count: int = 1, *, even: bool = False, host: str = "127.0.0.1") -> int:
        """The first of `count` adjacent ports that are free for UDP and TCP on `host`; IndexError when all are used."""
        port = self._next + (self._next % 2 if even else 0)
        while not all(_is_free(host, number) for number in range(port, port + count)):
            port += 2 if even else 1
        if port + count - 1 > self.last:
            raise IndexError(f"no {count} free ports left in {self.first}-{self.last}")
        self._next = port + count
        return port

    def release(self) -> None:
        self._lock.close()


def is_taken(host: str, port: int, kind: socket.SocketKind = socket.SOCK_DGRAM) -> bool:
    """True while something is bound to the port: how a test knows that a peer is up."""
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def _is_free(host: str, port: int) -> bool:
    return not is_taken(host, port) and not is_taken(host, port, socket.SOCK_STREAM)


def _lock_block() -> tuple[FileIO, int]:
    for first in range(_FIRST, _LAST, BLOCK):
        lock = FileIO(_folder() / str(first), "w")
        if _locked(lock):
            return lock, first
        lock.close()
    raise RuntimeError("all blocks of ports are taken by other runs")


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"trunkline-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _locked(lock: FileIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
