"""What an RTP endpoint says: audio of a source, telephone-events in its place, one packet a tick."""

import asyncio
import secrets
import socket
from collections import deque
from collections.abc import Callable
from typing import Final, final

from trunkline.platform.media.audio import Nothing, Source
from trunkline.protocol.rtp import g711, packet
from trunkline.protocol.rtp.telephone_event import digit_payloads

_PAUSE_TICKS: Final = 3


@final
class RtpSender:
    """One stream of packets from one socket; sequence and timestamps begin anywhere (RFC 3550 section 5.1)."""

    __slots__ = (
        "_event_type",
        "_events",
        "_held",
        "_loop",
        "_marker",
        "_octets",
        "_on_finished",
        "_packet",
        "_packets",
        "_payload_type",
        "_rtp",
        "_sequence",
        "_source",
        "_ssrc",
        "errors",
        "law",
        "timestamp",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, rtp: socket.socket, ssrc: int) -> None:
        self._loop = loop
        self._rtp = rtp
        self._ssrc = ssrc
        self._payload_type = self.law = g711.PCMU
        self._event_type: int | None = None
        self._packet = bytearray(packet.HEADER_SIZE + g711.FRAME_SAMPLES)
        self._sequence = secrets.randbits(15)
        self.timestamp = secrets.randbits(32)
        self._packets = self._octets = 0
        self.errors = 0
        """What could not be sent, and what ICMP said of what was."""
        self._held = False
        self._marker = True
        self._source: Source = Nothing()
        self._on_finished: Callable[[], object] | None = None
        self._events: deque[tuple[int, bytes] | None] = deque()

    @property
    def sent(self) -> tuple[int, int]:
        """Packets and octets of payload."""
        return self._packets, self._octets

    def speak(self, payload_type: int, law: int, event_type: int | None) -> None:
        """From the next packet on; raises ValueError for a law that is neither."""
        if law not in g711.SILENCE:
            raise ValueError("the law is PCMU (0) or PCMA (8)")
        self.law = law
        self._payload_type = payload_type
        self._event_type = event_type

    def play(self, source: Source, on_finished: Callable[[], object] | None = None) -> None:
        """From the next tick on; `on_finished` is called once, on the loop, when the source has ended."""
        self._source = source
        self._on_finished = on_finished
        self._marker = True

    def send_digits(self, digits: str, ticks: int) -> None:
        """Raises ValueError for no digit, and where the peer takes none."""
        if self._event_type is None:
            raise ValueError("the peer takes no telephone-events")
        for digit in digits:
            self._events.extend(enumerate(digit_payloads(digit, ticks)))
            self._events.extend([None] * _PAUSE_TICKS)

    def hold(self) -> None:
        self._held = True

    def resume(self) -> None:
        self._held = False
        self._marker = True

    def tick(self, *, connected: bool) -> None:
        """One packet time has passed."""
        timestamp = self.timestamp
        self.timestamp = timestamp + g711.FRAME_SAMPLES & 0xFFFFFFFF
        if connected and not self._held:
            if self._events:
                self._send_event(timestamp)
            else:
                self._send_audio(timestamp)

    def _send_audio(self, timestamp: int) -> None:
        payload = self._source.frame(self.law)
        if payload is None:
            self._marker = True  # RFC 3551 section 4.1: the first packet after a silence without packets
        else:
            self._send(payload, self._payload_type, timestamp, marker=self._marker)
            self._marker = False
        if self._on_finished is not None and self._source.finished:
            finished, self._on_finished = self._on_finished, None
            self._loop.call_soon(finished)

    def _send_event(self, timestamp: int) -> None:
        event = self._events.popleft()
        if event is None or self._event_type is None:
            self._marker = True
            return
        at, payload = event
        began = timestamp - g711.FRAME_SAMPLES * at  # RFC 4733 section 2.4.1: every packet of an event has its start
        self._send(payload, self._event_type, began, marker=at == 0)

    def _send(self, payload: bytes, payload_type: int, timestamp: int, *, marker: bool) -> None:
        buffer = self._packet
        size = packet.HEADER_SIZE + len(payload)
        packet.write_header(buffer, payload_type, self._sequence, timestamp, self._ssrc, marker=marker)
        buffer[packet.HEADER_SIZE : size] = payload
        self._sequence = self._sequence + 1 & 0xFFFF
        try:
            self._rtp.send(buffer if size == len(buffer) else memoryview(buffer)[:size])
        except OSError:  # unreachable, refused, or no room: lost like any packet
            self.errors += 1
        else:
            self._packets += 1
            self._octets += len(payload)
