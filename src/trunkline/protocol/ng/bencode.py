"""Bencode, the ng protocol's encoding: integers, byte strings, lists and dictionaries.

The final counters of a call are some 150 values, read once per call by the gateway: the decoder looks at each octet
once and takes lengths of one digit, which most are, without searching.
"""

from typing import Final, TypeAlias

from trunkline.protocol.ng.errors import MalformedNg

BValue: TypeAlias = int | bytes | list["BValue"] | dict[str, "BValue"]
"""What arrives: strings stay bytes (an SDP need not be UTF-8), dictionary keys become text."""
BInput: TypeAlias = int | str | bytes | list["BInput"] | dict[str, "BInput"]
"""What may be sent: text is encoded as UTF-8."""

MAX_DEPTH: Final = 12
"""Deepest nesting accepted; a query answer needs 8."""
_MAX_DIGITS: Final = 20
_COLON, _DICT, _END, _INTEGER, _LIST, _NINE, _ZERO = b":deil90"


def encode(value: BInput) -> bytes:
    """The bencoded form. Dictionary keys keep their order: rtpengine asks for none."""
    parts: list[bytes] = []
    _encode(value, parts)
    return b"".join(parts)


def _encode(value: BInput, parts: list[bytes]) -> None:
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
        parts.append(b"%d:%b" % (len(value), value))
    elif isinstance(value, int):
        parts.append(b"i%de" % value)
    elif isinstance(value, bytes):
        parts.append(b"%d:%b" % (len(value), value))
    elif isinstance(value, dict):
        parts.append(b"d")
        for key, item in value.items():
            raw = key.encode("utf-8", "surrogateescape")
            if isinstance(item, int):
                parts.append(b"%d:%bi%de" % (len(raw), raw, item))
            else:
                parts.append(b"%d:%b" % (len(raw), raw))
                _encode(item, parts)
        parts.append(b"e")
    else:
        parts.append(b"l")
        for item in value:
            _encode(item, parts)
        parts.append(b"e")


def decode(data: bytes, start: int = 0) -> BValue:
    """The one value that fills `data` from `start` to its end; raises MalformedNg."""
    try:
        value, end = _decode(data, start, MAX_DEPTH)
    except IndexError:
        raise MalformedNg("ends early") from None
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
    """A value and the place after it; IndexError where the data end early."""
    mark = data[at]
    if _ZERO <= mark <= _NINE:
        begin, end = _string_span(data, at)
        return data[begin:end], end
    if mark == _INTEGER:
        return _integer(data, at + 1)
    if depth == 0:
        raise MalformedNg("nested too deeply")
    if mark == _DICT:
        return _dict(data, at + 1, depth - 1)
    if mark == _LIST:
        return _list(data, at + 1, depth - 1)
    raise MalformedNg("unknown type mark")


def _string_span(data: bytes, at: int) -> tuple[int, int]:
    if data[at + 1] == _COLON:
        begin = at + 2
        length = data[at] - _ZERO
        if not 0 <= length <= 9:
            raise MalformedNg("bad string length")
    else:
        colon = data.find(b":", at, at + 7)
        digits = data[at:colon] if colon > at else b""
        # bytes.isdigit is ASCII only, so int() sees neither signs, blanks nor underscores.
        if not digits.isdigit():
            raise MalformedNg("bad string length")
        begin = colon + 1
        length = int(digits)
    end = begin + length
    if end > len(data):
        raise MalformedNg("string ends early")
    return begin, end


def _integer(data: bytes, at: int) -> tuple[int, int]:
    end = data.find(b"e", at, at + _MAX_DIGITS + 2)
    digits = data[at:end] if end > at else b""
    if not digits.isdigit() and not digits.removeprefix(b"-").isdigit():
        raise MalformedNg("bad integer")
    return int(digits), end + 1


def _list(data: bytes, at: int, depth: int) -> tuple[list[BValue], int]:
    items: list[BValue] = []
    while data[at] != _END:
        item, at = _decode(data, at, depth)
        items.append(item)
    return items, at + 1


def _dict(data: bytes, at: int, depth: int) -> tuple[dict[str, BValue], int]:
    """The hot one: integers and keys of one or two digits are read in place."""
    found: dict[str, BValue] = {}
    mark = data[at]
    while mark != _END:
        if data[at + 2] == _COLON and _ZERO <= mark <= _NINE and _ZERO <= data[at + 1] <= _NINE:
            begin = at + 3
            end = begin + 10 * mark + data[at + 1] - 11 * _ZERO
        elif data[at + 1] == _COLON and _ZERO <= mark <= _NINE:
            begin = at + 2
            end = begin + mark - _ZERO
        else:
            begin, end = _string_span(data, at)
        key = data[begin:end].decode("utf-8", "surrogateescape")
        mark = data[end]
        if mark == _INTEGER:
            found[key], at = _integer(data, end + 1)
        elif mark == _DICT and depth:
            found[key], at = _dict(data, end + 1, depth - 1)
        else:
            found[key], at = _decode(data, end, depth)
        mark = data[at]
    return found, at + 1
