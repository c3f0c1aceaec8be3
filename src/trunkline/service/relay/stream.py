"""One socket of a leg: what it may receive, where it sends, and what it counted."""

import socket
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from typing import final

from trunkline.kit.instant import Instant
from trunkline.protocol.rtp.errors import MalformedRtcp
from trunkline.protocol.rtp.latch import Latch
from trunkline.protocol.rtp.packet import payload_type_table
from trunkline.protocol.rtp.rtcp import ReceiverReport, SenderReport, parse
from trunkline.protocol.rtp.statistics import ReceptionStatistics
from trunkline.service.relay.udp_socket import Address, disconnect


class Drop(IntEnum):
    """Why a packet was not forwarded; the first five are the faults of `trunkline.protocol.rtp.packet`."""

    NONE = 0
    TOO_SHORT = 1
    WRONG_VERSION = 2
    WRONG_PAYLOAD_TYPE = 3
    OVERSIZE = 4
    WRONG_SOURCE = 5
    WRONG_SSRC = 6
    SEND_FAILED = 7
    REFUSED = 8
    """The peer's host says that nobody listens there (an ICMP error)."""


UNKNOWN_SSRC = -1
"""No packet bears it, so every packet takes the careful path."""
NO_PAYLOAD_TYPES = bytes(256)
TIMED, UNTIMED = 1, 2
"""Marks in `Stream.allowed`: an audio payload type, and one whose timestamps say nothing of jitter (RFC 4733)."""


@final
class Nowhere:
    """The sink of a stream whose packets nobody is to hear."""

    __slots__ = ("transmit",)

    def __init__(self) -> None:
        self.transmit = _discard


def _discard(packet: memoryview) -> int:
    """Unknown yet, or on hold: not an error of the sender's."""
    return len(packet)


NOWHERE = Nowhere()


@final
class Heard:
    """What a leg says of what it hears: the report blocks of its RTCP, summed (RFC 3550 section 6.4)."""

    __slots__ = ("blocks", "cumulative_lost", "fraction_sum", "jitter_sum")

    def __init__(self) -> None:
        self.blocks = 0
        self.cumulative_lost = 0
        self.fraction_sum = 0
        """In 256ths."""
        self.jitter_sum = 0
        """In ticks of 1/8 ms."""

    def read(self, compound: memoryview) -> None:
        """Adds the blocks of one compound; one that cannot be read says nothing."""
        try:
            packets = parse(compound)
        except MalformedRtcp:
            return
        for packet in packets:
            if isinstance(packet, SenderReport | ReceiverReport):
                for block in packet.blocks:
                    self.blocks += 1
                    self.cumulative_lost = block.cumulative_lost
                    self.fraction_sum += block.fraction_lost
                    self.jitter_sum += block.jitter


@final
class Stream:
    """RTP or RTCP of one leg. `forwarder` reads and writes the attributes; nothing here runs per packet."""

    __slots__ = (
        "allowed",
        "connected",
        "described",
        "drops",
        "fd",
        "heard",
        "held",
        "is_fast",
        "is_rtcp",
        "last_packet_at",
        "latch",
        "octets",
        "packets",
        "port",
        "recv_into",
        "rtcp",
        "sink",
        "sock",
        "source_ssrc",
        "ssrc",
        "statistics",
        "transmit",
    )

    def __init__(
        self, sock: socket.socket, port: int, now: Instant, *, is_rtcp: bool, rtcp: "Stream | None" = None
    ) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.port = port
        self.is_rtcp = is_rtcp
        self.rtcp = rtcp
        """Of the same peer, where this is RTP."""
        self.recv_into = sock.recv_into
        self.transmit: Callable[[memoryview], int] = _discard
        self.is_fast = False
        """Connected RTP: the kernel knows the source, so nobody else has to look."""
        self.sink: Stream | Nowhere = NOWHERE
        """Whose peer gets what arrives here; the packets leave from that stream's port."""
        self.latch: Latch | None = None
        self.described: Address | None = None
        self.connected = False
        self.held = False
        self.allowed = NO_PAYLOAD_TYPES
        self.ssrc = UNKNOWN_SSRC
        """The SSRC that the fast path lets through."""
        self.source_ssrc = UNKNOWN_SSRC
        """The SSRC of the last good packet."""
        self.statistics = ReceptionStatistics()
        self.heard = Heard()
        self.packets = 0
        self.octets = 0
        self.drops = [0] * len(Drop)
        self.last_packet_at = now

    @property
    def errors(self) -> int:
        return sum(self.drops)

    @property
    def destination(self) -> Address | None:
        """Where this leg's packets go now: the SDP's address, or the latched one."""
        return self.latch.destination if self.latch is not None else None

    def aim(self, described: Address, *, symmetric: bool, trusted_host: str | None) -> None:
        """The leg's SDP names this address. Saying the same again keeps what was latched."""
        latch = self.latch
        if latch is None:
            self.latch = Latch(described, symmetric=symmetric, trusted_host=trusted_host, follows=self.is_rtcp)
        elif described != self.described or symmetric != latch.symmetric:
            self._loosen()
            latch.reopen(described, symmetric=symmetric, trusted_host=trusted_host)
            self.ssrc = UNKNOWN_SSRC
        self.described = described
        self.held = False
        self.pin()

    def hold(self) -> None:
        """The leg's SDP names no address (0.0.0.0): nothing is sent there until it names one."""
        self.held = True
        self.transmit = _discard

    def allow(self, payload_types: tuple[int, ...], untimed: tuple[int, ...]) -> None:
        """Takes packets of these payload types only."""
        table = bytearray(payload_type_table(payload_types))
        for payload_type in untimed:
            table[payload_type] = table[payload_type | 0x80] = UNTIMED
        self.allowed = bytes(table)

    def pin(self) -> None:
        """Where the latch is closed, lets the kernel do the filtering; the caller then sifts what is queued."""
        latch = self.latch
        if latch is None:
            return
        if latch.pinned and not self.connected:
            # An address without a route cannot be connected to; such a leg stays on the careful path.
            with suppress(OSError):
                self.sock.connect(latch.destination)
                self.connected = True
                self.is_fast = not self.is_rtcp
        if self.held:
            return
        if self.connected:
            self.transmit = self.sock.send
        else:
            self.transmit = self._send_to_destination

    def follow(self, host: str) -> None:
        """The peer's RTP comes from this host: whoever took this stream from elsewhere is not the peer."""
        if self.latch is not None and self.latch.follow(host):
            self._loosen()
            self.pin()

    def close(self) -> None:
        """Closes the socket and lets go of every other stream, so that no cycle is left for the collector."""
        self.sock.close()
        self.sink = NOWHERE
        self.latch = self.rtcp = None
        del self.transmit, self.recv_into

    def _loosen(self) -> None:
        if self.connected:
            disconnect(self.sock)
            self.connected = self.is_fast = False

    def _send_to_destination(self, packet: memoryview) -> int:
        latch = self.latch
        return self.sock.sendto(packet, latch.destination) if latch is not None else 0
