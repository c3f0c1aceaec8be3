"""Framing: length, CRC-32, payload. A frame that a dying machine has torn is told from a whole one."""

from collections.abc import Iterator
from struct import Struct
from typing import Final
from zlib import crc32

_HEAD: Final = Struct("<II")
HEAD_BYTES: Final = _HEAD.size
MOST_BYTES: Final = 1 << 28
"""No payload is longer: a longer length is damage."""


def framed(payload: bytes) -> bytes:
    return _HEAD.pack(len(payload), crc32(payload)) + payload


def frames(data: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """(offset, payload) of each whole frame from `start`, a frame's offset, on; ends before the first torn one."""
    end = len(data)
    while start + HEAD_BYTES <= end:
        length, check = _HEAD.unpack_from(data, start)
        after = start + HEAD_BYTES + length
        if length > MOST_BYTES or after > end:
            return
        payload = data[start + HEAD_BYTES : after]
        if crc32(payload) != check:
            return
        yield start, payload
        start = after
