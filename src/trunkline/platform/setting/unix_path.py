"""Paths as addresses of UNIX sockets, however deep the home lies."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_LONGEST: Final = 107
"""Octets that sun_path holds before its final NUL (unix(7))."""


@contextmanager
def unix_path(path: Path) -> Iterator[str]:
    """`path` as bind and connect take it while the block runs; raises OSError when its directory is not there.

    A longer one goes by way of its directory's descriptor: only the name is left to fit.
    """
    text = str(path)
    if len(os.fsencode(text)) <= _LONGEST:
        yield text
        return
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
