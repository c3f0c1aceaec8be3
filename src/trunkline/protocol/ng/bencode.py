"""Bencode, the ng protocol's encoding: integers, byte strings, lists and dictionaries."""

from typing import TypeAlias

from trunkline.protocol.ng.errors import MalformedNg

BValue: TypeAlias = int | bytes | list["BValue"] | dict[str, "BValue"]
"""What arrives: strings stay bytes (an SDP need not be UTF-8), dictionary keys become text."""
BInput: TypeAlias = int | str | bytes | list["BInput"] | dict[str, "BInput"]
"""What may be sent: text is encoded as UTF-8."""

MAX_DEPTH = 12
"""Deepest nesting accepted; a query answer needs 8."""
_MAX_DIGITS = 20


def encode(value: BInput) -> bytes:
    """The bencoded form. Dictionary keys keep their order: rtpengine asks for none."""
    parts: list[bytes] = []
    _encode(value, parts)
    return b"".join(parts)


def _encode(value: BInput, parts: list[bytes]) -> None:
    if isinstance(value, bytes):
        parts.append(b"%d:%b" % (len(value), value))
    elif isinstance(value, str):
        raw = value.encode("utf-8", "surrogateescape")
        parts.append(b"%d:%b" % (len(raw), raw))
    elif isinstance(value, int):
        parts.append(b"i%de" % value)
    elif isinstance(value, list):
        parts.append(b"l")
        for item in value:
            _encode(item, parts)
        parts.append(b"e")
    else:
        parts.append(b"d")
        for key, item in value.items():
            raw = key.encode("utf-8", "surrogateescape")
            parts.append(b"%d:%b" % (len(raw), raw))
            _encode(item, parts)
        parts.append(b"e")


def decode(data: bytes, start: int = 0) -> BValue:
    """The one value that fills `data` from `start` to its end; raises MalformedNg."""
    value, end = _decode(data, start, MAX_DEPTH)
    if end != len(data):
        raise MalformedNg("octets after the value")
    return value


def decode_dict(data: bytes, start: int = 0) -> dict[str, BValue]:
    """As `decode`, where only a dictionary will do."""
    value = decode(data, start)
    if not isinstance(value, dict):
        raise MalformedNg("not a dictionary")
    return value


def _decode(data: bytes, at: int, depth: int) -> tuple[BValue, int]:
    mark = data[at : at + 1]
    if mark.isdigit():
        return _string(data, at)
    if depth == 0:
        raise MalformedNg("nested too deeply")
    if mark == b"d":
        return _dict(data, at + 1, depth - 1)
    if mark == b"l":
        return _list(data, at + 1, depth - 1)
    if mark == b"i":
        return _integer(data, at + 1)
    raise MalformedNg("unknown type mark" if mark else "ends early")


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    colon = data.find(b":", at, at + 7)
    length = data[at:colon] if colon > at else b""
    # bytes.isdigit is ASCII only, so int() sees neither signs, blanks nor underscores.
    if not length.isdigit():
        raise MalformedNg("bad string length")
    end = colon + 1 + int(length)
    if end > len(data):
        raise MalformedNg("string ends early")
    return data[colon + 1 : end], end


def _integer(data: bytes, at: int) -> tuple[int, int]:
    end = data.find(b"e", at, at + _MAX_DIGITS + 2)
    digits = data[at:end] if end > at else b""
    if not digits.removeprefix(b"-").isdigit():
        raise MalformedNg("bad integer")
    return int(digits), end + 1


def _list(data: bytes, at: int, depth: int) -> tuple[list[BValue], int]:
    items: list[BValue] = []
    while data[at : at + 1] != b"e":
        item, at = _decode(data, at, depth)
        items.append(item)
    return items, at + 1


def _dict(data: bytes, at: int, depth: int) -> tuple[dict[str, BValue], int]:
    found: dict[str, BValue] = {}
    while data[at : at + 1] != b"e":
        key, at = _string(data, at)
        found[key.decode("utf-8", "surrogateescape")], at = _decode(data, at, depth)
    return found, at + 1
