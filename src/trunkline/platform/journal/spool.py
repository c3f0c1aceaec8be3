"""Segments: append-only files of frames in one directory that one process at a time may hold.

A position is one number, segment and offset; positions rise with every append, over segments and restarts.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, final

from trunkline.platform.journal.errors import JournalError, JournalInUse
from trunkline.platform.journal.frame import HEAD_BYTES, frames

SEGMENT_BYTES: Final = 8 << 20
_SUFFIX: Final = ".journal"
_OFFSET_BITS: Final = 32
_OFFSET_MASK: Final = (1 << _OFFSET_BITS) - 1

NOWHERE: Final = -1
"""The position of what could not be written."""


def segment_of(position: int) -> int:
    return position >> _OFFSET_BITS


@final
class Spool:
    """`fault` is why the last append failed, or "" while appends succeed; after the start only `read` raises."""

    __slots__ = (
        "_directory", "_fd", "_lock", "_offset", "_sizes", "_unsynced", "_write", "fault", "head", "last_written_at",
        "sync_fault", "torn",
    )  # fmt: skip

    def __init__(self, directory: Path, write: Callable[[int, bytes], int] = os.write) -> None:
        """Takes the directory and begins a new segment; raises JournalError."""
        self._directory = directory
        self._write = write
        self.fault = ""
        self.sync_fault = ""
        """Why the disk did not take what was appended, from the last run of a sync job."""
        self.torn = 0
        """Segments whose end was torn when they were read."""
        self._unsynced: list[int] = []
        self._offset = 0
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = self._locked()
            found = {int(path.stem): path.stat() for path in directory.glob(f"*{_SUFFIX}")}
            self._sizes = {segment: status.st_size for segment, status in found.items()}
            self.last_written_at = max((status.st_mtime for status in found.values() if status.st_size), default=None)
            """When a process before this one wrote last, UNIX seconds; None for never."""
            self.head = max(self._sizes, default=0) + 1
            self._fd = self._create(self.head)
        except OSError as error:
            raise JournalError(f"journal {directory}: {error.strerror or error}") from error
        self._sizes[self.head] = 0

    def _locked(self) -> int:
        path = self._directory / "lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 20).decode("ascii", "replace").strip()
            os.close(lock)
            raise JournalInUse(
                f"journal {self._directory}: held by another gateway process ({holder or 'unknown'})"
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"pid {os.getpid()}\n".encode(), 0)
        return lock

    def _path(self, segment: int) -> Path:
        return self._directory / f"{segment:08d}{_SUFFIX}"

    def _create(self, segment: int) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        fd = os.open(self._path(segment), flags, 0o600)
        self._unsynced.append(os.open(self._directory, os.O_RDONLY | os.O_CLOEXEC))  # the name must last too
        return fd

    def close(self) -> None:
        """Everything on disk, the directory free."""
        job = self.sync_job()
        if job is not None:
            job()
        os.close(self._fd)
        os.close(self._lock)

    # ---- writing

    @property
    def offset(self) -> int:
        """Octets in the segment that is written."""
        return self._offset

    @property
    def total(self) -> int:
        """Octets in all segments."""
        return sum(self._sizes.values())

    def append(self, data: bytes) -> int:
        """One write of whole frames; the position of the first, or NOWHERE with `fault` set."""
        try:
            written = self._write(self._fd, data)
        except OSError as error:
            return self._failed(error.strerror or str(error))
        if written != len(data):
            return self._failed("No space left on device")
        position = self.head << _OFFSET_BITS | self._offset
        self._offset += written
        self.fault = ""
        return position

    def _failed(self, fault: str) -> int:
        self.fault = fault
        try:
            # A frame in part would hide what is appended behind it.
            os.ftruncate(self._fd, self._offset)
        except OSError:
            self.rotate()
        return NOWHERE

    def rotate(self) -> bool:
        """Begin a new segment; False with `fault` set where that is not possible."""
        try:
            fd = self._create(self.head + 1)
        except OSError as error:
            self.fault = error.strerror or str(error)
            return False
        self._unsynced.append(self._fd)
        self._sizes[self.head] = self._offset
        self._fd = fd
        self.head += 1
        self._offset = self._sizes[self.head] = 0
        return True

    def sync_job(self) -> Callable[[], None] | None:
        """What a thread is to run so that all that was appended survives a power cut; None for nothing to do."""
        descriptors, self._unsynced = self._unsynced, []
        if self._offset != self._sizes[self.head]:
            self._sizes[self.head] = self._offset
            descriptors.append(os.dup(self._fd))
        if not descriptors:
            return None

        def sync() -> None:
            fault = ""
            for descriptor in descriptors:
                try:
                    os.fdatasync(descriptor)
                except OSError as error:
                    fault = error.strerror or str(error)
                finally:
                    os.close(descriptor)
            self.sync_fault = fault

        return sync

    # ---- reading and removing

    def read(self, position: int = 0) -> Iterator[tuple[int, bytes]]:
        """(position, payload) of every whole frame from a position on, in order.

        Raises OSError for a segment that cannot be read: what is in it must not be taken for nothing.
        """
        first, offset = segment_of(position), position & _OFFSET_MASK
        for segment in sorted(self._sizes):
            if segment < first:
                continue
            try:
                data = self._path(segment).read_bytes()
            except FileNotFoundError:
                continue  # removed meanwhile: nobody needs it any more
            end = start = offset if segment == first else 0
            for at, payload in frames(data, start):
                end = at + HEAD_BYTES + len(payload)
                yield segment << _OFFSET_BITS | at, payload
            if end < len(data):
                self.torn += 1

    def remove_before(self, segment: int) -> None:
        """Delete the segments below a number, oldest first."""
        for number in sorted(self._sizes):
            if number >= min(segment, self.head):
                return
            try:
                self._path(number).unlink(missing_ok=True)
            except OSError as error:
                self.fault = error.strerror or str(error)
                return
            del self._sizes[number]
