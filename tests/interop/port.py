"""Free ports that no other run on this machine takes: blocks of 100, each held by a file lock."""

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterable
from io import FileIO
from pathlib import Path

BLOCK = 100
_FIRST, _LAST = 11_000, 32_000  # below Linux's ephemeral range (32768-60999), over the well-known services


class PortBlock:
    """Ports that are ours until `release` or the end of the process (the locks go with it); no port is given twice."""

    __slots__ = ("_end", "_locks", "_next", "first")

    def __init__(self) -> None:
        self._locks: list[FileIO] = []
        self._next = self.first = self._another_block()

    @property
    def last(self) -> int:
        """The end of the first block, for peers that want a range of their own."""
        return self.first + BLOCK - 1

    def take(self, count: int = 1, *, even: bool = False, host: str = "127.0.0.1") -> int:
        """The first of `count` adjacent ports, free for UDP and TCP on `host`; a used block is followed by another."""
        if count >= BLOCK:
            raise IndexError(f"no {count} adjacent ports in a block of {BLOCK}")
        while (port := self._search(count, even, host)) is None:
            self._next = self._another_block()
        self._next = port + count
        return port

    def take_blocks(self, count: int) -> tuple[int, int]:
        """The first and last port of `count` adjacent blocks, for a peer that wants a wide range of its own.

        A port in it may be taken by somebody who holds no lock; such a peer passes over it.
        """
        held: list[FileIO] = []
        for first in range(_FIRST, _LAST, BLOCK):
            lock = _lock_of(first)
            if lock is None:
                _close(held)
                held = []
                continue
            held.append(lock)
            if len(held) == count:
                self._locks += held
                return first + BLOCK - count * BLOCK, first + BLOCK - 1
        _close(held)
        raise RuntimeError(f"no {count} adjacent blocks of ports are free of other runs")

    def release(self) -> None:
        _close(self._locks)

    def _search(self, count: int, even: bool, host: str) -> int | None:
        step = 2 if even else 1
        first = self._next + (self._next % 2 if even else 0)
        for port in range(first, self._end - count + 1, step):
            if all(_is_free(host, number) for number in range(port, port + count)):
                return port
        return None

    def _another_block(self) -> int:
        lock, first = _lock_block()
        self._locks.append(lock)
        # Kept, for a block that is full to its last port would else go on in the next, which may be another's.
        self._end = first + BLOCK
        return first


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
        lock = _lock_of(first)
        if lock is not None:
            return lock, first
    raise RuntimeError("all blocks of ports are taken by other runs")


def _lock_of(first: int) -> FileIO | None:
    """The lock of the block that begins there; None while somebody else holds it."""
    lock = FileIO(_folder() / str(first), "w")
    if _locked(lock):
        return lock
    lock.close()
    return None


def _close(locks: Iterable[FileIO]) -> None:
    for lock in locks:
        lock.close()


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
