"""Row 146: usage triggers that fire once in each period, and their callbacks (rest.md 3.11)."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from tests.unit.service_control.asking import ROOT, assert_refused, get, post
from tests.unit.service_control.house import FIRST, SECOND, SUB, TOKENS, House
from trunkline.domain.rating.trigger import period_start, periods_to_watch
from trunkline.kit.secret import Secret
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.store.table import CallbackRow, UsageDayRow
from trunkline.platform.store.usage_watch import fire_triggers
from trunkline.platform.webhook.sender import Sender
from trunkline.platform.webhook.signature import sign
from trunkline.service.control.callbacks import MOST_ATTEMPTS, deliver_due

TRIGGERS = f"{ROOT}/Usage/Triggers"
MARCH = datetime(2026, 3, 10, 12, tzinfo=UTC)
WISH: dict[str, Any] = {
    "CallbackUrl": "https://app.example/usage",
    "TriggerValue": "10",
    "UsageCategory": "trunking-termination",
}


async def use(house: House, day: date, minutes: int, account: str = FIRST) -> None:
    async with house.store.appending() as session:
        session.add(
            UsageDayRow(
                account_sid=account,
                category="trunking-termination",
                day=day,
                count=minutes * 2,
                seconds=minutes * 60,
                sell=Decimal(minutes) / 100,
                buy=Decimal(0),
            )
        )
        await session.commit()


class Web:
    """A customer's server, and a wall clock that is moved by hand."""

    def __init__(self, house: House, *statuses: int) -> None:
        self._house = house
        self._statuses = list(statuses)
        self.forms: list[dict[str, str]] = []
        self.signatures: list[str] = []
        self.at = MARCH
        self._sender = Sender(allow_private=True, transport=httpx2.MockTransport(self._answer), resolver=_anywhere)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.forms.append(dict(httpx2.QueryParams(request.content.decode())))
        self.signatures.append(request.headers["X-Twilio-Signature"])
        return httpx2.Response(self._statuses.pop(0) if self._statuses else 200)

    async def deliver(self) -> int:
        wall: Callable[[], datetime] = lambda: self.at  # noqa: E731
        return await deliver_due(self._house.store, self._house.vault, self._sender, RandomIds(), wall)


async def _anywhere(_host: str, _port: int) -> list[str]:
    return ["198.51.100.7"]


async def _fire(house: House, at: datetime) -> int:
    return await fire_triggers(house.store, RandomIds(), at)


async def _waiting(house: House) -> int:
    async with house.store.reading() as session:
        return await session.scalar(select(func.count()).select_from(CallbackRow)) or 0


async def test_row_146_a_trigger_has_a_life(house: House) -> None:
    async with house.client() as client:
        made = await post(client, f"{TRIGGERS}.json", **WISH, Recurring="monthly", TriggerBy="count", FriendlyName="n")
        assert (made["trigger_value"], made["current_value"], made["date_fired"]) == ("10", "0", None)
        assert made["usage_record_uri"] == f"{ROOT}/Usage/Records/ThisMonth.json?Category=trunking-termination"
        path = f"{TRIGGERS}/{made['sid']}.json"
        assert await get(client, path) == made
        changed = await post(client, path, 200, CallbackUrl="https://b.example/", CallbackMethod="GET", FriendlyName="")
        assert (changed["callback_url"], changed["callback_method"], changed["friendly_name"]) == (
            "https://b.example/", "GET", None,
        )  # fmt: skip
        await post(client, f"{TRIGGERS}.json", **WISH)
        for query, count in (
            ({"Recurring": "monthly"}, 1),
            ({"TriggerBy": "usage"}, 1),
            ({"UsageCategory": "totalprice"}, 0),
            ({}, 2),
        ):
            rows = (await client.get(f"{TRIGGERS}.json", params=query)).json()["usage_triggers"]
            assert len(rows) == count, query
        assert (await client.delete(path)).status_code == 204
        assert_refused(await client.get(path), 20404, 404)
        for odd in (
            {"TriggerValue": "-1"},
            {"TriggerValue": "ten"},
            {"TriggerValue": "1.0000001"},
            {"UsageCategory": "sms"},
            {"CallbackUrl": ""},
            {"CallbackUrl": "ftp://a.example/"},
            {"Recurring": "weekly"},
            {"TriggerBy": "mood"},
        ):
            assert_refused(await client.post(f"{TRIGGERS}.json", data=WISH | odd), 20001)


@pytest.mark.parametrize(("by", "value"), [("usage", "10"), ("count", "20"), ("price", "0.1")])
async def test_row_146_a_trigger_fires_when_its_value_is_reached_and_not_before(
    house: House, by: str, value: str
) -> None:
    async with house.client() as client:
        await post(client, f"{TRIGGERS}.json", **(WISH | {"TriggerValue": value}), TriggerBy=by)
        await use(house, MARCH.date(), 9)
        assert await _fire(house, MARCH) == 0
        await use(house, MARCH.date(), 1, SUB)  # a sub-account's counts
        assert await _fire(house, MARCH) == 1
        assert await _fire(house, MARCH + timedelta(days=400)) == 0
        [row] = (await get(client, f"{TRIGGERS}.json"))["usage_triggers"]
        assert row["date_fired"] == "Tue, 10 Mar 2026 12:00:00 +0000"
        web = Web(house)
        assert await web.deliver() == 1
        [form] = web.forms
        assert (form["TriggerBy"], form["CurrentValue"], form["TriggerValue"]) == (by, value, value)
        assert (form["AccountSid"], form["UsageTriggerSid"]) == (FIRST, row["sid"])


async def test_row_146_a_monthly_trigger_fires_once_in_each_month(any_house: House) -> None:
    async with any_house.client() as client:
        await post(client, f"{TRIGGERS}.json", **WISH, Recurring="monthly")
        await use(any_house, MARCH.date(), 50)
        april = datetime(2026, 4, 2, tzinfo=UTC)
        assert [await _fire(any_house, at) for at in (MARCH, MARCH, april)] == [1, 0, 0]
        await use(any_house, april.date(), 10)
        assert [await _fire(any_house, april) for _ in range(2)] == [1, 0]
        assert await _waiting(any_house) == 2


async def test_row_146_calls_that_end_after_midnight_fire_the_day_that_they_began_on(house: House) -> None:
    """They count to that day, which nobody looks at any more otherwise."""
    midnight = datetime(2026, 3, 11, tzinfo=UTC)
    async with house.client() as client:
        await post(client, f"{TRIGGERS}.json", **WISH, Recurring="daily")
        await use(house, MARCH.date(), 9)
        assert await _fire(house, midnight + timedelta(minutes=1)) == 0
        await use(house, MARCH.date(), 1, SUB)
        await use(house, midnight.date(), 10)
        assert [await _fire(house, midnight + timedelta(minutes=10)) for _ in range(2)] == [2, 0]
        assert await _fire(house, midnight + timedelta(days=1)) == 0
        web = Web(house)
        web.at = midnight + timedelta(hours=1)
        assert await web.deliver() == 2
    told = {form["UsageRecordUri"].partition("Records/")[2].partition(".")[0]: form for form in web.forms}
    assert {name: form["CurrentValue"] for name, form in told.items()} == {"Yesterday": "10", "Today": "10"}
    assert len({form["IdempotencyToken"] for form in web.forms}) == 2


async def test_row_146_a_new_trigger_is_not_fired_for_what_was_before_it(house: House) -> None:
    async with house.client() as client:
        await post(client, f"{TRIGGERS}.json", **WISH, Recurring="monthly")  # made on 1 March
    await use(house, date(2026, 2, 28), 10)
    assert await _fire(house, datetime(2026, 3, 2, tzinfo=UTC)) == 0


async def test_row_146_two_processes_fire_a_trigger_once(any_house: House) -> None:
    async with any_house.client() as client:
        await post(client, f"{TRIGGERS}.json", **WISH, Recurring="daily")
    await use(any_house, MARCH.date(), 10)
    assert sum(await asyncio.gather(*(_fire(any_house, MARCH) for _ in range(3)))) == 1


async def test_row_146_triggers_that_do_not_recur_are_those_of_all_time(house: House) -> None:
    async with house.client() as client:
        periods: tuple[dict[str, str], ...] = ({}, {"Recurring": "alltime"}, {"Recurring": "daily"})
        made = [(await post(client, f"{TRIGGERS}.json", 201, **(WISH | period)))["sid"] for period in periods]
        for asked, wanted in (("alltime", made[1::-1]), ("daily", made[2:]), ("", made[::-1])):
            page = await get(client, f"{TRIGGERS}.json?Recurring={asked}")
            assert [row["sid"] for row in page["usage_triggers"]] == wanted


async def test_row_146_a_value_with_a_plus_counts_from_now(house: House) -> None:
    await use(house, date(2026, 2, 1), 30)
    async with house.client() as client:
        made = await post(client, f"{TRIGGERS}.json", **(WISH | {"TriggerValue": "+12.5"}))
        assert (made["trigger_value"], made["current_value"]) == ("42.5", "30")


async def test_row_146_a_callback_is_tried_until_it_is_taken_and_signed_each_time(any_house: House) -> None:
    async with any_house.client() as client:
        await post(client, f"{TRIGGERS}.json", **WISH)
    await use(any_house, MARCH.date(), 10)
    await _fire(any_house, MARCH)
    web = Web(any_house, 500, 503, 200)
    assert [await web.deliver(), await web.deliver()] == [1, 0]
    for _ in range(2):
        web.at += timedelta(hours=1)
        assert await web.deliver() == 1
    assert len(web.forms) == 3
    assert web.forms[0] == web.forms[2]
    assert web.signatures[2] == sign(Secret(TOKENS[FIRST]), WISH["CallbackUrl"], web.forms[2])
    assert await _waiting(any_house) == 0


async def test_row_126_a_callback_that_is_given_up_is_an_alert_with_request_and_answer(any_house: House) -> None:
    house = any_house
    address = "https://me:hook-secret@app.example/usage?access_token=query-secret&shop=7"
    async with house.client() as client:
        trigger = (await post(client, f"{TRIGGERS}.json", **(WISH | {"CallbackUrl": address})))["sid"]
    await use(house, MARCH.date(), 10)
    await _fire(house, MARCH)
    web = Web(house, *[500] * MOST_ATTEMPTS)
    async with house.client() as client, house.client(SECOND) as stranger:
        for _ in range(MOST_ATTEMPTS + 3):
            alerts = (await get(client, "/v1/Alerts"))["alerts"]
            assert len(alerts) == (len(web.forms) == MOST_ATTEMPTS), "once, with the last attempt"
            await web.deliver()
            web.at += timedelta(hours=5)
        assert len(web.forms) == MOST_ATTEMPTS
        assert await _waiting(house) == 0
        [listed] = (await get(client, "/v1/Alerts"))["alerts"]
        alert = await get(client, f"/v1/Alerts/{listed['sid']}")
        assert await web.deliver() == 0, "nobody wants to be told"
        notified = await get(client, f"{ROOT}/Notifications/{listed['sid']}.json")
        assert (await get(stranger, "/v1/Alerts"))["alerts"] == []
    assert (alert["error_code"], alert["log_level"], alert["resource_sid"]) == ("11200", "error", trigger)
    assert alert["alert_text"] == "Callback was not taken in 12 attempts: status 500"
    assert dict(httpx2.QueryParams(alert["request_variables"])) == web.forms[-1]
    assert alert["response_body"].startswith("500 Internal Server Error\r\n")
    for told in (alert, notified):
        assert told["request_method"] == "POST"
        assert told["request_url"] == "https://me:***@app.example/usage?access_token=***&shop=7"
        assert "-secret" not in str(told)


def test_a_period_that_is_over_is_watched_for_as_long_as_its_calls_may_end() -> None:
    third, fourth = date(2024, 3, 3), date(2024, 3, 4)
    assert [period.first for period in periods_to_watch("monthly", third)] == [date(2024, 2, 1), date(2024, 3, 1)]
    assert periods_to_watch("monthly", third)[0].last == date(2024, 2, 29)
    assert [period.first for period in periods_to_watch("monthly", fourth)] == [date(2024, 3, 1)]
    assert [period.first for period in periods_to_watch("yearly", date(2024, 1, 1))] == [
        date(2023, 1, 1),
        date(2024, 1, 1),
    ]
    assert [period.first for period in periods_to_watch(None, third)] == [date(1970, 1, 1)]


def test_periods_begin_with_the_day_the_month_and_the_year() -> None:
    day = date(2026, 3, 10)
    assert period_start("daily", day) == day
    assert period_start("monthly", day) == date(2026, 3, 1)
    assert period_start("yearly", day) == date(2026, 1, 1)
    assert period_start("alltime", day) == period_start(None, day) == date(1970, 1, 1)
