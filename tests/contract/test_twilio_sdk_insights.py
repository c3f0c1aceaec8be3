"""The official Twilio Python SDK on Voice Insights and recordings (rows 149, 151)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.rest_service import Service
from trunkline.platform.store.table import CallRow, RecordingRow, Row


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("sdk")) as running:
        yield running


@pytest.fixture
def client(service: Service) -> Any:
    return service.client_of_its_own()


def _keep(service: Service, *kept: Row) -> None:
    async def add() -> None:
        async with service.house.store.appending() as session:
            session.add_all(kept)
            await session.commit()

    service.run(add())


def test_row_149_insights_and_recordings_are_read_whole(service: Service, client: Any) -> None:
    at, sid = service.house.bench.wall(), f"CA{'e' * 32}"
    account = client.account_sid
    _keep(
        service,
        CallRow(
            sid=sid, account_sid=account, direction="trunking-terminating", from_number="+12025550100",
            to_number="+442079460001", status="completed", date_created=at, date_updated=at, invited_at=at,
            start_time=at, released_at=at, duration_s=15, pdd_ms=120, inbound_media={"packets_received": 9},
        ),
        RecordingRow(
            sid=f"RE{'e' * 32}", account_sid=account, call_sid=sid, status="completed", date_created=at, date_updated=at
        ),
    )  # fmt: skip
    call = client.insights.v1.calls(sid)
    call.annotation().update(call_score=4, quality_issues="echo,latency", comment="fine")
    assert call.annotation().fetch().quality_issues == ["echo", "latency"]
    summary = call.summary().fetch()
    assert (summary.call_state, summary.properties["pdd_ms"], summary.annotation["call_score"]) == ("completed", 120, 4)
    assert [event.name for event in call.events.list(edge="sip_edge")] == ["initiated", "completed"]
    assert [metric.direction for metric in call.metrics.list()] == ["inbound"]
    assert [row.call_sid for row in client.insights.v1.call_summaries.list(call_score_annotation="4")] == [sid]
    recording = client.recordings.list(call_sid=sid)[0]
    assert (recording.status, client.calls(sid).recordings.list()[0].sid) == ("completed", recording.sid)
    assert recording.delete()
    assert client.recordings.list() == []
    assert client.calls(sid).events.list() == []
