"""RTCP (RFC 3550 section 6): compounds of SR, RR, SDES and BYE, read and built."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final

from trunkline.protocol.rtp.errors import MalformedRtcp
from trunkline.protocol.rtp.packet import Buffer

SR: Final = 200
RR: Final = 201
SDES: Final = 202
BYE: Final = 203
CNAME: Final = 1

NTP_EPOCH_S: Final = 2_208_988_800
"""Seconds from 1900, where NTP begins, to 1970 (RFC 868)."""

_header = Struct("!BBH")
_sender = Struct("!IQIII")
_block = Struct("!IIIIII")
_word = Struct("!I")


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says of one source (section 6.4.1)."""

    ssrc: int
    fraction_lost: int
    """Of the last interval, in 256ths."""
    cumulative_lost: int
    """May be negative; 24 bits on the wire."""
    highest_sequence: int
    jitter: int
    """In ticks of the stream's clock."""
    last_sr: int = 0
    """The middle 32 bits of the NTP time of the last SR received, 0 without."""
    delay_since_last_sr: int = 0
    """In units of 1/65536 s."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int
    """64 bits: seconds since 1900 and their fraction."""
    rtp_timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """CNAMEs by SSRC; other items are not kept."""

    cnames: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Goodbye:
    ssrcs: tuple[int, ...]
    reason: bytes = b""


Packet = SenderReport | ReceiverReport | SourceDescription | Goodbye


def parse(data: Buffer) -> list[Packet]:
    """The packets of a compound; types not named here are skipped. Raises `MalformedRtcp` (appendix A.2)."""
    packets: list[Packet] = []
    view = memoryview(data)
    at = 0
    while at < len(view):
        if at + 4 > len(view):
            raise MalformedRtcp("truncated header")
        first, kind, words = _header.unpack_from(view, at)
        end = at + 4 + 4 * words
        if first & 0xC0 != 0x80:
            raise MalformedRtcp("wrong version")
        if at == 0 and kind not in {SR, RR}:
            raise MalformedRtcp("does not begin with a report")
        if end > len(view):
            raise MalformedRtcp("length does not fit")
        body = view[at + 4 : end]
        if first & 0x20:
            if end != len(view):
                raise MalformedRtcp("padding before the last packet")
            body = _without_padding(body)
        packet = _packet(kind, first & 0x1F, body)
        if packet is not None:
            packets.append(packet)
        at = end
    if at == 0:
        raise MalformedRtcp("empty")
    return packets


def build(packets: Iterable[Packet]) -> bytes:
    """The compound of these packets, in their order; a report comes first, a source description belongs in it."""
    return b"".join(_built(packet) for packet in packets)


def ntp_time(unix_s: float) -> int:
    """The 64-bit NTP time of seconds since 1970."""
    whole = int(unix_s)
    return ((whole + NTP_EPOCH_S) & 0xFFFFFFFF) << 32 | int((unix_s - whole) * (1 << 32))


def middle(ntp: int) -> int:
    """The middle 32 bits of an NTP time, as LSR carries them."""
    return ntp >> 16 & 0xFFFFFFFF


def round_trip_s(block: ReportBlock, arrival_ntp: int) -> float | None:
    """Seconds to the receiver and back (section 6.4.1), None if it has had no SR or its times make no sense."""
    if not block.last_sr:
        return None
    ticks = (middle(arrival_ntp) - block.delay_since_last_sr - block.last_sr) & 0xFFFFFFFF
    return None if ticks & 0x80000000 else ticks / 65536


def _packet(kind: int, count: int, body: memoryview) -> Packet | None:
    if kind == SR:
        if len(body) < _sender.size:
            raise MalformedRtcp("sender report too short")
        ssrc, ntp, rtp_timestamp, packets, octets = _sender.unpack_from(body, 0)
        return SenderReport(ssrc, ntp, rtp_timestamp, packets, octets, _blocks(body, _sender.size, count))
    if kind == RR:
        if len(body) < 4:
            raise MalformedRtcp("receiver report too short")
        return ReceiverReport(_word.unpack_from(body, 0)[0], _blocks(body, 4, count))
    if kind == SDES:
        return SourceDescription(_cnames(body, count))
    if kind == BYE:
        return _goodbye(body, count)
    return None


def _blocks(body: memoryview, at: int, count: int) -> tuple[ReportBlock, ...]:
    if at + count * _block.size > len(body):
        raise MalformedRtcp("report blocks do not fit")
    blocks = []
    for place in range(at, at + count * _block.size, _block.size):
        ssrc, loss, highest, jitter, last_sr, delay = _block.unpack_from(body, place)
        lost = loss & 0xFFFFFF
        signed = lost - 0x1000000 if lost & 0x800000 else lost
        blocks.append(ReportBlock(ssrc, loss >> 24, signed, highest, jitter, last_sr, delay))
    return tuple(blocks)


def _cnames(body: memoryview, count: int) -> tuple[tuple[int, bytes], ...]:
    cnames = []
    at = 0
    for _ in range(count):
        if at + 5 > len(body):
            raise MalformedRtcp("source description does not fit")
        ssrc = _word.unpack_from(body, at)[0]
        at += 4
        while at < len(body) and body[at]:
            if at + 2 > len(body) or at + 2 + body[at + 1] > len(body):
                raise MalformedRtcp("source description item does not fit")
            if body[at] == CNAME:
                cnames.append((ssrc, bytes(body[at + 2 : at + 2 + body[at + 1]])))
            at += 2 + body[at + 1]
        if at >= len(body):
            raise MalformedRtcp("source description chunk without its end")
        at = (at | 3) + 1  # a chunk ends with at least one null octet, on a word's border
    return tuple(cnames)


def _goodbye(body: memoryview, count: int) -> Goodbye:
    if 4 * count > len(body):
        raise MalformedRtcp("goodbye does not fit")
    ssrcs = tuple(_word.unpack_from(body, 4 * at)[0] for at in range(count))
    rest = body[4 * count :]
    if not rest:
        return Goodbye(ssrcs)
    if 1 + rest[0] > len(rest):
        raise MalformedRtcp("goodbye reason does not fit")
    return Goodbye(ssrcs, bytes(rest[1 : 1 + rest[0]]))


def _without_padding(body: memoryview) -> memoryview:
    padding = body[-1] if body else 0
    if not padding or padding > len(body):
        raise MalformedRtcp("padding does not fit")
    return body[: len(body) - padding]


def _built(packet: Packet) -> bytes:
    match packet:
        case SenderReport():
            fields = (packet.ssrc, packet.ntp, packet.rtp_timestamp, packet.packets, packet.octets)
            body = _sender.pack(*fields) + _built_blocks(packet.blocks)
            return _framed(SR, len(packet.blocks), body)
        case ReceiverReport():
            return _framed(RR, len(packet.blocks), _word.pack(packet.ssrc) + _built_blocks(packet.blocks))
        case SourceDescription():
            chunks = [_built_chunk(ssrc, cname) for ssrc, cname in packet.cnames]
            return _framed(SDES, len(chunks), b"".join(chunks))
        case Goodbye():
            body = b"".join(_word.pack(ssrc) for ssrc in packet.ssrcs)
            if packet.reason:
                reason = bytes((len(packet.reason),)) + packet.reason
                body += reason + bytes(-len(reason) % 4)
            return _framed(BYE, len(packet.ssrcs), body)


def _framed(kind: int, count: int, body: bytes) -> bytes:
    return _header.pack(0x80 | count, kind, len(body) // 4) + body


def _built_blocks(blocks: Sequence[ReportBlock]) -> bytes:
    return b"".join(
        _block.pack(
            block.ssrc,
            block.fraction_lost << 24 | min(max(block.cumulative_lost, -0x800000), 0x7FFFFF) & 0xFFFFFF,
            block.highest_sequence & 0xFFFFFFFF,
            block.jitter & 0xFFFFFFFF,
            block.last_sr,
            block.delay_since_last_sr,
        )
        for block in blocks
    )


def _built_chunk(ssrc: int, cname: bytes) -> bytes:
    item = _word.pack(ssrc) + bytes((CNAME, len(cname))) + cname
    return item + bytes(4 - len(item) % 4)
