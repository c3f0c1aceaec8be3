"""Voice Insights out of what gateway and relay measured (row 149)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from tests.unit.platform_store import rows
from tests.unit.service_control.account.test_calls import keep, live, running
from tests.unit.service_control.asking import ROOT, assert_refused, get, post
from tests.unit.service_control.house import FIRST, SECOND, SUB, House
from trunkline.platform.store.table import AlertRow, CallAnnotationRow, CallAttemptRow, CallRow

CALL = rows.sid("CA", 1)
VOICE = f"/v1/Voice/{CALL}"
HEARD = {"packets_received": 950, "packets_lost": 50, "bytes_received": 152_000, "packets_sent": 990,
         "bytes_sent": 158_400, "jitter_ms": 31.5, "mos": 4.1, "codec": "PCMU"}  # fmt: skip


def measured(number: int, at: datetime, **fields: Any) -> CallRow:
    """A terminating call with everything measured on the caller's side and nothing on the other."""
    given: dict[str, Any] = {
        "sid": rows.sid("CA", number), "account_sid": FIRST, "trunk_sid": rows.sid("TK", 1),
        "direction": "trunking-terminating", "from_number": "+12025550100", "to_number": "+442079460001",
        "status": "completed", "date_created": at, "date_updated": at, "invited_at": at, "start_time": at,
        "ringing_at": at + timedelta(seconds=2), "answered_at": at + timedelta(seconds=5),
        "released_at": at + timedelta(seconds=65), "duration_s": 60, "pdd_ms": 2_000, "cause": "caller_hung_up",
        "sip_status": 200, "q850_cause": 16, "released_by": "caller", "edge": "ashburn",
        "gateway": "127.0.0.1:5060", "source_address": "192.0.2.7:5062", "inbound_sip_call_id": "in@pbx",
        "outbound_sip_call_id": "out@us", "inbound_transport": "udp", "carrier_gateway": "198.51.100.9:5060",
        "inbound_media": HEARD,
    }  # fmt: skip
    return CallRow(**given | fields)


async def test_row_149_a_summary_tells_what_was_measured_and_nothing_else(house: House) -> None:
    await keep(house, measured(1, house.bench.wall()))
    async with house.client() as client:
        summary = await get(client, f"{VOICE}/Summary")
        assert (summary["call_type"], summary["call_state"], summary["processing_state"]) == (
            "trunking", "completed", "complete",
        )  # fmt: skip
        assert (summary["duration"], summary["connect_duration"]) == (65, 60)
        assert summary["properties"] == {
            "direction": "trunking_terminating", "disconnected_by": "caller", "edge_location": "ashburn",
            "last_sip_response_num": 200, "pdd_ms": 2_000, "q850_cause": 16, "trunk_sid": rows.sid("TK", 1),
        }  # fmt: skip
        metrics = summary["sip_edge"]["metrics"]
        assert metrics["inbound"] == {
            "codec_name": "PCMU", "packets_received": 950, "packets_lost": 50, "packets_loss_percentage": 5.0,
            "bytes_received": 152_000, "jitter": {"avg": 31.5}, "mos": {"avg": 4.1},
        }  # fmt: skip
        assert metrics["outbound"] == {"packets_sent": 990, "bytes_sent": 158_400}
        assert summary["carrier_edge"]["metrics"] == {}
        assert summary["tags"] == ["high_jitter"]
        assert (summary["from"]["country_code"], summary["from"]["ip_address"]) == ("US", "192.0.2.7")
        assert (summary["to"]["country_code"], summary["to"]["ip_address"]) == ("GB", None)
        assert summary["annotation"] is None
        assert "198.51.100.9" not in str(summary)


async def test_row_149_of_a_call_that_was_not_measured_no_figure_is_made_up(house: House) -> None:
    at = house.bench.wall()
    unmeasured = {"answered_at": None, "ringing_at": None, "duration_s": 0, "pdd_ms": None, "inbound_media": None}
    await keep(house, measured(1, at, **unmeasured, status="no-answer"))
    async with house.client() as client:
        summary = await get(client, f"{VOICE}/Summary")
        assert "pdd_ms" not in summary["properties"]
        assert summary["sip_edge"]["metrics"] == summary["carrier_edge"]["metrics"] == {}
        assert (summary["call_state"], summary["tags"]) == ("noanswer", [])
        assert (await get(client, f"{VOICE}/Metrics"))["metrics"] == []


async def test_row_149_an_originating_calls_edges_are_the_other_way_round(house: House) -> None:
    silent = {"packets_received": 0, "packets_lost": 0, "packets_sent": 5}
    await keep(house, measured(1, house.bench.wall(), direction="trunking-originating", outbound_media=silent))
    async with house.client() as client:
        summary = await get(client, f"{VOICE}/Summary")
        assert summary["carrier_edge"]["metrics"]["inbound"]["packets_received"] == 950
        assert summary["sip_edge"]["metrics"]["inbound"] == {"packets_received": 0, "packets_lost": 0}
        assert summary["tags"] == ["high_jitter", "silence"]
        assert "192.0.2.7" not in str(summary)


async def test_row_149_events_are_the_calls_milestones_failed_attempts_and_alerts(house: House) -> None:
    at = house.bench.wall()
    tried: dict[str, Any] = {"call_sid": CALL, "started_at": at}
    await keep(
        house,
        measured(1, at),
        CallAttemptRow(**tried, position=0, target="sip:x@198.51.100.9", ended_at=at + timedelta(seconds=1),
                       sip_status=503, cause="carrier_503", error_code=32011),
        CallAttemptRow(**tried, position=1, target="sip:y@198.51.100.8"),
        AlertRow(sid=rows.sid("NO", 1), account_sid=FIRST, resource_sid=CALL, error_code=32115, log_level="warning",
                 alert_text="long reason", date_created=at + timedelta(seconds=3)),
    )  # fmt: skip
    async with house.client() as client:
        events = (await get(client, f"{VOICE}/Events"))["events"]
        assert [(row["group"], row["name"], row["level"], row["edge"]) for row in events] == [
            ("call", "initiated", "INFO", "sip_edge"),
            ("attempt", "carrier_503", "WARNING", "carrier_edge"),
            ("call", "ringing", "INFO", "carrier_edge"),
            ("alert", "32115", "WARNING", "sip_edge"),
            ("call", "answered", "INFO", "carrier_edge"),
            ("call", "completed", "INFO", "sip_edge"),
        ]
        assert events[1]["carrier_edge"] == {"position": 0, "sip_response": 503, "error_code": 32011}
        assert events[-1]["sip_edge"] == {"cause": "caller_hung_up", "sip_response": 200, "q850_cause": 16}
        some = await get(client, f"{VOICE}/Events?Edge=carrier_edge&PageSize=2")
        assert [row["name"] for row in some["events"]] == ["carrier_503", "ringing"]
        assert some["meta"]["next_page_url"]
        assert_refused(await client.get(f"{VOICE}/Events?Edge=sharp"), 20001)


async def test_row_149_metrics_by_edge_and_direction(house: House) -> None:
    await keep(house, measured(1, house.bench.wall(), outbound_media={"packets_received": 7}))
    async with house.client() as client:

        async def ways(query: str) -> list[tuple[str, str]]:
            return [
                (row["edge"], row["direction"]) for row in (await get(client, f"{VOICE}/Metrics?{query}"))["metrics"]
            ]

        assert await ways("") == [("sip_edge", "inbound"), ("sip_edge", "outbound"), ("carrier_edge", "inbound")]
        assert await ways("Direction=outbound") == [("sip_edge", "outbound")]
        assert await ways("Direction=both&Edge=carrier_edge") == [("carrier_edge", "inbound")]
        assert await ways("Edge=client_edge") == []
        assert_refused(await client.get(f"{VOICE}/Metrics?Direction=up"), 20001)
        first = (await get(client, f"{VOICE}/Metrics"))["metrics"][0]
        assert first["sip_edge"]["cumulative"]["packets_lost"] == 50
        assert first["carrier_edge"] is None


async def test_row_149_an_annotation_is_kept_shown_and_goes_with_its_call(house: House) -> None:
    await keep(house, measured(1, house.bench.wall()))
    async with house.client() as client:
        assert (await get(client, f"{VOICE}/Annotation"))["call_score"] is None
        form = {"AnsweredBy": "human", "QualityIssues": "echo, latency,echo", "Spam": "true", "CallScore": "4"}
        await post(client, f"{VOICE}/Annotation", 200, **form, ConnectivityIssue="dropped_call", Comment="c")
        said = await post(client, f"{VOICE}/Annotation", 200, Spam="", Incident="T-1")
        assert said == await get(client, f"{VOICE}/Annotation")
        assert (said["answered_by"], said["quality_issues"], said["spam"]) == ("human", ["echo", "latency"], None)
        assert (said["call_score"], said["comment"], said["incident"]) == (4, "c", "T-1")
        assert (await get(client, f"{VOICE}/Summary"))["annotation"] == said
        assert (await client.delete(f"{ROOT}/Calls/{CALL}.json")).status_code == 204
        assert_refused(await client.get(f"{VOICE}/Annotation"), 20404, 404)
    async with house.store.reading() as session:
        assert list(await session.scalars(select(CallAnnotationRow))) == []


@pytest.mark.parametrize(
    "form",
    [
        {"CallScore": "0"},
        {"CallScore": "6"},
        {"AnsweredBy": "cat"},
        {"ConnectivityIssue": "none"},
        {"QualityIssues": "echo,noise"},
        {"Spam": "maybe"},
        {"Comment": "c" * 101},
        {"Incident": "i" * 101},
    ],
)
async def test_row_149_a_bad_annotation_is_refused_whole(house: House, form: dict[str, str]) -> None:
    await keep(house, measured(1, house.bench.wall()))
    async with house.client() as client:
        assert_refused(await client.post(f"{VOICE}/Annotation", data={"Spam": "true", **form}), 20001)
        assert (await get(client, f"{VOICE}/Annotation"))["spam"] is None


async def test_row_149_insights_of_anothers_call_are_not_found(house: House) -> None:
    await keep(house, measured(1, house.bench.wall()))
    async with house.client(SECOND) as stranger:
        for room in ("", "/Summary", "/Events", "/Metrics", "/Annotation"):
            assert_refused(await stranger.get(VOICE + room), 20404, 404)
        assert_refused(await stranger.post(f"{VOICE}/Annotation", data={"Spam": "true"}), 20404, 404)
        assert (await get(stranger, "/v1/Voice/Summaries"))["call_summaries"] == []
        assert_refused(await stranger.get(f"/v1/Voice/Summaries?Subaccount={FIRST}"), 20404, 404)
        assert_refused(await stranger.get(f"/v1/Voice/Settings?SubaccountSid={SUB}"), 20404, 404)


async def test_row_149_a_live_calls_summary_is_partial(house: House) -> None:
    async with running(house, live(2)), house.client() as client:
        path = f"/v1/Voice/{rows.sid('CA', 2)}"
        summary = await get(client, f"{path}/Summary")
        assert (summary["processing_state"], summary["call_state"]) == ("partial", "answered")
        assert (summary["end_time"], summary["duration"], summary["connect_duration"]) == (None, None, None)
        assert_refused(await client.get(f"{path}/Summary?ProcessingState=complete"), 20404, 404)
        assert [event["name"] for event in (await get(client, f"{path}/Events"))["events"]] == ["initiated", "answered"]


@asynccontextmanager
async def _summaries(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    """Calls an hour apart, ten hours back; the wall clock stands at noon of 1 March."""
    noon = house.bench.wall()
    busy: dict[str, Any] = {"status": "busy", "direction": "trunking-originating", "to_number": "+12025550190"}
    await keep(
        house,
        *(measured(hours, noon - timedelta(hours=hours)) for hours in (1, 2, 5, 10)),
        measured(3, noon - timedelta(hours=3), **busy),
        measured(9, noon - timedelta(hours=9), released_at=noon - timedelta(minutes=1)),
        measured(4, noon - timedelta(hours=1), account_sid=SUB),
        CallAnnotationRow(call_sid=rows.sid("CA", 2), account_sid=FIRST, quality_issues=["echo", "latency"], spam=True,
                          call_score=2, answered_by="human", date_created=noon, date_updated=noon),
    )  # fmt: skip
    async with house.client() as client:
        yield client


def _numbers(page: Any) -> list[int]:
    return [int(row["call_sid"].removeprefix("CA"), 16) for row in page["call_summaries"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3]),
        ("StartTime=150m", [1, 2]),
        ("StartTime=1d", [1, 2, 3, 5, 9, 10]),
        ("StartTime=1w&EndTime=4h", [5, 9, 10]),
        ("StartTime=2026-03-01T00:00:00Z&EndTime=2026-03-01T08:00:00Z", [5, 9, 10]),
        ("StartTime=1d&SortBy=end_time", [9, 1, 2, 3, 5, 10]),
        ("SortBy=end_time", [9, 1, 2, 3]),
        ("CallState=busy", [3]),
        ("Direction=trunking_originating", [3]),
        ("Direction=outbound_api", []),
        ("To=%2B12025550190", [3]),
        ("From=%2B12025550111", []),
        ("CallType=trunking", [1, 2, 3]),
        ("CallType=client", []),
        ("SpamAnnotation=true", [2]),
        ("CallScoreAnnotation=2", [2]),
        ("CallScoreAnnotation=3", []),
        ("QualityIssueAnnotation=latency", [2]),
        ("QualityIssueAnnotation=dtmf", []),
        ("AnsweredByAnnotation=human", [2]),
        (f"Subaccount={SUB}", [4]),
    ],
)
async def test_row_149_summaries_are_filtered_and_sorted(house: House, query: str, found: list[int]) -> None:
    async with _summaries(house) as client:
        assert _numbers(await get(client, f"/v1/Voice/Summaries?{query}")) == found


@pytest.mark.parametrize(
    "query",
    [
        "StartTime=soon",
        "StartTime=5y",
        "EndTime=100000w",
        "SortBy=price",
        "ProcessingState=raw",
        "CallState=lost",
        "CallScoreAnnotation=9",
        "FromCountryCode=US",
        "HasTag=true",
    ],
)
async def test_row_149_a_filter_that_cannot_be_applied_is_refused(house: House, query: str) -> None:
    async with house.client() as client:
        assert_refused(await client.get(f"/v1/Voice/Summaries?{query}"), 20001)


@pytest.mark.parametrize("sort", ["start_time", "end_time"])
async def test_row_149_summaries_of_live_calls_have_their_places_on_pages(house: House, sort: str) -> None:
    noon = house.bench.wall()
    young = live(6)
    young["invited_at"] = young["answered_at"] = (noon - timedelta(minutes=90)).isoformat()
    ringing = live(7, "ringing") | {"invited_at": noon.isoformat()}
    expected = [7, 1, 6, 2, 3] if sort == "start_time" else [7, 6, 9, 1, 2, 3]
    async with _summaries(house) as client, running(house, young, ringing):
        for size in (1, 2, 5):
            address, forward = f"/v1/Voice/Summaries?ProcessingState=all&SortBy={sort}&PageSize={size}", []
            while address:
                page = await get(client, address)
                forward += _numbers(page)
                address = page["meta"]["next_page_url"]
            assert forward == expected
        for state in ("partial", "started"):
            assert _numbers(await get(client, f"/v1/Voice/Summaries?ProcessingState={state}&SortBy={sort}")) == [
                number for number in expected if number in (6, 7)
            ]


async def test_row_149_settings_are_kept_for_an_account_and_its_sub_accounts(house: House) -> None:
    async with house.client() as client:
        path = "/v1/Voice/Settings"
        await post(client, path, 200, AdvancedFeatures="true")
        body = await get(client, path)
        assert (body["account_sid"], body["advanced_features"], body["voice_trace"]) == (FIRST, True, False)
        await post(client, path, 200, VoiceTrace="true", SubaccountSid=SUB)
        body = await get(client, f"{path}?SubaccountSid={SUB}")
        assert (body["account_sid"], body["advanced_features"], body["voice_trace"]) == (SUB, False, True)
        assert_refused(await client.post(path, data={"SubaccountSid": SECOND}), 20404, 404)
