"""RTP of the tests' own: packets built by hand, sent and counted."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from tests.e2e.sip import Address

_SEQUENCE = count(1)


@contextmanager
def rtp_socket(host: str, port: int = 0) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((host, port))
        sock.settimeout(2)
        yield sock


def packet(payload: bytes, ssrc: int = 7) -> bytes:
    """PCMU, 160 octets that begin with `payload` (RFC 3550 section 5.1)."""
    number = next(_SEQUENCE)
    return struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * 160, ssrc) + payload.ljust(160, b"\xff")


def say(sock: socket.socket, to: Address, payload: bytes, ssrc: int = 7) -> None:
    sock.sendto(packet(payload, ssrc), to)


def heard(sock: socket.socket, seconds: float = 2.0) -> tuple[bytes, Address] | None:
    """The next packet's payload without its padding, and where it came from; None when it stays quiet."""
    sock.settimeout(seconds)
    try:
        data, source = sock.recvfrom(2048)
    except TimeoutError:
        return None
    return data[12:].rstrip(b"\xff"), source
