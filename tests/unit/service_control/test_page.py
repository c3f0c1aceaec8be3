"""Pagination and list filters: rows 130-133, 145."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.unit.service_control.asking import ACLS, LISTS, ROOT, TRUNKS, assert_refused, get, post
from tests.unit.service_control.house import BASE, FIRST, SECOND, House
from trunkline.platform.store.repository.keyset import Anchor
from trunkline.platform.store.table import CallRow
from trunkline.service.control.api.page import write_token

RULES = '[{"name": "r", "actions": [{"target": "to-number", "action": "add-prefix", "value": "+"}]}]'
START = datetime(2026, 3, 1, tzinfo=UTC)


def _call(place: int, **fields: Any) -> CallRow:
    at = START + timedelta(hours=place)
    row: dict[str, Any] = {
        "sid": f"CA{place:032x}",
        "account_sid": FIRST,
        "direction": "trunking-terminating",
        "from_number": "+12025550100",
        "to_number": "+442079460001",
        "status": "completed",
        "date_created": at,
        "date_updated": at,
        "invited_at": at,
        "start_time": at,
        "released_at": at + timedelta(minutes=90),
        "duration_s": 5400,
    }
    return CallRow(**{**row, **fields})


async def _store(house: House, *rows: CallRow) -> None:
    async with house.store.appending() as session:
        session.add_all(rows)
        await session.commit()


async def _places(house: House, **query: str) -> list[int]:
    async with house.client() as client:
        answer = await client.get(f"{ROOT}/Calls.json", params=query)
    assert answer.status_code == 200, answer.text
    return [int(row["sid"].removeprefix("CA"), 16) for row in answer.json()["calls"]]


async def test_row_130_v1_pages_forward_and_back(any_house: House) -> None:
    async with any_house.client() as client:
        sids = [(await post(client, TRUNKS))["sid"] for _ in range(5)][::-1]
        one = await get(client, f"{TRUNKS}?PageSize=2")
        assert one["meta"]["previous_page_url"] is None
        assert (one["meta"]["key"], one["meta"]["page_size"]) == ("trunks", 2)
        assert one["meta"]["next_page_url"].startswith(f"{BASE}/v1/Trunks?PageSize=2&Page=1&PageToken=PA")
        assert one.keys() == {"meta", "trunks"}
        assert one["meta"]["first_page_url"] == one["meta"]["url"] == f"{BASE}/v1/Trunks?PageSize=2&Page=0"
        two = await get(client, one["meta"]["next_page_url"])
        three = await get(client, two["meta"]["next_page_url"])
        pages = [[row["sid"] for row in page["trunks"]] for page in (one, two, three)]
        assert pages == [sids[:2], sids[2:4], sids[4:]]
        assert [page["meta"]["page"] for page in (one, two, three)] == [0, 1, 2]
        assert three["meta"]["next_page_url"] is None
        back = await get(client, three["meta"]["previous_page_url"])
        assert [row["sid"] for row in back["trunks"]] == sids[2:4]
        assert back["meta"]["page"] == 1
        first = await get(client, back["meta"]["previous_page_url"])
        assert [row["sid"] for row in first["trunks"]] == sids[:2]
        assert first["meta"]["previous_page_url"] is None


async def test_row_131_2010_pages_are_flat_and_relative(house: House) -> None:
    async with house.client() as client:
        sids = [(await post(client, f"{LISTS}.json", FriendlyName=f"l{n}"))["sid"] for n in range(3)][::-1]
        one = await get(client, f"{LISTS}.json?PageSize=2")
        assert (one["page"], one["page_size"], one["start"], one["end"]) == (0, 2, 0, 1)
        assert one["uri"] == one["first_page_uri"] == f"{LISTS}.json?PageSize=2&Page=0"
        assert one["next_page_uri"].startswith(f"{LISTS}.json?PageSize=2&Page=1&PageToken=PA"), "relative"
        assert one["previous_page_uri"] is None
        two = await get(client, one["next_page_uri"])
        assert two["previous_page_uri"].startswith(f"{LISTS}.json?"), "relative"
        paging = {"page", "page_size", "start", "end", "uri", "first_page_uri", "previous_page_uri", "next_page_uri"}
        assert two.keys() - paging == {"credential_lists"}
        assert (two["page"], two["start"], two["end"], two["next_page_uri"]) == (1, 2, 2, None)
        assert [row["sid"] for row in one["credential_lists"] + two["credential_lists"]] == sids
        by_number = await get(client, f"{LISTS}.json?PageSize=2&Page=1")
        assert [row["sid"] for row in by_number["credential_lists"]] == sids[2:]


async def test_a_row_that_comes_or_goes_between_pages_shifts_nothing(house: House) -> None:
    """Keyset paging: the second page starts where the first one ended."""
    async with house.client() as client:
        sids = [(await post(client, TRUNKS))["sid"] for _ in range(4)][::-1]
        one = await get(client, f"{TRUNKS}?PageSize=2")
        await post(client, TRUNKS)
        await client.delete(f"{TRUNKS}/{sids[1]}")
        two = await get(client, one["meta"]["next_page_url"])
        assert [row["sid"] for row in two["trunks"]] == sids[2:]


async def test_rows_of_one_instant_are_neither_lost_nor_repeated(any_house: House) -> None:
    await _store(any_house, *(_call(place, date_created=START) for place in range(5)))
    seen: list[str] = []
    async with any_house.client() as client:
        path: str | None = f"{ROOT}/Calls.json?PageSize=2"
        while path:
            body = await get(client, path)
            seen += [row["sid"] for row in body["calls"]]
            path = body["next_page_uri"]
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 5


async def test_row_132_page_size(house: House) -> None:
    async with house.client() as client:
        assert (await get(client, TRUNKS))["meta"]["page_size"] == 50
        assert (await get(client, f"{TRUNKS}?PageSize=1000"))["meta"]["page_size"] == 1000
        for path in (TRUNKS, f"{LISTS}.json", f"{ACLS}.json", f"{ROOT}/Calls.json"):
            assert_refused(await client.get(f"{path}?PageSize=1001"), 20007)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("PageSize=0", 20001),
        ("PageSize=-1", 20001),
        ("PageSize=many", 20001),
        ("PageSize=%C2%B2", 20001),
        ("Page=-1", 20001),
        ("Page=99999999999999999999", 20001),
        ("PageToken=nonsense", 21481),
        ("PageToken=PATK", 21481),
        (f"PageToken=PA{TRUNKS}", 21481),
        ("PageToken=PATK" + "0" * 32 + "f" * 15, 21481),
        ("PageToken=PXTK" + "0" * 32 + "0", 21481),
        ("Anything=%00", 20001),
    ],
)
async def test_row_132_paging_that_cannot_be_is_refused(house: House, query: str, code: int) -> None:
    async with house.client() as client:
        assert_refused(await client.get(f"{TRUNKS}?{query}"), code)


async def test_row_132_a_token_is_good_for_its_place_in_its_list_alone(house: House) -> None:
    async with house.client() as client:
        for _ in range(3):
            await post(client, TRUNKS)
            await post(client, "/v1/HeaderManipulations", FriendlyName="x", Rules=RULES)
        url = (await get(client, f"{TRUNKS}?PageSize=1"))["meta"]["next_page_url"]
        token = httpx2.URL(url).params["PageToken"]
        for changed in (token[:-1], token + "0", token.replace("PA", "PB", 1), token.replace("TK", "CA", 1)):
            assert_refused(await client.get(TRUNKS, params={"PageToken": changed}), 21481)
        assert_refused(await client.get("/v1/HeaderManipulations", params={"PageToken": token}), 21481)
        assert len((await get(client, url))["trunks"]) == 1


async def test_row_145_a_plus_sign_that_was_not_escaped_is_one(house: House) -> None:
    await _store(house, _call(1), _call(2, from_number="+12025550199"))
    async with house.client() as client:
        for query in ("From=+12025550100", "From=%2B12025550100"):
            page = await get(client, f"{ROOT}/Calls.json?{query}")
            assert [row["from"] for row in page["calls"]] == ["+12025550100"]


async def test_a_page_far_behind_the_end_is_empty(house: House) -> None:
    async with house.client() as client:
        await post(client, TRUNKS)
        far = await get(client, f"{TRUNKS}?Page=999999999")
        assert far["trunks"] == []
        assert far["meta"]["previous_page_url"] == f"{BASE}{TRUNKS}?PageSize=50&Page=999999998"
        token = write_token(TRUNKS, "A", Anchor(START - timedelta(days=9999), "TK" + "0" * 32))
        assert (await get(client, f"{TRUNKS}?PageToken={token}"))["trunks"] == []


async def test_filters_go_along_with_the_pages(house: House) -> None:
    await _store(house, *(_call(n, status="busy" if n % 2 else "failed") for n in range(6)))
    async with house.client() as client:
        query = {"Status": "busy", "StartTime>": "2026-03-01", "PageSize": "2"}
        one = (await client.get(f"{ROOT}/Calls.json", params=query)).json()
        assert "StartTime%3E=2026-03-01" in one["next_page_uri"]
        two = await get(client, one["next_page_uri"])
    assert [int(row["sid"].removeprefix("CA"), 16) for row in one["calls"] + two["calls"]] == [5, 3, 1]


async def test_row_145_calls_are_filtered(any_house: House) -> None:
    await _store(
        any_house,
        _call(0, to_number="+442079460002"),
        _call(1, from_number="+12025550101"),
        _call(2, status="cancelled"),
        _call(3, parent_call_sid="CA" + "f" * 32),
        _call(24),
        _call(5, account_sid=SECOND),
    )
    assert await _places(any_house) == [24, 3, 2, 1, 0]
    assert await _places(any_house, To="+442079460002") == [0]
    assert await _places(any_house, From="+12025550101") == [1]
    assert await _places(any_house, Status="canceled") == [2]
    assert await _places(any_house, ParentCallSid="CA" + "f" * 32) == [3]
    assert await _places(any_house, StartTime="2026-03-01") == [3, 2, 1, 0]
    assert await _places(any_house, **{"StartTime>": "2026-03-02"}) == [24]
    assert await _places(any_house, **{"StartTime<": "2026-03-01"}) == [3, 2, 1, 0]
    assert await _places(any_house, **{"StartTime>": "2026-03-01T01:00:00Z", "StartTime<": "2026-03-01T02:00:00Z"}) == [
        2,
        1,
    ]
    assert await _places(any_house, StartTime="2026-03-01T03:00:00+01:00") == [2]
    assert await _places(any_house, **{"EndTime<": "2026-03-01T02:30:00Z"}) == [1, 0]
    assert await _places(any_house, **{"EndTime>": "2026-03-02"}) == [24]


@pytest.mark.parametrize(
    "query",
    [
        {"Status": "cancelled"},
        {"StartTime": "yesterday"},
        {"StartTime>": "2026-13-01"},
        {"EndTime<": "9999-12-31"},
        {"EndTime": "0001-01-01T00:00:00+23:59"},
    ],
)
async def test_row_145_filters_that_cannot_be_read_are_20001(house: House, query: dict[str, str]) -> None:
    async with house.client() as client:
        assert_refused(await client.get(f"{ROOT}/Calls.json", params=query), 20001)


async def test_row_145_a_call_is_its_accounts_alone(house: House) -> None:
    await _store(house, _call(1))
    async with house.client() as client, house.client(SECOND) as other:
        body = await get(client, f"{ROOT}/Calls/CA{1:032x}.json")
        assert (body["status"], body["start_time"]) == ("completed", "Sun, 01 Mar 2026 01:00:00 +0000")
        assert (body["from"], body["to"], body["end_time"]) == (
            "+12025550100",
            "+442079460001",
            "Sun, 01 Mar 2026 02:30:00 +0000",
        )
        theirs = f"{ROOT}/Calls/CA{1:032x}.json".replace(FIRST, SECOND)
        assert_refused(await other.get(theirs), 20404, 404)
        assert_refused(await client.get(f"{ROOT}/Calls/CA{2:032x}.json"), 20404, 404)
