"""The frame of one ng datagram: a cookie, one space, a bencoded dictionary."""

from trunkline.protocol.ng.bencode import BInput, BValue, decode_dict, encode
from trunkline.protocol.ng.command import Command, to_bytes
from trunkline.protocol.ng.errors import MalformedNg

MAX_COOKIE = 255
"""Octets; rtpengine's own limit is the datagram, nobody sends more than about 40."""

LARGEST = 65507
"""Octets of the largest datagram over IPv4."""


def build(cookie: bytes, body: dict[str, BInput]) -> bytes:
    """One datagram; the answer to it bears the same cookie."""
    return b"%b %b" % (cookie, encode(body))


def command_datagram(cookie: bytes, command: Command) -> bytes:
    """One datagram with a command."""
    return b"%b %b" % (cookie, to_bytes(command))


def cookie_of(datagram: bytes) -> bytes:
    """The cookie, without looking at the rest; raises MalformedNg."""
    end = datagram.find(b" ", 0, MAX_COOKIE + 1)
    if end < 1:
        raise MalformedNg("no cookie")
    return datagram[:end]


def body_of(datagram: bytes, cookie: bytes) -> dict[str, BValue]:
    """The dictionary behind the cookie; raises MalformedNg."""
    return decode_dict(datagram, len(cookie) + 1)
