"""Recordings in shape: listed, fetched, deleted softly (rest.md 3.9)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from tests.unit.platform_store import rows
from tests.unit.service_control.account.test_calls import keep, stored
from tests.unit.service_control.asking import ROOT, assert_refused, get
from tests.unit.service_control.house import FIRST, SECOND, House
from trunkline.platform.store.table import RecordingRow
from trunkline.service.control.retention import let_go

CALL, OTHER = rows.sid("CA", 1), rows.sid("CA", 2)
MINE = f"{ROOT}/Recordings"
OF_CALL = f"{ROOT}/Calls/{CALL}/Recordings"


def recording(number: int, **fields: Any) -> RecordingRow:
    at = datetime(2026, 3, number, 12, tzinfo=UTC)
    given: dict[str, Any] = {
        "sid": rows.sid("RE", number), "account_sid": FIRST, "call_sid": CALL, "status": "completed", "channels": 2,
        "start_time": at, "duration_s": 30, "price": Decimal("-0.0025"), "date_created": at, "date_updated": at,
    }  # fmt: skip
    return RecordingRow(**given | fields)


async def _settle(house: House) -> None:
    deleted = recording(3, deleted_at=datetime(2026, 3, 4, tzinfo=UTC))
    await keep(house, stored(1), stored(2), recording(1), recording(2, call_sid=OTHER), deleted)
    await keep(house, recording(4, status="in-progress", duration_s=None, price=None))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [4, 2, 1]),
        ("IncludeSoftDeleted=true", [4, 3, 2, 1]),
        (f"CallSid={OTHER}", [2]),
        ("DateCreated=2026-03-02", [2]),
        ("DateCreated%3E=2026-03-02", [4, 2]),
        ("DateCreated%3C=2026-03-01", [1]),
        (f"ConferenceSid={rows.sid('CF', 1)}", []),
    ],
)
async def test_recordings_are_filtered(house: House, query: str, found: list[int]) -> None:
    await _settle(house)
    async with house.client() as client:
        listed = (await get(client, f"{MINE}.json?{query}"))["recordings"]
        assert [row["sid"] for row in listed] == [rows.sid("RE", number) for number in found]
        assert_refused(await client.get(f"{MINE}.json?IncludeSoftDeleted=perhaps"), 20001)


async def test_a_recording_shows_what_is_known_of_it(house: House) -> None:
    await _settle(house)
    async with house.client() as client:
        body = await get(client, f"{MINE}/{rows.sid('RE', 1)}.json")
        assert (body["duration"], body["price"], body["channels"], body["source"]) == ("30", "-0.00250", 2, "Trunking")
        assert body["media_url"] == f"http://control.test{MINE}/{rows.sid('RE', 1)}"
        of_call = (await get(client, f"{OF_CALL}.json"))["recordings"]
        assert [(row["sid"], row["price"]) for row in of_call] == [
            (rows.sid("RE", 4), None), (rows.sid("RE", 1), "-0.00250"),
        ]  # fmt: skip
        assert await get(client, of_call[1]["uri"]) == of_call[1]
        assert_refused(await client.get(f"{OF_CALL}/{rows.sid('RE', 2)}.json"), 20404, 404)
        assert_refused(await client.get(f"{ROOT}/Calls/{rows.sid('CA', 9)}/Recordings.json"), 20404, 404)


async def test_a_deleted_recording_is_known_for_forty_days_to_who_asks_for_it(house: House) -> None:
    await _settle(house)
    async with house.client() as client, house.client(SECOND) as stranger:
        path = f"{MINE}/{rows.sid('RE', 1)}.json"
        assert_refused(await stranger.delete(path.replace(FIRST, SECOND)), 20404, 404)
        assert_refused(await client.delete(f"{MINE}/{rows.sid('RE', 4)}.json"), 20009, 409)
        assert_refused(await client.delete(f"{OF_CALL}/{rows.sid('RE', 2)}.json"), 20404, 404)
        assert (await client.delete(f"{OF_CALL}/{rows.sid('RE', 1)}.json")).status_code == 204
        assert_refused(await client.get(path), 20404, 404)
        assert_refused(await client.delete(path), 20404, 404)
        assert (await get(client, f"{path}?IncludeSoftDeleted=true"))["status"] == "deleted"
        event = (await get(client, "/v1/Events"))["events"][0]
        assert (event["event_type"], event["resource_sid"]) == ("recording.deleted", rows.sid("RE", 1))
    async with house.store.reading() as session:
        [gone] = await session.scalars(select(RecordingRow.deleted_at).where(RecordingRow.sid == rows.sid("RE", 1)))
    assert gone is not None
    for days, known in ((39, 200), (41, 404)):
        await let_go(house.store, gone + timedelta(days=days), timedelta(days=9_999))
        async with house.client() as client:
            assert (await client.get(f"{path}?IncludeSoftDeleted=true")).status_code == known


async def test_there_is_no_recorder_to_ask(house: House) -> None:
    await _settle(house)
    async with house.client() as client:
        assert_refused(await client.post(f"{OF_CALL}.json"), 21220)
        assert_refused(await client.post(f"{OF_CALL}/{rows.sid('RE', 4)}.json", data={"Status": "stopped"}), 21220)
        assert_refused(await client.post(f"{ROOT}/Calls/{rows.sid('CA', 9)}/Recordings.json"), 20404, 404)


async def test_row_145_a_trunks_call_made_no_requests(house: House) -> None:
    await keep(house, stored(1))
    async with house.client() as client:
        page = await get(client, f"{ROOT}/Calls/{CALL}/Events.json")
        assert (page["events"], page["next_page_uri"]) == ([], None)
        assert_refused(await client.get(f"{ROOT}/Calls/{rows.sid('CA', 9)}/Events.json"), 20404, 404)
