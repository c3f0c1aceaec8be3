"""The media path: one pass over the sockets that have something, one datagram each, no object per packet.

epoll is level-triggered and every ready socket is read once per pass, so nobody starves: a flood on one port costs
the others one datagram's time per pass. A stream whose latch is closed is connected: the kernel refuses foreign
packets and `recv_into` makes no address. Everything else takes the careful path through `protocol.rtp.latch`.
"""

import select
from struct import Struct
from typing import Final

from trunkline.kit.instant import Instant
from trunkline.protocol.rtp.latch import PINNED, WRONG_SOURCE, WRONG_SSRC
from trunkline.protocol.rtp.packet import HEADER_SIZE, MAX_SIZE, fault
from trunkline.service.relay.stream import TIMED, UNKNOWN_SSRC, Drop, Stream

CLOCK_RATE: Final = 8000
"""Of every codec that a trunk allows (PCMU, PCMA, telephone-event)."""
_BUFFER: Final = 2048
_MOST_QUEUED: Final = 1024
"""More datagrams than a receive buffer holds: bounds the sifting after a connect."""
_RTCP_HEADER: Final = 8

_SEND_FAILED = int(Drop.SEND_FAILED)
_REFUSED = int(Drop.REFUSED)
_TOO_SHORT = int(Drop.TOO_SHORT)
_WRONG_VERSION = int(Drop.WRONG_VERSION)
_OVERSIZE = int(Drop.OVERSIZE)

_header = Struct("!BBHII").unpack_from
_ssrc_of_rtcp = Struct("!4xI").unpack_from


class Forwarder:
    """Owns the table of open streams and the one buffer that every packet passes through."""

    __slots__ = ("_buffer", "_epoll", "_open", "_streams", "_views")

    def __init__(self, epoll: select.epoll) -> None:
        self._epoll = epoll
        self._streams: list[Stream | None] = []
        """By descriptor; None where the descriptor is not a stream's."""
        self._open = 0
        self._buffer = bytearray(_BUFFER)
        whole = memoryview(self._buffer)
        # A slice per size, made once.
        self._views = [whole[:size] for size in range(_BUFFER + 1)]

    def __len__(self) -> int:
        """How many streams are open."""
        return self._open

    def reserve(self, fd: int) -> None:
        """Makes the table reach to a descriptor that is registered beside the streams."""
        self._streams += [None] * (fd + 1 - len(self._streams))

    def open(self, stream: Stream, now: Instant) -> None:
        """Starts reading a stream that has been aimed, or re-aimed; what is queued already is judged by its source."""
        self.reserve(stream.fd)
        if self._streams[stream.fd] is None:
            self._streams[stream.fd] = stream
            self._open += 1
            self._epoll.register(stream.fd, select.EPOLLIN)
        self._sift(stream, now)

    def close(self, stream: Stream) -> None:
        """Stops reading; the stream is the caller's to close."""
        if stream.fd < len(self._streams) and self._streams[stream.fd] is stream:
            self._streams[stream.fd] = None
            self._open -= 1
            self._epoll.unregister(stream.fd)

    def pump(self, events: list[tuple[int, int]], now: Instant) -> bool:
        """Forwards one datagram of every stream among `events`; True if there were other descriptors too."""
        streams = self._streams
        buffer = self._buffer
        views = self._views
        arrival = int(now * CLOCK_RATE)
        others = False
        for fd, _ in events:
            stream = streams[fd]
            if stream is None:
                others = True
                continue
            if not stream.is_fast:
                self._receive_carefully(stream, now)
                continue
            try:
                size = stream.recv_into(buffer)
            except OSError as error:
                self._receive_failed(stream, error)
                continue
            first, kind, sequence, timestamp, ssrc = _header(buffer)
            allowed = stream.allowed[kind]
            if not allowed or not HEADER_SIZE <= size <= MAX_SIZE or first & 0xC0 != 0x80:
                stream.drops[fault(buffer, size, stream.allowed)] += 1
                continue
            if ssrc != stream.ssrc and not self._is_new_ssrc_good(stream, ssrc, now):
                continue
            if allowed == TIMED:
                stream.statistics.receive(sequence, timestamp, arrival, size)
            else:
                stream.statistics.receive_untimed(sequence, size)
            stream.packets += 1
            stream.octets += size
            stream.last_packet_at = now
            try:
                stream.sink.transmit(views[size])
            except OSError:
                stream.drops[_SEND_FAILED] += 1
        return others

    def sample(self, since: Instant) -> None:
        """Notes the jitter of every stream that had a packet since then; called about once a second."""
        for stream in self._streams:
            if stream is not None and not stream.is_rtcp and stream.packets and stream.last_packet_at >= since:
                stream.statistics.sample()

    def _receive_carefully(self, stream: Stream, now: Instant) -> bool:
        """One datagram with its source. False when none was there."""
        try:
            size, source = stream.sock.recvfrom_into(self._buffer)
        except OSError as error:
            self._receive_failed(stream, error)
            return not isinstance(error, BlockingIOError)
        source = source[:2]
        connected = stream.connected
        if stream.is_rtcp:
            self._judge_rtcp(stream, size, source, now)
        else:
            self._judge_rtp(stream, size, source, now)
        if stream.connected and not connected:
            self._sift(stream, now)
        return True

    def _judge_rtp(self, stream: Stream, size: int, source: tuple[str, int], now: Instant) -> None:
        buffer = self._buffer
        wrong = fault(buffer, size, stream.allowed)
        if wrong:
            stream.drops[wrong] += 1
            return
        _, kind, sequence, timestamp, ssrc = _header(buffer)
        if not self._is_source_good(stream, source, ssrc, now):
            return
        if stream.allowed[kind] == TIMED:
            stream.statistics.receive(sequence, timestamp, int(now * CLOCK_RATE), size)
        else:
            stream.statistics.receive_untimed(sequence, size)
        self._forward(stream, size, now)

    def _judge_rtcp(self, stream: Stream, size: int, source: tuple[str, int], now: Instant) -> None:
        if size < _RTCP_HEADER:
            stream.drops[_TOO_SHORT] += 1
        elif self._buffer[0] & 0xC0 != 0x80 or not 192 <= self._buffer[1] <= 223:
            stream.drops[_WRONG_VERSION] += 1
        elif size > MAX_SIZE:
            stream.drops[_OVERSIZE] += 1
        elif self._is_source_good(stream, source, _ssrc_of_rtcp(self._buffer)[0], now):
            stream.heard.read(self._views[size])
            self._forward(stream, size, now)

    def _forward(self, stream: Stream, size: int, now: Instant) -> None:
        stream.packets += 1
        stream.octets += size
        stream.last_packet_at = now
        try:
            stream.sink.transmit(self._views[size])
        except OSError:
            stream.drops[_SEND_FAILED] += 1

    def _is_source_good(self, stream: Stream, source: tuple[str, int], ssrc: int, now: Instant) -> bool:
        latch = stream.latch
        verdict = latch.receive(source, ssrc, now) if latch is not None else WRONG_SOURCE
        if verdict in {WRONG_SOURCE, WRONG_SSRC}:
            stream.drops[Drop.WRONG_SOURCE if verdict == WRONG_SOURCE else Drop.WRONG_SSRC] += 1
            return False
        if verdict == PINNED:
            stream.pin()
            if stream.rtcp is not None:
                stream.rtcp.follow(source[0])
        self._note_ssrc(stream, ssrc)
        return True

    def _is_new_ssrc_good(self, stream: Stream, ssrc: int, now: Instant) -> bool:
        """A packet from the connected peer whose SSRC the fast path does not know."""
        latch = stream.latch
        if latch is None:
            return False
        if latch.receive(latch.destination, ssrc, now) == WRONG_SSRC:
            stream.drops[Drop.WRONG_SSRC] += 1
            # Until that is settled the old SSRC's packets come here too, to speak against the new one.
            stream.ssrc = UNKNOWN_SSRC
            return False
        self._note_ssrc(stream, ssrc)
        return True

    @staticmethod
    def _note_ssrc(stream: Stream, ssrc: int) -> None:
        if stream.source_ssrc not in {ssrc, UNKNOWN_SSRC}:
            stream.statistics.new_source()
        stream.ssrc = stream.source_ssrc = ssrc

    @staticmethod
    def _receive_failed(stream: Stream, error: OSError) -> None:
        if not isinstance(error, BlockingIOError):
            stream.drops[_REFUSED] += 1

    def _sift(self, stream: Stream, now: Instant) -> None:
        """Reads what was queued before the kernel began to filter: connect(2) drops none of it."""
        for _ in range(_MOST_QUEUED):
            if not self._receive_carefully(stream, now):
                return
