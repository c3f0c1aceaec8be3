"""Two control processes over one database, asked at once: no edit is lost, no limit passed, nothing half-written.

Each has a store of its own, so that what holds is the database's doing and not a lock of one process.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.unit.service_control.asking import (
    GOOD_URL,
    LISTS,
    NUMBERS,
    PASSWORD,
    ROOT,
    TRUNKS,
    assert_refused,
    get,
    post,
)
from tests.unit.service_control.house import FIRST, House, open_house_at
from trunkline.platform.store.table import TrunkRow
from trunkline.service.control.provisioning.account.phone_number import stock_numbers

COUNTRIES = ("DE", "FR", "IT", "ES", "NL", "BE", "AT", "CH", "SE", "NO", "DK", "FI")


@pytest.fixture
async def pair(either_url: str, tmp_path: Path) -> AsyncIterator[tuple[House, House]]:
    async with open_house_at(either_url, tmp_path) as one, open_house_at(either_url, tmp_path) as other:
        yield one, other


async def _at_once(pair: tuple[House, House], *asks: tuple[str, Mapping[str, Any]]) -> list[httpx2.Response]:
    """The answers in the order of the asks, which go to either process by turns and all at the same time."""
    async with pair[0].client() as one, pair[1].client() as other:
        turns = cycle((one, other))
        return await asyncio.gather(*(next(turns).post(path, data=form) for path, form in asks))


def _statuses(answers: list[httpx2.Response], code: int) -> list[int]:
    """Ascending; each 400 is that refusal."""
    for answer in answers:
        if answer.status_code == 400:
            assert_refused(answer, code)
    return sorted(answer.status_code for answer in answers)


async def test_row_148_countries_enabled_one_by_one_at_once_are_all_enabled(pair: tuple[House, House]) -> None:
    """The list is read, changed and written whole: who reads before another has written would undo that."""
    updates = [json.dumps([{"iso_code": code, "low_risk_numbers_enabled": "true"}]) for code in COUNTRIES]
    path = "/v1/DialingPermissions/BulkCountryUpdates"
    answers = await _at_once(pair, *((path, {"UpdateRequest": update}) for update in updates))
    assert [answer.status_code for answer in answers] == [201] * len(COUNTRIES)
    async with pair[0].client() as client:
        listed = await get(client, "/v1/DialingPermissions/Countries?LowRiskNumbersEnabled=true")
    assert {country["iso_code"] for country in listed["content"]} >= set(COUNTRIES)


async def test_row_3_edits_of_one_trunk_lose_nothing(pair: tuple[House, House]) -> None:
    edits: list[dict[str, Any]] = [
        {"FriendlyName": "Office"},
        {"Secure": "true"},
        {"TransferMode": "sip-only"},
        {"CnamLookupEnabled": "true"},
        {"DisasterRecoveryUrl": "https://dr.example/"},
        {"DomainName": "raced.pstn.trunkline.localhost"},
    ]
    async with pair[0].client() as client:
        path = f"{TRUNKS}/{(await post(client, TRUNKS))['sid']}"
        asks = [(path, edit) for edit in edits]
        asks += [(f"{path}/Recording", {"Mode": "record-from-answer"}), (f"{path}/Recording", {"Trim": "trim-silence"})]
        answers = await _at_once(pair, *asks)
        assert [answer.status_code for answer in answers] == [200] * len(asks)
        trunk = await get(client, path)
    assert (trunk["friendly_name"], trunk["secure"], trunk["transfer_mode"]) == ("Office", True, "sip-only")
    assert (trunk["cnam_lookup_enabled"], trunk["disaster_recovery_url"]) == (True, "https://dr.example/")
    assert trunk["domain_name"] == "raced.pstn.trunkline.localhost"
    assert trunk["recording"] == {"mode": "record-from-answer", "trim": "trim-silence"}


async def test_row_7_the_last_place_for_a_trunk_is_given_once(pair: tuple[House, House]) -> None:
    at = pair[0].bench.wall()
    async with pair[0].store.writing() as session:
        session.add_all(
            TrunkRow(sid=f"TK{n:032x}", account_sid=FIRST, date_created=at, date_updated=at) for n in range(99)
        )
        await session.commit()
    answers = await _at_once(pair, *[(TRUNKS, {})] * 6)
    assert _statuses(answers, 21244) == [201] + [400] * 5


async def test_row_51_ten_origination_urls_are_the_most_however_they_come(pair: tuple[House, House]) -> None:
    async with pair[0].client() as client:
        path = f"{TRUNKS}/{(await post(client, TRUNKS))['sid']}/OriginationUrls"
        answers = await _at_once(pair, *[(path, GOOD_URL)] * 14)
        assert _statuses(answers, 21249) == [201] * 10 + [400] * 4
        assert len((await get(client, path))["origination_urls"]) == 10


async def test_rows_10_135_143_duplicate_posts_are_taken_once(pair: tuple[House, House]) -> None:
    await stock_numbers(pair[0].bench, ["+12025550100"], "US", "local")
    async with pair[0].client() as client:
        users = (await post(client, f"{LISTS}.json", FriendlyName="u"))["sid"]
        trunk = (await post(client, TRUNKS))["sid"]
        for path, form, code in (
            (TRUNKS, {"DomainName": "twice.pstn.trunkline.localhost"}, 21248),
            (f"{LISTS}.json", {"FriendlyName": "twice"}, 21240),
            (f"{NUMBERS}.json", {"PhoneNumber": "+12025550100"}, 21422),
            (f"{LISTS}/{users}/Credentials.json", {"Username": "pbx", "Password": PASSWORD}, 21240),
            (f"{TRUNKS}/{trunk}/CredentialLists", {"CredentialListSid": users}, 21245),
        ):
            assert _statuses(await _at_once(pair, *[(path, form)] * 4), code) == [201, 400, 400, 400], path
        assert len((await get(client, f"{ROOT}/IncomingPhoneNumbers.json"))["incoming_phone_numbers"]) == 1
