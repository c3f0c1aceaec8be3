"""What a relay answers: a result and, for query and delete, the counters of every leg."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from trunkline.protocol.ng.bencode import BValue


@dataclass(frozen=True, slots=True)
class Refused:
    """`result: error`; the reason is the relay's own text, for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ok:
    """`ok` or `pong`; `body` holds whatever else came and is read by the functions below."""

    body: dict[str, BValue]

    @property
    def sdp(self) -> bytes:
        """The rewritten SDP of an offer or answer, empty without one."""
        value = self.body.get("sdp")
        return value if isinstance(value, bytes) else b""

    @property
    def warning(self) -> str:
        """Set, for example, when a delete found nothing to delete."""
        return _text(self.body.get("warning"))


Result: TypeAlias = Ok | Refused


@dataclass(frozen=True, slots=True)
class Counters:
    """Packets accepted from one leg; `bytes` are UDP payload, `errors` packets not forwarded."""

    packets: int = 0
    bytes: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Quality:
    """One RTP stream: loss in percent, jitter in ms, MOS 1.0 to 4.5."""

    loss_percent: float
    jitter_ms: float
    mos: float


@dataclass(frozen=True, slots=True)
class LegStatistics:
    """What came from one leg. `last_packet_at` is UNIX seconds; before any packet it is the leg's creation."""

    tag: str
    rtp: Counters
    rtcp: Counters
    last_packet_at: int
    quality: Quality | None
    """Of what came from this leg: measured by the relay, else as the other of two legs reported it by RTCP, else None:
    not measured, and never 0 instead."""
    heard: Quality | None
    """Of what this leg heard, as it reported by RTCP; None where it did not."""


@dataclass(frozen=True, slots=True)
class CallStatistics:
    """The final or running counters of one call."""

    created_at: int
    rtp: Counters
    rtcp: Counters
    legs: dict[str, LegStatistics]


def parse_result(body: dict[str, BValue]) -> Result:
    """Reads any answer; one without a `result` is Refused."""
    result = _text(body.get("result"))
    if result in {"ok", "pong"}:
        return Ok(body)
    return Refused(_text(body.get("error-reason")) or result or "answer without a result")


def call_ids(ok: Ok) -> list[str]:
    """The answer to `list`."""
    return [_text(item) for item in _list(ok.body.get("calls"))]


def call_statistics(ok: Ok) -> CallStatistics | None:
    """The answer to `query` or `delete`; None when the relay did not know the call."""
    tags = ok.body.get("tags")
    if not isinstance(tags, dict):
        return None
    totals = _dict(ok.body.get("totals"))
    sources = _dict(ok.body.get("SSRC"))
    legs = {tag: _leg(tag, _dict(leg), sources) for tag, leg in tags.items()}
    if len(legs) == 2:
        one, other = legs
        legs = {one: _judged_by(legs[one], legs[other]), other: _judged_by(legs[other], legs[one])}
    return CallStatistics(
        _int(ok.body.get("created")), _counters(totals.get("RTP")), _counters(totals.get("RTCP")), legs
    )


def packet_count(ok: Ok) -> int | None:
    """The RTP packets of all legs together, out of the answer to `query`; None when the relay did not say."""
    totals = _dict(ok.body.get("totals"))
    return _counters(totals.get("RTP")).packets if totals else None


def _leg(tag: str, leg: dict[str, BValue], sources: dict[str, BValue]) -> LegStatistics:
    rtp = rtcp = Counters()
    last = 0
    quality: Quality | None = None
    heard: Quality | None = None
    for media in _list(leg.get("medias")):
        for item in _list(_dict(media).get("streams")):
            stream = _dict(item)
            counters = _counters(stream.get("stats"))
            if b"RTCP" in _list(stream.get("flags")):
                rtcp = _sum(rtcp, counters)
                continue
            rtp = _sum(rtp, counters)
            last = max(last, _int(stream.get("last packet")))
            quality = quality or _measured(_dict(stream.get("quality")))
            # rtpengine files a report under the SSRC of its sender.
            heard = heard or _reported(_dict(sources.get(str(_int(stream.get("SSRC"))))))
    return LegStatistics(tag, rtp, rtcp, last or _int(leg.get("created")), quality, heard)


def _judged_by(leg: LegStatistics, listener: LegStatistics) -> LegStatistics:
    return leg if leg.quality is not None else replace(leg, quality=listener.heard)


def _measured(quality: dict[str, BValue]) -> Quality | None:
    """Our relay's own figures of a stream."""
    if not quality:
        return None
    return Quality(
        100.0 * _int(quality.get("lost")) / max(1, _int(quality.get("expected"))),
        _int(quality.get("jitter us")) / 1000,
        _int(quality.get("MOS x100")) / 100,
    )


def _reported(source: dict[str, BValue]) -> Quality | None:
    average = _dict(source.get("average MOS"))
    if not average:
        return None
    return Quality(_int(average.get("packet loss")), _int(average.get("jitter")), _int(average.get("MOS")) / 10)


def _sum(one: Counters, other: Counters) -> Counters:
    return Counters(one.packets + other.packets, one.bytes + other.bytes, one.errors + other.errors)


def _counters(value: BValue | None) -> Counters:
    stats = _dict(value)
    return Counters(_int(stats.get("packets")), _int(stats.get("bytes")), _int(stats.get("errors")))


def _text(value: BValue | None) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else ""


def _int(value: BValue | None) -> int:
    return value if isinstance(value, int) else 0


def _list(value: BValue | None) -> list[BValue]:
    return value if isinstance(value, list) else []


def _dict(value: BValue | None) -> dict[str, BValue]:
    return value if isinstance(value, dict) else {}
