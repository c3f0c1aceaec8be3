"""Alerts and notifications: one table, two shapes, and whom they are told (rows 126, 150)."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.platform_store import rows
from tests.unit.service_control.account.test_calls import live, running
from tests.unit.service_control.account.test_usage_triggers import Web
from tests.unit.service_control.asking import ROOT, assert_refused, get, post
from tests.unit.service_control.house import FIRST, SECOND, SUB, TOKENS, House
from trunkline.domain.record.alert import Alert, AlertLevel
from trunkline.kit.ids import AccountSid, CallSid, TrunkSid
from trunkline.kit.secret import Secret
from trunkline.platform.store.record_writer import write_records
from trunkline.platform.store.table import AlertRow, CallRow
from trunkline.platform.webhook.signature import sign
from trunkline.service.control.callbacks import MOST_ATTEMPTS

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
        assert [row["log_level"] for row in listed["alerts"]] == ["warning", "error"]
        assert [row["alert_text"][:25] for row in listed["alerts"]] == ["x", "Error communicating with "]
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


async def test_row_126_a_live_call_has_its_notifications(house: House) -> None:
    await _settle(house)
    call = live(7)["sid"]
    async with house.client() as client, running(house, live(7)):
        shown = await get(client, f"{ROOT}/Calls/{call}.json")
        assert (await get(client, shown["subresource_uris"]["notifications"]))["notifications"] == []


HOOK = "/v1/AlertWebhook"
ADDRESS = "https://app.example/alerts"


def _raised(number: int, account: str = FIRST) -> Alert:
    return Alert(
        sid=rows.sid("NO", number), code=32011, text="Origination attempt failed", level=AlertLevel.ERROR,
        raised_at=datetime(2026, 3, 10, 11, 59, 1, 250_000, tzinfo=UTC), account_sid=AccountSid(account),
        trunk_sid=TrunkSid(TRUNK), call_sid=CallSid(CALL),
    )  # fmt: skip


async def test_row_126_each_new_alert_is_told_once_to_the_address_of_its_account(any_house: House) -> None:
    """Gateways deliver alerts again after a crash: what is known has been told."""
    house, web = any_house, Web(any_house)
    async with house.client() as client, house.client(SUB) as child:
        assert await get(client, HOOK) == {"account_sid": FIRST, "url": None, "method": "POST", "email": None}
        await write_records(house.store, [], [_raised(1)])
        assert (await post(client, HOOK, 200, Url=ADDRESS))["url"] == ADDRESS
        await post(child, HOOK, 200, Url=f"{ADDRESS}/below")
        for _ in range(2):
            await write_records(house.store, [], [_raised(1), _raised(2), _raised(3, SECOND), _raised(4, SUB)])
        assert await web.deliver() == 2
        mine, below = sorted(web.forms, key=lambda form: form["Sid"])
        assert json.loads(mine.pop("Payload")) == {
            "resource_sid": CALL, "service_sid": TRUNK, "error_code": "32011",
            "more_info": {"Msg": "Origination attempt failed"},
        }  # fmt: skip
        assert mine == {
            "Sid": rows.sid("NO", 2), "AccountSid": FIRST, "Timestamp": "2026-03-10T11:59:01.250Z", "Level": "ERROR",
            "PayloadType": "application/json",
        }  # fmt: skip
        assert (below["AccountSid"], below["ParentAccountSid"]) == (SUB, FIRST)
        at = [form["Sid"] for form in web.forms].index(rows.sid("NO", 4))
        assert web.signatures[at] == sign(Secret(TOKENS[SUB]), f"{ADDRESS}/below", below)
        await post(client, HOOK, 200, Url="")
        await write_records(house.store, [], [_raised(5)])
        assert await web.deliver() == 0
        for odd in ({"Url": "ftp://app.example/"}, {"Method": "PUT"}):
            assert_refused(await client.post(HOOK, data=odd), 20001)


async def test_row_126_a_webhook_that_is_given_up_is_an_alert_and_tells_nobody_further(house: House) -> None:
    web = Web(house, *[500] * MOST_ATTEMPTS)
    async with house.client() as client:
        await post(client, HOOK, 200, Url=ADDRESS)
        await write_records(house.store, [], [_raised(1)])
        for _ in range(MOST_ATTEMPTS + 3):
            await web.deliver()
            web.at += timedelta(hours=5)
        assert len(web.forms) == MOST_ATTEMPTS
        codes = [row["error_code"] for row in (await get(client, "/v1/Alerts"))["alerts"]]
        assert sorted(codes) == ["11200", "32011"]
