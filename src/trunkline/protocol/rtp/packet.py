"""The RTP header (RFC 3550 section 5.1): functions over buffers, no object per packet.

Who forwards a packet needs `fault` and the fixed offsets; who plays it needs `payload_span` too.
"""

from struct import Struct
from typing import Final

HEADER_SIZE: Final = 12
MAX_SIZE: Final = 1500
"""Octets of the largest packet that is taken: an Ethernet frame's worth (goals.md, attacks: oversize is dropped)."""

GOOD: Final = 0
TOO_SHORT: Final = 1
WRONG_VERSION: Final = 2
WRONG_PAYLOAD_TYPE: Final = 3
OVERSIZE: Final = 4
FAULTS: Final = ("good", "too-short", "wrong-version", "wrong-payload-type", "oversize")
"""The name under which each fault is counted."""

Buffer = bytes | bytearray | memoryview

_header = Struct("!BBHII")
_pack_into = _header.pack_into
_word = Struct("!H").unpack_from
_long = Struct("!I").unpack_from


def payload_type_table(payload_types: tuple[int, ...]) -> bytes:
    """256 flags, indexed by the second octet of a packet (marker bit included), 1 where the type is allowed."""
    table = bytearray(256)
    for payload_type in payload_types:
        table[payload_type & 0x7F] = table[payload_type | 0x80] = 1
    return bytes(table)


def fault(buffer: Buffer, size: int, allowed: bytes) -> int:
    """GOOD, or why the first `size` octets are no packet to take; `allowed` is a `payload_type_table`."""
    if size < HEADER_SIZE:
        return TOO_SHORT
    if buffer[0] & 0xC0 != 0x80:
        return WRONG_VERSION
    if not allowed[buffer[1]]:
        return WRONG_PAYLOAD_TYPE
    return OVERSIZE if size > MAX_SIZE else GOOD


def is_rtcp(buffer: Buffer, size: int) -> bool:
    """Whether a packet on a shared port is RTCP (RFC 5761 section 4: types 192 to 223)."""
    return size >= 8 and 192 <= buffer[1] <= 223 and buffer[0] & 0xC0 == 0x80


def payload_type(buffer: Buffer) -> int:
    return buffer[1] & 0x7F


def marker(buffer: Buffer) -> bool:
    return buffer[1] >= 0x80


def sequence(buffer: Buffer) -> int:
    number: int = _word(buffer, 2)[0]
    return number


def timestamp(buffer: Buffer) -> int:
    ticks: int = _long(buffer, 4)[0]
    return ticks


def ssrc(buffer: Buffer) -> int:
    source: int = _long(buffer, 8)[0]
    return source


def payload_span(buffer: Buffer, size: int) -> tuple[int, int]:
    """Where the payload begins and ends, past CSRCs, extension and padding; an empty span if they do not fit."""
    first = buffer[0]
    start = HEADER_SIZE + 4 * (first & 0x0F)
    end = size
    if first & 0x10:
        if start + 4 > size:
            return 0, 0
        extension: int = _word(buffer, start + 2)[0]
        start += 4 + 4 * extension
    if first & 0x20:
        if buffer[size - 1] == 0:
            return 0, 0
        end -= buffer[size - 1]
    return (start, end) if start <= end else (0, 0)


def write_header(
    buffer: bytearray | memoryview, payload_type: int, sequence: int, timestamp: int, ssrc: int, *, marker: bool = False
) -> None:
    """Writes the twelve octets of a header without CSRC, extension or padding; numbers are taken modulo their width."""
    _pack_into(
        buffer,
        0,
        0x80,
        payload_type | (0x80 if marker else 0),
        sequence & 0xFFFF,
        timestamp & 0xFFFFFFFF,
        ssrc & 0xFFFFFFFF,
    )


def build(
    payload: Buffer, payload_type: int, sequence: int, timestamp: int, ssrc: int, *, marker: bool = False
) -> bytes:
    """One packet as bytes, for tests and tools."""
    header = bytearray(HEADER_SIZE)
    write_header(header, payload_type, sequence, timestamp, ssrc, marker=marker)
    return bytes(header) + bytes(payload)
