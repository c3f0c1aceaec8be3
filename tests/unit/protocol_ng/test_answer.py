"""Answers: results and statistics, from our relay and from rtpengine."""

from trunkline.protocol.ng.answer import (
    Counters,
    LegStatistics,
    Ok,
    Quality,
    Refused,
    call_ids,
    call_statistics,
    parse_result,
)
from trunkline.protocol.ng.bencode import BValue


def test_ok_and_pong_are_ok() -> None:
    assert parse_result({"result": b"ok", "sdp": b"v=0"}) == Ok({"result": b"ok", "sdp": b"v=0"})
    assert isinstance(parse_result({"result": b"pong"}), Ok)


def test_everything_else_is_refused_with_its_reason() -> None:
    assert parse_result({"result": b"error", "error-reason": b"Unknown call-id"}) == Refused("Unknown call-id")
    assert parse_result({"result": b"load limit"}) == Refused("load limit")
    assert parse_result({}) == Refused("answer without a result")


def test_list_yields_call_ids() -> None:
    assert call_ids(Ok({"calls": [b"a", b"b"]})) == ["a", "b"]
    assert call_ids(Ok({})) == []


def test_statistics_of_an_unknown_call_are_none() -> None:
    assert call_statistics(Ok({"result": b"ok", "warning": b"Call-ID not found"})) is None


def test_quality_measured_by_our_relay() -> None:
    stream = _stream(b"RTP", quality={"expected": 200, "lost": 3, "jitter us": 1250, "MOS x100": 431})
    leg = _legs({"A": stream})["A"]
    assert (leg.quality, leg.heard) == (Quality(1.5, 1.25, 4.31), None)


def test_what_a_leg_reports_by_rtcp_is_what_it_heard_of_the_other() -> None:
    """rtpengine files a report under the SSRC of the leg that sent it."""
    sources: dict[str, BValue] = {"9": {"average MOS": {"MOS": 43, "packet loss": 2, "jitter": 5}}}
    legs = _legs({"A": _stream(b"RTP", SSRC=9), "B": _stream(b"RTP", SSRC=8)}, sources)
    assert (legs["A"].quality, legs["A"].heard) == (None, Quality(2, 5, 4.3))
    assert (legs["B"].quality, legs["B"].heard) == (Quality(2, 5, 4.3), None)


def test_a_measured_quality_is_not_replaced_by_a_reported_one() -> None:
    sources: dict[str, BValue] = {"9": {"average MOS": {"MOS": 43, "packet loss": 2, "jitter": 5}}}
    measured = _stream(b"RTP", quality={"expected": 10, "lost": 0, "jitter us": 0, "MOS x100": 440})
    assert _legs({"A": _stream(b"RTP", SSRC=9), "B": measured}, sources)["B"].quality == Quality(0, 0, 4.4)


def test_quality_is_none_and_not_zero_where_nobody_measured() -> None:
    """Design, decision 17: loss and jitter are then 'not measured'."""
    streams = {"A": _stream(b"RTP", SSRC=9), "B": _stream(b"RTP")}
    assert _legs(streams, {})["B"].quality is None
    assert _legs(streams, {"9": {}})["B"].quality is None


def test_rtp_and_rtcp_are_kept_apart_and_medias_summed() -> None:
    rtp, rtcp = _stream(b"RTP"), _stream(b"RTCP")
    body: dict[str, BValue] = {"created": 5, "tags": {"A": {"medias": [{"streams": [rtp, rtcp]}, {"streams": [rtp]}]}}}
    statistics = call_statistics(Ok(body))
    assert statistics is not None
    leg = statistics.legs["A"]
    assert (leg.rtp, leg.rtcp, leg.last_packet_at) == (Counters(20, 3440, 2), Counters(10, 1720, 1), 77)


def test_odd_shapes_in_an_answer_raise_nothing() -> None:
    for tags in ({"A": 1}, {"A": {"medias": 3}}, {"A": {"medias": [{"streams": [{"stats": [], "flags": 1}]}]}}):
        assert call_statistics(Ok({"tags": tags})) is not None  # type: ignore[dict-item]  # invariance


def _stream(kind: bytes, **more: BValue) -> dict[str, BValue]:
    stats: BValue = {"packets": 10, "bytes": 1720, "errors": 1}
    return {"flags": [kind, b"filled"], "last packet": 77, "stats": stats, **more}


def _legs(streams: dict[str, dict[str, BValue]], sources: dict[str, BValue] | None = None) -> dict[str, LegStatistics]:
    """One stream per leg."""
    tags: dict[str, BValue] = {tag: {"medias": [{"streams": [stream]}]} for tag, stream in streams.items()}
    statistics = call_statistics(Ok({"tags": tags, "SSRC": sources or {}}))
    assert statistics is not None
    return statistics.legs
