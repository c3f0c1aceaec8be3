"""A disk that fails when told to."""

import errno
import os


class Disk:
    """Stands in for os.write; `full` refuses, `short` writes only that many octets once."""

    def __init__(self) -> None:
        self.full = False
        self.short: int | None = None
        self.writes = 0

    def write(self, fd: int, data: bytes) -> int:
        self.writes += 1
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.short is not None:
            cut, self.short = self.short, None
            return os.write(fd, data[:cut])
        return os.write(fd, data)
