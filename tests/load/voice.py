"""Audio of the load tests' own: every phone sends 50 packets a second and counts what comes by number and by time."""

import asyncio
import re
import socket
import struct
import time
from dataclasses import dataclass

_HEADER = struct.Struct("!BBHII")
_PAYLOAD = b"\xd5" * 160
_TICK_S = 0.02
_GROUPS = 4
Address = tuple[str, int]


def media_address(sdp: bytes) -> Address:
    """Where the SDP wants its audio."""
    host = re.search(rb"^c=IN IP4 (\S+)", sdp, re.MULTILINE)
    port = re.search(rb"^m=audio (\d+)", sdp, re.MULTILINE)
    assert host, sdp
    assert port, sdp
    return host.group(1).decode(), int(port.group(1))


@dataclass(frozen=True, slots=True)
class Tally:
    """Counters of one moment."""

    sent: int
    received: int


class Voice:
    """One phone's socket."""

    __slots__ = ("_highest", "_last_at", "_socket", "longest_gap_s", "port", "received", "sent")

    def __init__(self, host: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind((host, 0))
        self.port: int = self._socket.getsockname()[1]
        self.sent = 0
        self.received = 0
        """Packets whose number had not come before or been passed."""
        self.longest_gap_s = 0.0
        self._highest = -1
        self._last_at = 0.0

    def fileno(self) -> int:
        return self._socket.fileno()

    def connect(self, to: Address) -> None:
        self._socket.connect(to)

    def close(self) -> None:
        self._socket.close()

    @property
    def tally(self) -> Tally:
        return Tally(self.sent, self.received)

    def send(self) -> None:
        number = self.sent
        header = _HEADER.pack(0x80, 8, number & 0xFFFF, number * 160 & 0xFFFFFFFF, self.port)
        try:
            self._socket.send(header + _PAYLOAD)
        except OSError:
            return
        self.sent += 1

    def drain(self) -> None:
        while True:
            try:
                data = self._socket.recv(2048)
            except BlockingIOError:
                return
            except OSError:
                continue
            number = int.from_bytes(data[2:4], "big")
            if len(data) >= 12 and number > self._highest:
                self._highest = number
                self.received += 1
                now = time.monotonic()
                if self._last_at:
                    self.longest_gap_s = max(self.longest_gap_s, now - self._last_at)
                self._last_at = now


class Voices:
    """All sockets of one loop and the one ticker that paces them."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._sending: list[Voice] = []
        self._open: set[Voice] = set()
        self._group = 0
        self._due = self._loop.time()
        self._handle = self._loop.call_at(self._due, self._tick)
        self.longest_pause_s = 0.0
        """How late this process itself has been: a gap of that length is nobody's fault but ours."""

    def open(self, host: str) -> Voice:
        voice = Voice(host)
        self._loop.add_reader(voice.fileno(), voice.drain)
        self._open.add(voice)
        return voice

    def talk(self, voice: Voice, to: Address) -> None:
        voice.connect(to)
        self._sending.append(voice)

    def hush(self, voice: Voice) -> None:
        if voice in self._sending:
            self._sending.remove(voice)

    def close(self) -> None:
        self._handle.cancel()
        for voice in self._open:
            self._loop.remove_reader(voice.fileno())
            voice.close()
        self._open.clear()
        self._sending.clear()

    def forget_gaps(self) -> None:
        """Begin to measure."""
        self.longest_pause_s = 0.0
        for voice in self._open:
            voice.longest_gap_s = 0.0

    def _tick(self) -> None:
        now = self._loop.time()
        self.longest_pause_s = max(self.longest_pause_s, now - self._due)
        self._due = max(self._due + _TICK_S / _GROUPS, now - 1.0)
        self._handle = self._loop.call_at(self._due, self._tick)
        self._group = (self._group + 1) % _GROUPS
        for voice in self._sending[self._group :: _GROUPS]:
            voice.send()
