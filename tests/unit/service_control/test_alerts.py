"""Alerts and notifications: one table, two shapes (rows 126, 150)."""

from datetime import timedelta

import pytest

from tests.unit.platform_store import rows
from tests.unit.service_control.asking import ROOT, assert_refused, get
from tests.unit.service_control.house import FIRST, SECOND, House
from trunkline.platform.store.table import AlertRow, CallRow

CALL = rows.sid("CA", 1)
TRUNK = rows.sid("TK", 1)


async def _settle(house: House) -> None:
    at = house.bench.wall()
    call = CallRow(
        sid=CALL, account_sid=FIRST, direction="trunking-originating", from_number="+15005550101",
        to_number="+15005550100", status="failed", date_created=at, date_updated=at, invited_at=at,
    )  # fmt: skip
    detail = {"request_text": "INVITE sip:a", "response_text": "SIP/2.0 503", "trunk_sid": TRUNK, "call_sid": CALL}
    failed = AlertRow(
        sid=rows.sid("NO", 1), account_sid=FIRST, resource_sid=CALL, error_code=32011, log_level="error",
        alert_text="Error communicating with your SIP communications infrastructure", date_created=at, detail=detail,
    )  # fmt: skip
    warned = AlertRow(
        sid=rows.sid("NO", 2), account_sid=FIRST, resource_sid=TRUNK, error_code=32110, log_level="warning",
        alert_text="x", date_created=at + timedelta(days=2),
    )  # fmt: skip
    async with house.store.appending() as session:
        session.add_all([call, failed, warned])
        await session.commit()


async def test_row_126_an_alert_shows_code_level_text_and_both_sip_messages(house: House) -> None:
    await _settle(house)
    async with house.client() as client:
        listed = await get(client, "/v1/Alerts")
        assert [row["error_code"] for row in listed["alerts"]] == ["32110", "32011"]
        assert listed["meta"]["key"] == "alerts"
        alert = await get(client, f"/v1/Alerts/{rows.sid('NO', 1)}")
    assert (alert["log_level"], alert["resource_sid"], alert["service_sid"]) == ("error", CALL, TRUNK)
    assert (alert["request_variables"], alert["response_body"]) == ("INVITE sip:a", "SIP/2.0 503")
    assert alert["more_info"] == "https://www.twilio.com/docs/errors/32011"
    assert alert["url"].endswith(f"/v1/Alerts/{alert['sid']}")


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("LogLevel=warning", ["32110"]),
        ("LogLevel=debug", []),
        ("StartDate=2026-03-02", ["32110"]),
        ("EndDate=2026-03-01", ["32011"]),
        (f"ResourceSid={CALL}", ["32011"]),
    ],
)
async def test_row_150_alerts_are_filtered(house: House, query: str, codes: list[str]) -> None:
    await _settle(house)
    async with house.client() as client:
        assert [row["error_code"] for row in (await get(client, f"/v1/Alerts?{query}"))["alerts"]] == codes
        assert_refused(await client.get("/v1/Alerts?LogLevel=loud"), 20001)
    async with house.client(SECOND) as stranger:
        assert (await get(stranger, f"/v1/Alerts?{query}"))["alerts"] == []


async def test_row_126_notifications_are_alerts_in_the_shape_of_2010(house: House) -> None:
    await _settle(house)
    async with house.client() as client:
        every = (await get(client, f"{ROOT}/Notifications.json"))["notifications"]
        assert [(row["log"], row["call_sid"]) for row in every] == [("1", None), ("0", CALL)]
        errors = (await get(client, f"{ROOT}/Notifications.json?Log=0"))["notifications"]
        assert [row["error_code"] for row in errors] == ["32011"]
        of_call = (await get(client, f"{ROOT}/Calls/{CALL}/Notifications.json"))["notifications"]
        assert [row["sid"] for row in of_call] == [rows.sid("NO", 1)]
        assert (await get(client, of_call[0]["uri"]))["response_body"] == "SIP/2.0 503"
        assert_refused(await client.get(f"{ROOT}/Calls/{CALL}/Notifications/{rows.sid('NO', 2)}.json"), 20404, 404)
        assert_refused(await client.get(f"{ROOT}/Calls/{rows.sid('CA', 9)}/Notifications.json"), 20404, 404)
        assert_refused(await client.get(f"{ROOT}/Notifications.json?Log=2"), 20001)
