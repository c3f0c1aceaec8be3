"""The official Python SDK over Voice Insights (rows 149, 151)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.contract.refused import list_refused, refused
from tests.contract.rest_service import Service
from trunkline.platform.store.table import CallRow

pytestmark = pytest.mark.interop
UNKNOWN = (
    "abnormal_session", "answered_by", "branded_bundle_sid", "branded_call_reason", "branded_enabled", "branded_logo",
    "branded_type", "branded_use_case", "business_profile_bundle_sid", "business_profile_identity",
    "business_profile_industry", "business_profile_type", "from_carrier", "from_country_code", "has_tag", "to_carrier",
    "to_country_code", "verified_caller", "voice_integrity_bundle_sid", "voice_integrity_enabled",
    "voice_integrity_use_case",
)  # fmt: skip
"""Filters that nothing here could be held against."""
HEARD = {"packets_received": 95, "packets_lost": 5, "codec": "PCMU", "jitter_ms": 3.5, "packets_sent": 99}


def _talked(service: Service, account_sid: str, place: int) -> CallRow:
    """Five minutes ago and older, so that the last four hours show it."""
    at = service.house.bench.wall().replace(microsecond=0) - timedelta(minutes=5 * (place + 1))
    return CallRow(
        sid=f"CA{account_sid[2:30]}{place:04}", account_sid=account_sid, direction="trunking-terminating",
        from_number="+12025550100", to_number=f"+4420794600{place:02}", status="completed", date_created=at,
        date_updated=at, invited_at=at, ringing_at=at + timedelta(seconds=1), answered_at=at + timedelta(seconds=2),
        start_time=at + timedelta(seconds=2), released_at=at + timedelta(seconds=17), duration_s=15, pdd_ms=120,
        sip_status=200, q850_cause=16, inbound_media=HEARD, outbound_media={"packets_received": 100},
    )  # fmt: skip


@pytest.mark.asks(
    "GET /v1/Voice/{}",
    "GET /v1/Voice/{}/Summary",
    "GET /v1/Voice/{}/Events",
    "GET /v1/Voice/{}/Metrics",
    "GET POST /v1/Voice/{}/Annotation",
    "GET /v1/Voice/Summaries",
)
def test_row_149_a_call_is_read_whole(service: Service, client: Any) -> None:
    row, other = _talked(service, client.account_sid, 0), _talked(service, client.account_sid, 1)
    sid, at = row.sid, row.invited_at
    service.keep(row, other)
    call = client.insights.v1.calls(sid)
    assert set(call.fetch().links) == {"annotation", "events", "metrics", "summary"}
    call.annotation().update(
        call_score=4, quality_issues="echo,latency", comment="fine", incident="T-1", spam=False,
        answered_by="human", connectivity_issue="caller_id",
    )  # fmt: skip
    assert call.summary().fetch(processing_state="complete").call_sid == sid
    said = call.annotation().fetch()
    assert (said.quality_issues, said.call_score, said.comment) == (["echo", "latency"], 4, "fine")
    assert (said.answered_by, said.connectivity_issue, said.spam) == ("human", "caller_id", False)
    refused(20001, 400, call.annotation().update, call_score=6)
    refused(20001, 400, call.annotation().update, comment="x" * 101)
    summary = call.summary().fetch()
    assert (summary.call_state, summary.call_type, summary.processing_state) == ("completed", "trunking", "complete")
    assert (summary.properties["pdd_ms"], summary.annotation["call_score"]) == (120, 4)
    assert (summary.created_time, summary.end_time) == (at, at + timedelta(seconds=17))
    assert (summary.start_time, summary.duration, summary.connect_duration) == (at + timedelta(seconds=2), 17, 15)
    assert (summary._from["caller"], summary.to["callee"]) == ("+12025550100", "+442079460000")
    inbound = summary.sip_edge["metrics"]["inbound"]
    assert (inbound["packets_lost"], inbound["packets_loss_percentage"], inbound["jitter"]) == (5, 5.0, {"avg": 3.5})
    events = call.events.list()
    assert [event.name for event in events] == ["initiated", "ringing", "answered", "completed"]
    assert [event.name for event in call.events.list(edge="carrier_edge")] == ["ringing", "answered"]
    metrics = call.metrics.list(edge="sip_edge", direction="inbound")
    assert [(metric.direction, metric.sip_edge["cumulative"]["packets_lost"]) for metric in metrics] == [("inbound", 5)]
    assert [metric.direction for metric in call.metrics.list(edge="sip_edge")] == ["inbound", "outbound"]
    summaries = client.insights.v1.call_summaries
    assert [one.call_sid for one in summaries.list(page_size=1)] == [sid, other.sid]
    for same in (
        {"call_score_annotation": "4"}, {"quality_issue_annotation": "echo"}, {"answered_by_annotation": "human"},
        {"spam_annotation": "false"}, {"connectivity_issue_annotation": "caller_id"}, {"to": "+442079460000"},
        {"start_time": (at - timedelta(seconds=1)).isoformat()},
    ):  # fmt: skip
        assert [one.call_sid for one in summaries.list(**same)] == [sid], same
    both = summaries.list(call_type="trunking", call_state="completed", direction="trunking_terminating")
    assert [one.sip_edge for one in both] == [one.sip_edge for one in summaries.list(sort_by="end_time")]
    assert summaries.list(direction="trunking_originating") == []
    assert isinstance(both[0].created_time, datetime)
    for empty in ({"from_": "+12025550111"}, {"end_time": "1w", "start_time": "2w"}, {"processing_state": "partial"}):
        assert summaries.list(**empty) == [], empty
    assert len(summaries.list(from_="+12025550100", processing_state="all", end_time="0m")) == len(both)
    parents = service.client().insights.v1.call_summaries.list(subaccount=client.account_sid)
    assert [one.call_sid for one in parents] == [sid, other.sid]
    for unknown in UNKNOWN:
        list_refused(20001, 400, summaries.list, **{unknown: "true"})
    list_refused(20001, 400, summaries.list, start_time="noon")
    refused(20404, 404, client.insights.v1.calls("CA" + "0" * 32).summary().fetch)


@pytest.mark.asks("GET POST /v1/Voice/Settings")
def test_row_149_settings_are_kept(service: Service, client: Any) -> None:
    settings = client.insights.v1.settings()
    assert settings.update(advanced_features=True, voice_trace=False).advanced_features is True
    shown = settings.fetch()
    assert (shown.account_sid, shown.advanced_features, shown.voice_trace) == (client.account_sid, True, False)
    parents, sid = service.client().insights.v1.settings(), client.account_sid
    assert parents.update(voice_trace=True, subaccount_sid=sid).account_sid == sid
    assert (parents.fetch(subaccount_sid=sid).voice_trace, settings.fetch().voice_trace) == (True, True)
    refused(20404, 404, settings.fetch, subaccount_sid="AC" + "9" * 32)
