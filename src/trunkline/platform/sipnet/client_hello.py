"""The first message of a TLS caller, read before anything is answered: whom it wants, how new its TLS is.

A context's versions and ciphers cannot be changed once a handshake has begun, so what depends on the account has to be
known before (RFC 8446 section 4.1.2, RFC 6066 section 3).
"""

from dataclasses import dataclass
from typing import Final

MOST: Final = 16 * 1024
"""Octets that a ClientHello may take; real ones take 200 to 2,000."""

TLS_1_0: Final = 0x0301
TLS_1_1: Final = 0x0302
TLS_1_2: Final = 0x0303
TLS_1_3: Final = 0x0304

_HANDSHAKE: Final = 22
_CLIENT_HELLO: Final = 1
_SERVER_NAME: Final = 0
_SUPPORTED_VERSIONS: Final = 43
_LONGEST_RECORD: Final = 2**14


class NotClientHello(Exception):
    """These octets do not begin a TLS handshake."""


@dataclass(frozen=True, slots=True)
class ClientHello:
    server_name: str
    """SNI in lower case without a final dot; "" when none was sent."""
    best_version: int
    """The newest version offered that exists: `TLS_1_0` to `TLS_1_3`, or 0."""


def read_client_hello(octets: bytes) -> ClientHello | None:
    """The ClientHello at the start of a stream, None while octets of it are missing. Raises NotClientHello."""
    return HelloReader().read(octets)


class HelloReader:
    """Reads one as it comes in; a record that was whole is not read again, or crumbs would cost seconds."""

    __slots__ = ("_at", "_handshake")

    def __init__(self) -> None:
        self._at = 0
        """Where the record begins that is not whole yet."""
        self._handshake = b""
        """What the records before it held."""

    def read(self, octets: bytes | bytearray) -> ClientHello | None:
        """`octets` is all that came so far, more with each call. Raises NotClientHello."""
        while len(octets) - self._at >= 5:
            at = self._at
            kind, major, *_, high, low = octets[at : at + 5]
            length = high << 8 | low
            if kind != _HANDSHAKE or major != 3 or not 0 < length <= _LONGEST_RECORD:
                raise NotClientHello("no handshake record")
            end = at + 5 + length
            handshake = self._handshake + octets[at + 5 : end]
            if len(handshake) >= 4 and (whole := _whole(handshake)) is not None:
                return _read(_Reader(whole))
            if len(octets) < end:
                break
            self._at, self._handshake = end, handshake
        if octets and octets[0] != _HANDSHAKE:
            raise NotClientHello("no handshake record")
        if len(octets) >= MOST:
            raise NotClientHello("too long")
        return None


def _whole(handshake: bytes) -> bytes | None:
    """The body of the message, once it is there."""
    length = int.from_bytes(handshake[1:4])
    if handshake[0] != _CLIENT_HELLO:
        raise NotClientHello("not a ClientHello")
    if length > MOST:
        raise NotClientHello("too long")
    return handshake[4 : 4 + length] if len(handshake) >= 4 + length else None


class _Reader:
    """Takes counted pieces off the front; raises NotClientHello where one is longer than what is left."""

    __slots__ = ("_at", "_octets")

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._octets)

    def take(self, count: int) -> bytes:
        piece = self._octets[self._at : self._at + count]
        if len(piece) < count:
            raise NotClientHello("cut short")
        self._at += count
        return piece

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def vector(self, size: int) -> bytes:
        """What stands behind a length of `size` octets."""
        return self.take(self.number(size))


def _read(hello: _Reader) -> ClientHello:
    version = hello.number(2)
    hello.take(32)  # random
    hello.vector(1)  # session
    hello.vector(2)  # ciphers
    hello.vector(1)  # compression
    name = ""
    versions = [version]
    extensions = _Reader(hello.vector(2) if hello else b"")
    while extensions:
        kind, body = extensions.number(2), _Reader(extensions.vector(2))
        if kind == _SERVER_NAME:
            name = _server_name(body)
        elif kind == _SUPPORTED_VERSIONS:
            # It replaces the field in front, which says 1.2 for ever (RFC 8446 section 4.2.1).
            versions = _pairs(body.vector(1))
    # What is none of them is a value of RFC 8701 or of a later time.
    known = [version for version in versions if TLS_1_0 <= version <= TLS_1_3]
    return ClientHello(name, max(known, default=0))


def _pairs(octets: bytes) -> list[int]:
    return [int.from_bytes(octets[at : at + 2]) for at in range(0, len(octets) - 1, 2)]


def _server_name(body: _Reader) -> str:
    names = _Reader(body.vector(2)) if body else body
    while names:
        kind, name = names.number(1), names.vector(2)
        if kind == 0:
            return name.decode("ascii", "replace").lower().removesuffix(".")
    return ""
