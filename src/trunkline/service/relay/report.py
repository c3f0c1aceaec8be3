"""The counters of a call in the layout of rtpengine's `query` and `delete` answers."""

from trunkline.kit.instant import Instant
from trunkline.protocol.ng.bencode import BInput
from trunkline.protocol.rtp.quality import score
from trunkline.service.relay.call import RelayCall
from trunkline.service.relay.leg import Leg, Media
from trunkline.service.relay.stream import UNKNOWN_SSRC, Drop, Heard, Stream
from trunkline.service.relay.udp_socket import Address

_TICKS_PER_MS = 8
ASSUMED_DELAY_MS = 50.0
"""One way, where nobody measured: the relay sees one leg only, so the score speaks of loss and jitter."""


def final_counters(call: RelayCall, legs: list[Leg], now: Instant, wall: int) -> dict[str, BInput]:
    """The answer to a delete: what these legs counted, without the addresses and ties that have just ended.

    A third of the size of `statistics`, and the gateway reads one per call: an RTCP stream that counted nothing is
    left out.
    """
    return {
        "result": "ok",
        "created": call.created_at,
        "last signal": call.last_signal_at,
        "SSRC": _reported(legs),
        "tags": {leg.tag: _final(leg, now, wall) for leg in legs},
        "totals": {"RTP": _totals(call, is_rtcp=False), "RTCP": _totals(call, is_rtcp=True)},
    }


def statistics(call: RelayCall, legs: list[Leg], now: Instant, wall: int) -> dict[str, BInput]:
    """The answer to a query; totals are the whole call's."""
    return {
        "result": "ok",
        "created": call.created_at,
        "last signal": call.last_signal_at,
        "SSRC": _reported(legs),
        "tags": {leg.tag: _leg(call, leg, now, wall) for leg in legs},
        "totals": {"RTP": _totals(call, is_rtcp=False), "RTCP": _totals(call, is_rtcp=True)},
    }


def _reported(legs: list[Leg]) -> dict[str, BInput]:
    """By the SSRC of the reporting leg: what its RTCP said of the stream it hears."""
    found: dict[str, BInput] = {}
    for leg in legs:
        for media in leg.medias.values():
            heard = media.rtcp.heard
            if heard.blocks and media.rtp.source_ssrc != UNKNOWN_SSRC:
                found[str(media.rtp.source_ssrc)] = _reported_average(heard)
    return found


def _reported_average(heard: Heard) -> dict[str, BInput]:
    loss_ratio = heard.fraction_sum / heard.blocks / 256
    jitter_ms = heard.jitter_sum / heard.blocks / _TICKS_PER_MS
    average: dict[str, BInput] = {
        "MOS": round(10 * score(loss_ratio, jitter_ms, ASSUMED_DELAY_MS)),
        "jitter": round(jitter_ms),
        "packet loss": round(100 * loss_ratio),
        "samples": heard.blocks,
    }
    return {"cumulative loss": heard.cumulative_lost, "average MOS": average}


def _totals(call: RelayCall, *, is_rtcp: bool) -> dict[str, BInput]:
    streams = [stream for leg in call.all_legs() for stream in leg.streams() if stream.is_rtcp is is_rtcp]
    return {
        "packets": sum(stream.packets for stream in streams),
        "bytes": sum(stream.octets for stream in streams),
        "errors": sum(stream.errors for stream in streams),
    }


def _leg(call: RelayCall, leg: Leg, now: Instant, wall: int) -> dict[str, BInput]:
    heard_by = [other.tag for other in call.all_legs() if other is not leg and leg.is_heard_by(other)]
    hears = [other.tag for other in call.all_legs() if other is not leg and other.is_heard_by(leg)]
    return {
        "tag": leg.tag,
        "created": leg.created_at,
        "subscriptions": [{"tag": tag, "type": "offer/answer"} for tag in hears],
        "subscribers": [{"tag": tag, "type": "offer/answer"} for tag in heard_by],
        "medias": [_media(at, media, now, wall) for at, media in sorted(leg.medias.items())],
    }


def _final(leg: Leg, now: Instant, wall: int) -> dict[str, BInput]:
    medias: list[BInput] = []
    for _, media in sorted(leg.medias.items()):
        streams: list[BInput] = [_counted(media.rtp, now, wall)]
        if media.rtcp.packets or media.rtcp.errors:
            streams.append(_counted(media.rtcp, now, wall))
        medias.append({"streams": streams})
    return {"created": leg.created_at, "medias": medias}


def _counted(stream: Stream, now: Instant, wall: int) -> dict[str, BInput]:
    body: dict[str, BInput] = {
        "last packet": wall - int(now - stream.last_packet_at),
        "flags": ["RTCP" if stream.is_rtcp else "RTP"],
        "stats": {"packets": stream.packets, "bytes": stream.octets, "errors": stream.errors},
    }
    _add_detail(body, stream)
    return body


def _media(at: int, media: Media, now: Instant, wall: int) -> dict[str, BInput]:
    return {
        "index": at + 1,
        "type": media.kind,
        "protocol": media.proto,
        "streams": [_stream(media.rtp, now, wall), _stream(media.rtcp, now, wall)],
        "flags": ["initialized"],
    }


def _stream(stream: Stream, now: Instant, wall: int) -> dict[str, BInput]:
    flags: list[BInput] = ["RTCP" if stream.is_rtcp else "RTP"]
    body: dict[str, BInput] = {"local port": stream.port}
    destination = stream.destination
    if destination is not None and stream.described is not None:
        flags.append("filled")
        body["endpoint"] = _endpoint(destination)
        body["advertised endpoint"] = _endpoint(stream.described)
    if stream.packets:
        flags.append("confirmed")
    body["last packet"] = wall - int(now - stream.last_packet_at)
    body["flags"] = [*flags, "strict source address"]
    body["stats"] = {"packets": stream.packets, "bytes": stream.octets, "errors": stream.errors}
    _add_detail(body, stream)
    return body


def _add_detail(body: dict[str, BInput], stream: Stream) -> None:
    if stream.errors:
        body["drops"] = {drop.name.lower().replace("_", "-"): stream.drops[drop] for drop in Drop if stream.drops[drop]}
    if stream.source_ssrc != UNKNOWN_SSRC:
        body["SSRC"] = stream.source_ssrc
    if not stream.is_rtcp and stream.packets:
        body["quality"] = _quality(stream)


def _quality(stream: Stream) -> dict[str, BInput]:
    seen = stream.statistics
    jitter_ms = seen.jitter_mean / _TICKS_PER_MS
    return {
        "expected": seen.expected,
        "lost": max(0, seen.lost),
        "jitter us": int(jitter_ms * 1000),
        "MOS x100": round(100 * score(seen.loss_ratio, jitter_ms, ASSUMED_DELAY_MS)),
    }


def _endpoint(address: Address) -> dict[str, BInput]:
    return {"family": "IPv6" if ":" in address[0] else "IPv4", "address": address[0], "port": address[1]}
