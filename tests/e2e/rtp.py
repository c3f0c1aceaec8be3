"""RTP of the tests' own: packets built by hand, sent and counted."""

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from tests.e2e.sip import Address
from trunkline.protocol.rtp import g711, tone

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


def carried(source: socket.socket, to: Address, target: socket.socket, payload: bytes) -> tuple[bytes, Address] | None:
    """What the target hears first while the source says it 50 times a second: the relay may have to be told yet."""
    deadline = time.monotonic() + 2.0
    while (found := heard(target, 0.02)) is None and time.monotonic() < deadline:
        say(source, to, payload)
    return found


def key_in(sock: socket.socket, to: Address, digits: str, ssrc: int = 7) -> None:
    """Telephone-events of payload type 101, 60 ms each, 40 ms apart; the end is sent three times (RFC 4733)."""
    for digit in digits:
        began = next(_SEQUENCE) * 160
        for step in range(6):
            is_last = step >= 3
            event = struct.pack("!BBH", "0123456789*#".index(digit), 0x8A if is_last else 0x0A, min(step + 1, 4) * 160)
            head = struct.pack("!BBHII", 0x80, 101 | (0x80 if not step else 0), next(_SEQUENCE) & 0xFFFF, began, ssrc)
            sock.sendto(head + event, to)
            if not is_last:
                time.sleep(0.02)
        time.sleep(0.04)


@dataclass
class Heard:
    """What comes in on a socket: the keys that were pressed, and the audio."""

    sock: socket.socket
    digits: str = ""
    _last_event: int = -1

    def hears(self, hertz: int, seconds: float = 8.0) -> bool:
        """Whether a tone of that frequency comes in time; keys that come meanwhile are kept."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            payload = self._next(left)
            if payload and tone.share(g711.decode(payload, g711.PCMU), hertz) > 0.8:
                return True
        return False

    def _next(self, seconds: float) -> bytes:
        """The audio of the next packet, if it has any."""
        self.sock.settimeout(seconds)
        try:
            data = self.sock.recv(2048)
        except TimeoutError:
            return b""
        kind, timestamp = data[1] & 0x7F, struct.unpack_from("!I", data, 4)[0]
        if kind == 101 and timestamp != self._last_event:
            self._last_event = timestamp
            self.digits += "0123456789*#"[data[12]]
        return data[12:] if kind == 0 else b""
