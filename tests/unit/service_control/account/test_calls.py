"""Live calls over REST: seen, filtered, ended; finished ones deleted (row 145)."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from tests.unit.platform_store import rows
from tests.unit.service_control.asking import ROOT, answering, assert_refused, get, post
from tests.unit.service_control.house import FIRST, SECOND, House
from trunkline.platform.store.table import CallAttemptRow, CallRow, TariffRow, UsageDayRow
from trunkline.service.control.api.account import calls

START = datetime(2026, 3, 1, tzinfo=UTC)
CALLS = f"{ROOT}/Calls"


@pytest.fixture(autouse=True)
def _no_time_between_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """These gateways write no record to wait for."""
    monkeypatch.setattr(calls, "_BETWEEN_LOOKS_S", 0.0)


@dataclass
class Gateway:
    """Live calls as a gateway tells them; `asked` are the hang-ups."""

    calls: list[dict[str, Any]]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, question: dict[str, Any]) -> bytes:
        assert question["account"] in (FIRST, SECOND)
        mine = [call for call in self.calls if call["account_sid"] == question["account"]]
        if question["verb"] == "calls":
            return json.dumps({"calls": mine}).encode() + b"\n"
        self.asked.append(question)
        return json.dumps({"found": question["sid"] in [call["sid"] for call in mine]}).encode() + b"\n"


def live(number: int, status: str = "in-progress", account: str = FIRST) -> dict[str, Any]:
    at = START + timedelta(hours=number)
    return {
        "sid": rows.sid("CA", number), "account_sid": account, "trunk_sid": rows.sid("TK", 1),
        "phone_number_sid": None, "direction": "trunking-terminating", "from_number": "+12025550100",
        "to_number": f"+1202555019{number}", "to_uri": None, "status": status, "invited_at": at.isoformat(),
        "answered_at": (at + timedelta(seconds=3)).isoformat() if status == "in-progress" else None,
    }  # fmt: skip


def stored(number: int, account: str = FIRST) -> CallRow:
    at = START + timedelta(hours=number)
    return CallRow(
        sid=rows.sid("CA", number), account_sid=account, direction="trunking-terminating", from_number="+12025550100",
        to_number="+12025550199", status="completed", date_created=at, date_updated=at, invited_at=at, answered_at=at,
        released_at=at + timedelta(seconds=30), start_time=at, duration_s=30,
    )  # fmt: skip


@asynccontextmanager
async def running(house: House, *calls: dict[str, Any]) -> AsyncIterator[Gateway]:
    gateway = Gateway(list(calls))
    async with answering(house.run_dir / "gateway-127.0.0.1-5060.sock", gateway.answer):
        yield gateway


async def keep(house: House, *kept: object) -> None:
    async with house.store.appending() as session:
        session.add_all(kept)
        await session.commit()


def numbers(page: dict[str, Any]) -> list[int]:
    return [int(call["sid"].removeprefix("CA"), 16) for call in page["calls"]]


async def listed(house: House, query: str = "") -> list[int]:
    async with house.client() as client:
        return numbers(await get(client, f"{CALLS}.json?{query}"))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", [6, 5, 4, 3, 2, 1]),
        ("Status=in-progress", [4, 2]),
        ("Status=ringing", [6]),
        ("Status=completed", [5, 3, 1]),
        ("To=%2B12025550192", [2]),
        ("StartTime%3E=2026-03-01T03:30:00Z", [5, 4]),
        ("EndTime%3E=2026-03-01", [5, 3, 1]),
    ],
)
async def test_row_145_live_and_finished_calls_are_one_list(house: House, query: str, wanted: list[int]) -> None:
    await keep(house, stored(1), stored(3), stored(5))
    async with running(house, live(2), live(4), live(6, "ringing"), live(7, account=SECOND)):
        assert await listed(house, query) == wanted


async def test_row_145_pages_hold_each_call_once(house: House) -> None:
    await keep(house, stored(1), stored(3), stored(5))
    async with running(house, live(2), live(4), live(6)), house.client() as client:
        for size in (1, 2, 4):
            address, forward, pages = f"{CALLS}.json?PageSize={size}", [], []
            while address:
                page = await get(client, address)
                forward += numbers(page)
                pages.append(page)
                address = page["next_page_uri"]
            assert forward == [6, 5, 4, 3, 2, 1]
            before = await get(client, pages[-1]["previous_page_uri"])
            assert [call["sid"] for call in before["calls"]] == [call["sid"] for call in pages[-2]["calls"]]


async def test_row_145_a_live_call_is_fetched_as_far_as_it_is_known(house: House) -> None:
    async with running(house, live(2)), house.client() as client:
        call = await get(client, f"{CALLS}/{rows.sid('CA', 2)}.json")
        assert (call["status"], call["duration"], call["end_time"], call["price"]) == ("in-progress", None, None, None)
        assert call["start_time"] == "Sun, 01 Mar 2026 02:00:03 +0000"
        assert call["trunk_sid"] == rows.sid("TK", 1)
    async with running(house, live(2)), house.client(SECOND) as stranger:
        assert_refused(await stranger.get(f"{CALLS}/{rows.sid('CA', 2)}.json".replace(FIRST, SECOND)), 20404, 404)


async def test_row_145_completed_ends_a_live_call(house: House) -> None:
    """The gateway is asked by account and SID; without a record by then the answer is the call as it was."""
    async with running(house, live(2)) as gateway, house.client() as client:
        ended = await post(client, f"{CALLS}/{rows.sid('CA', 2)}.json", 200, Status="completed")
        assert gateway.asked == [{"verb": "hangup", "sid": rows.sid("CA", 2), "account": FIRST}]
        assert ended["sid"] == rows.sid("CA", 2)


async def test_row_150_whoever_ends_a_live_call_stands_in_the_audit_log(house: House) -> None:
    async with running(house, live(2), live(3, "ringing")), house.client() as client:
        key = await post(client, f"{ROOT}/Keys.json")
        async with house.client(key["sid"], key["secret"]) as by_key:
            await post(by_key, f"{CALLS}/{rows.sid('CA', 2)}.json", 200, Status="completed")
            await post(by_key, f"{CALLS}/{rows.sid('CA', 3)}.json", 200, Status="canceled")
        for number, was, status in ((2, "in-progress", "completed"), (3, "ringing", "canceled")):
            [event] = (await get(client, f"/v1/Events?ResourceSid={rows.sid('CA', number)}"))["events"]
            assert (event["event_type"], event["resource_type"]) == ("call.updated", "call")
            assert (event["actor_type"], event["actor_sid"], event["account_sid"]) == ("api-key", key["sid"], FIRST)
            assert event["event_data"] == {"status": {"previous": was, "updated": status}}


@pytest.mark.parametrize(
    ("call", "form", "code"),
    [
        (live(2), {"Status": "canceled"}, 21220),
        (live(2), {"Status": "busy"}, 20001),
        (live(2), {"Url": "http://example.com/"}, 21220),
        (None, {"Status": "completed"}, 21220),
    ],
)
async def test_row_145_what_cannot_become_of_a_call_is_told(
    house: House, call: dict[str, Any] | None, form: dict[str, str], code: int
) -> None:
    if call is None:
        await keep(house, stored(2))
    async with running(house, *([call] if call else [])) as gateway, house.client() as client:
        assert_refused(await client.post(f"{CALLS}/{rows.sid('CA', 2)}.json", data=form), code)
        assert gateway.asked == []


async def test_row_145_only_a_finished_call_is_deleted(house: House) -> None:
    await keep(
        house,
        stored(1),
        CallAttemptRow(call_sid=rows.sid("CA", 1), position=0, target="sip:x", started_at=START),
        TariffRow(
            sid=rows.sid("TF", 1), service="termination", prefix="+", sell=Decimal(1), buy=Decimal(0),
            effective_from=START, date_created=START, date_updated=START,
        ),
    )  # fmt: skip
    async with running(house, live(2)), house.client() as client, house.client(SECOND) as stranger:
        path = f"{CALLS}/{rows.sid('CA', 1)}.json"
        assert_refused(await client.delete(f"{CALLS}/{rows.sid('CA', 2)}.json"), 20009, 409)
        assert_refused(await stranger.delete(path.replace(FIRST, SECOND)), 20404, 404)
        assert (await client.delete(path)).status_code == 204
        assert_refused(await client.get(path), 20404, 404)
        assert_refused(await client.delete(path), 20404, 404)
    async with house.store.reading() as session:
        assert list(await session.scalars(select(CallAttemptRow))) == []
        charged = await session.scalar(select(UsageDayRow.sell).where(UsageDayRow.category == "totalprice"))
    assert charged == 1
