"""The official Python SDK over calls, their recordings, notifications and events, and the alerts (row 151)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.contract.refused import list_refused, refused
from tests.contract.rest_service import Service
from tests.contract.stock import BEGAN, CALLS, call, stock
from tests.unit.service_control.account.test_calls import live
from tests.unit.service_control.house import SECOND
from trunkline.platform.store.table import RecordingRow

pytestmark = pytest.mark.interop


@pytest.mark.asks("GET ~/Calls.json", "GET DELETE ~/Calls/{}.json", "GET ~/Calls/{}/Events.json")
def test_row_145_calls_are_listed_filtered_paged_and_deleted(service: Service, client: Any) -> None:
    sids = service.run(stock(service.house, client.account_sid))
    assert [row.sid for row in client.calls.list(page_size=2)] == sids[::-1]
    assert [row.sid for row in client.calls.list(limit=3)] == sids[: CALLS - 4 : -1]
    assert [row.sid for row in client.calls.list(limit=4, page_size=1)] == sids[:0:-1]
    first = client.calls(sids[0]).fetch()
    assert (first.start_time, first.end_time) == (BEGAN, BEGAN + timedelta(seconds=15))
    assert (first.duration, first.price, first.price_unit, first.status) == ("15", "-0.01000", "USD", "completed")
    assert (first._from, first.from_formatted) == ("+12025550100", "(202) 555-0100")
    assert first.direction == "trunking-terminating"
    assert {"events", "notifications", "recordings"} <= set(first.subresource_uris)
    assert first.events.list() == []
    assert [row.sid for row in client.calls.list(to="+442079460003")] == [sids[3]]
    assert len(client.calls.list(from_="+12025550100", status="completed")) == CALLS
    assert client.calls.list(parent_call_sid=sids[0]) == []
    assert client.calls.list(start_time_after=BEGAN + timedelta(days=1)) == []
    assert len(client.calls.list(start_time_after=BEGAN, start_time_before=BEGAN + timedelta(days=1))) == CALLS
    assert [row.sid for row in client.calls.list(end_time_before=BEGAN + timedelta(seconds=15))] == [sids[0]]
    assert [row.sid for row in client.calls.list(start_time=BEGAN)] == [sids[0]]
    assert [row.sid for row in client.calls.list(end_time=BEGAN + timedelta(seconds=15))] == [sids[0]]
    assert [row.sid for row in client.calls.list(end_time_after=BEGAN + timedelta(hours=4))] == [sids[4]]
    refused(21220, 400, client.calls(sids[0]).update, status="completed")
    refused(20004, 405, client.calls.create, "+442079460001", "+12025550100", url="https://app.example/")
    assert client.calls(sids[0]).delete()
    refused(20404, 404, client.calls(sids[0]).fetch)
    list_refused(20001, 400, client.calls.list, status="sometimes")
    list_refused(20007, 400, client.calls.page, page_size=1001)
    list_refused(21481, 400, client.calls.page, page_token="PAnothing")


@pytest.mark.asks("GET ~/Calls.json", "GET POST ~/Calls/{}.json")
def test_row_145_a_live_call_is_seen_and_ended(service: Service) -> None:
    """Over a real gateway: tests/e2e/test_live_call.py."""
    client = service.client(SECOND)
    talking, ringing = live(1, account=SECOND), live(2, "ringing", account=SECOND)
    with service.gateway(talking, ringing) as gateway:
        assert [row.sid for row in client.calls.list(status="in-progress")] == [talking["sid"]]
        shown = client.calls(ringing["sid"]).fetch()
        assert (shown.status, shown.start_time, shown.end_time, shown.duration) == ("ringing", None, None, None)
        refused(21220, 400, client.calls(talking["sid"]).update, status="canceled")
        refused(21220, 400, client.calls(talking["sid"]).update, twiml="<Response/>")
        refused(20009, 409, client.calls(talking["sid"]).delete)
        assert client.calls(ringing["sid"]).update(status="canceled").sid == ringing["sid"]
        assert client.calls(talking["sid"]).update(status="completed").sid == talking["sid"]
        assert [question["sid"] for question in gateway.asked] == [ringing["sid"], talking["sid"]]


@pytest.mark.asks(
    "GET ~/Recordings.json",
    "GET DELETE ~/Recordings/{}.json",
    "GET POST ~/Calls/{}/Recordings.json",
    "GET POST DELETE ~/Calls/{}/Recordings/{}.json",
)
def test_rows_145_149_every_operation_on_recordings(service: Service, client: Any) -> None:
    account, talked = client.account_sid, call(client.account_sid, 0)
    rows = [
        RecordingRow(
            sid=f"RE{place:032x}", account_sid=account, call_sid=talked.sid, status="completed", duration_s=15,
            date_created=BEGAN + timedelta(hours=place), date_updated=BEGAN, start_time=BEGAN, channels=2,
        )
        for place in range(2)
    ]  # fmt: skip
    older, newer = (f"RE{place:032x}" for place in range(2))
    service.keep(talked, *rows)
    sid = client.calls.list()[0].sid
    recordings, of_call = client.recordings, client.calls(sid).recordings
    assert [row.sid for row in recordings.list(page_size=1)] == [newer, older]
    assert [row.sid for row in recordings.list(call_sid=sid, date_created_before=BEGAN)] == [older]
    assert [row.sid for row in recordings.list(date_created_after=BEGAN + timedelta(minutes=1))] == [newer]
    assert [row.sid for row in recordings.list(date_created=BEGAN)] == [older]
    assert recordings.list(conference_sid="CF" + "0" * 32) == []
    today, day = BEGAN.date(), timedelta(days=1)
    assert len(of_call.list(date_created=today, date_created_before=today, date_created_after=today)) == len(rows)
    assert of_call.list(date_created_before=today - day) == of_call.list(date_created_after=today + day) == []
    one = recordings(older).fetch()
    assert (one.call_sid, one.channels, one.duration, one.source, one.status) == (sid, 2, "15", "Trunking", "completed")
    assert (one.start_time, one.date_created, one.conference_sid) == (BEGAN, BEGAN, None)
    assert one.media_url.endswith(f"/Accounts/{account}/Recordings/{older}")
    assert [row.sid for row in of_call.list()] == [newer, older]
    assert (of_call(older).fetch().track, of_call(older).fetch().start_time) == ("both", BEGAN)
    refused(21220, 400, of_call.create, recording_channels="dual", recording_track="both", trim="do-not-trim")
    refused(21220, 400, of_call(older).update, status="paused")
    assert of_call(older).delete()
    refused(20404, 404, of_call(older).fetch)
    assert recordings(newer).delete()
    assert recordings.list() == []
    assert {row.status for row in recordings.list(include_soft_deleted=True)} == {"deleted"}
    assert recordings(newer).fetch(include_soft_deleted=True).status == "deleted"
    refused(20404, 404, recordings(newer).fetch)


@pytest.mark.asks(
    "GET /v1/Alerts",
    "GET /v1/Alerts/{}",
    "GET ~/Notifications.json",
    "GET ~/Notifications/{}.json",
    "GET ~/Calls/{}/Notifications.json",
    "GET ~/Calls/{}/Notifications/{}.json",
)
def test_rows_149_150_alerts_and_notifications(service: Service, client: Any) -> None:
    sids = service.run(stock(service.house, client.account_sid))
    alerts = client.monitor.v1.alerts
    [alert] = alerts.list(log_level="error", start_date=BEGAN, end_date=BEGAN + timedelta(days=1))
    assert (alert.error_code, alert.resource_sid, alert.date_created) == ("32011", sids[0], BEGAN)
    assert (alert.date_generated, alert.date_updated, alert.log_level) == (BEGAN, BEGAN, "error")
    assert alert.more_info == "https://www.twilio.com/docs/errors/32011"
    assert alerts(alert.sid).fetch().alert_text == "no answer"
    assert alerts.list(log_level="warning") == []
    assert alerts.list(start_date=BEGAN + timedelta(days=2)) == []
    list_refused(20001, 400, alerts.list, log_level="shouting")
    [notification] = client.notifications.list(log=0, message_date=BEGAN.date())
    assert (notification.sid, notification.call_sid, notification.error_code) == (alert.sid, sids[0], "32011")
    assert client.notifications.list(log=1) == []
    after, before = {"message_date_after": BEGAN.date()}, {"message_date_before": BEGAN.date() - timedelta(days=1)}
    for listed in (client.notifications.list, client.calls(sids[0]).notifications.list):
        assert [row.sid for row in listed(log=0, **after)] == [alert.sid]
        assert [row.sid for row in listed(message_date=BEGAN.date())] == [alert.sid]
        assert listed(**before) == []
        list_refused(20001, 400, listed, log=2)
    fetched = client.notifications(alert.sid).fetch()
    assert (fetched.message_date, fetched.log, fetched.message_text) == (BEGAN, "0", "no answer")
    of_call = client.calls(sids[0]).notifications
    assert [row.sid for row in of_call.list()] == [alert.sid]
    assert of_call(alert.sid).fetch().sid == alert.sid
    refused(20404, 404, client.calls(sids[1]).notifications(alert.sid).fetch)
    refused(20404, 404, alerts("NO" + "0" * 32).fetch)


@pytest.mark.asks("GET /v1/Events", "GET /v1/Events/{}")
def test_row_150_the_audit_log_is_read_by_filters_and_pages(client: Any) -> None:
    trunk = client.trunking.v1.trunks.create(friendly_name="Office")
    trunk.update(friendly_name="Annex")
    events = client.monitor.v1.events
    both = events.list(resource_sid=trunk.sid, page_size=1)
    assert [event.event_type for event in both] == ["trunk.updated", "trunk.created"]
    event = events(both[0].sid).fetch()
    assert event.event_data == {"friendly_name": {"previous": "Office", "updated": "Annex"}}
    assert isinstance(event.event_date, datetime)
    assert event.event_date.tzinfo is not None
    assert (event.actor_sid, event.actor_type, event.source) == (client.account_sid, "account", "api")
    assert event.source_ip_address == "127.0.0.1"
    assert events.list(event_type="trunk.deleted") == []
    for same in ({"actor_sid": client.account_sid}, {"source_ip_address": "127.0.0.1"}, {"start_date": BEGAN}):
        assert len(events.list(**same)) == len(both), same
    assert events.list(end_date=BEGAN) == []
    refused(20404, 404, events("AE" + "0" * 32).fetch)
