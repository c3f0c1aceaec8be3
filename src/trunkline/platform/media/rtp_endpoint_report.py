"""The RTCP side of an endpoint: what it says of its stream and of its peer's, and what the peer says (RFC 3550)."""

import secrets
from dataclasses import dataclass
from typing import final

from trunkline.kit.instant import Instant
from trunkline.protocol.rtp import quality, rtcp
from trunkline.protocol.rtp.errors import MalformedRtcp
from trunkline.protocol.rtp.statistics import ReceptionStatistics

_TICKS_PER_MS = 8


@dataclass(frozen=True, slots=True)
class RtpFigures:
    """An endpoint's counters; `remote_*` and the round trip are None until the peer has sent RTCP about us."""

    packets_sent: int
    octets_sent: int
    send_errors: int
    packets_received: int
    octets_received: int
    packets_lost: int
    loss_ratio: float
    jitter_ms: float
    mos: float
    remote_lost: int | None
    remote_loss_ratio: float | None
    remote_jitter_ms: float | None
    round_trip_ms: float | None
    dropped: dict[str, int]
    """Packets not taken, by reason (`trunkline.protocol.rtp.packet.FAULTS`, `early` before the peer was known,
    `malformed-rtcp`, `malformed-event`)."""


@final
class Reporter:
    """Builds the compounds of one endpoint and reads those of its peer."""

    __slots__ = ("_cname", "_peer_sr", "_peer_sr_at", "heard", "malformed", "round_trip_s", "ssrc")

    def __init__(self, ssrc: int) -> None:
        self.ssrc = ssrc
        self.malformed = 0
        self.heard: rtcp.ReportBlock | None = None
        """The peer's latest word on our stream."""
        self.round_trip_s: float | None = None
        self._cname = secrets.token_hex(8).encode()  # RFC 7022 section 4.2: a short-term name tells nothing of the host
        self._peer_sr = 0
        self._peer_sr_at = Instant(0.0)

    def compound(
        self,
        sent: tuple[int, int],
        timestamp: int,
        peer: int | None,
        received: ReceptionStatistics,
        now: Instant,
        unix_s: float,
        *,
        goodbye: bool = False,
    ) -> bytes:
        """SR (or RR when nothing was sent), SDES and perhaps BYE; `sent` is packets and payload octets."""
        blocks = (self._block(peer, received, now),) if peer is not None else ()
        report: rtcp.Packet = rtcp.ReceiverReport(self.ssrc, blocks)
        if sent[0]:
            ntp = rtcp.ntp_time(unix_s)
            report = rtcp.SenderReport(self.ssrc, ntp, timestamp, sent[0] & 0xFFFFFFFF, sent[1] & 0xFFFFFFFF, blocks)
        packets: list[rtcp.Packet] = [report, rtcp.SourceDescription(((self.ssrc, self._cname),))]
        if goodbye:
            packets.append(rtcp.Goodbye((self.ssrc,)))
        return rtcp.build(packets)

    def receive(self, data: memoryview, now: Instant, unix_s: float) -> None:
        """Reads a compound of the peer; one that is malformed is counted."""
        packets: list[rtcp.Packet] = []
        try:
            packets = rtcp.parse(data)
        except MalformedRtcp:
            self.malformed += 1
        for report in packets:
            if isinstance(report, rtcp.SenderReport):
                self._peer_sr = rtcp.middle(report.ntp)
                self._peer_sr_at = now
            if isinstance(report, rtcp.SenderReport | rtcp.ReceiverReport):
                for block in report.blocks:
                    if block.ssrc == self.ssrc:
                        self._hear(block, unix_s)

    def figures(
        self, sent: tuple[int, int], send_errors: int, received: ReceptionStatistics, dropped: dict[str, int]
    ) -> RtpFigures:
        """Everything counted; the MOS is of what was received, with half the round trip as its delay."""
        heard = self.heard
        round_trip_ms = None if self.round_trip_s is None else self.round_trip_s * 1000
        jitter_ms = received.jitter / _TICKS_PER_MS
        return RtpFigures(
            packets_sent=sent[0],
            octets_sent=sent[1],
            send_errors=send_errors,
            packets_received=received.received,
            octets_received=received.octets,
            packets_lost=received.lost,
            loss_ratio=received.loss_ratio,
            jitter_ms=jitter_ms,
            mos=quality.score(received.loss_ratio, jitter_ms, (round_trip_ms or 0) / 2),
            remote_lost=heard.cumulative_lost if heard else None,
            remote_loss_ratio=heard.fraction_lost / 256 if heard else None,
            remote_jitter_ms=heard.jitter / _TICKS_PER_MS if heard else None,
            round_trip_ms=round_trip_ms,
            dropped=dropped,
        )

    def _block(self, peer: int, received: ReceptionStatistics, now: Instant) -> rtcp.ReportBlock:
        since = int((now - self._peer_sr_at) * 65536) & 0xFFFFFFFF if self._peer_sr else 0
        return rtcp.ReportBlock(
            peer,
            received.fraction_lost(),
            received.lost,
            received.extended_highest,
            received.jitter,
            self._peer_sr,
            since,
        )

    def _hear(self, block: rtcp.ReportBlock, unix_s: float) -> None:
        self.heard = block
        round_trip = rtcp.round_trip_s(block, rtcp.ntp_time(unix_s))
        if round_trip is not None:
            self.round_trip_s = round_trip
