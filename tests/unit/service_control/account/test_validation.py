"""Row 144: a caller ID is verified by the code that comes back from its number (rest.md 3.7)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.service_control.account.test_usage_triggers import Web
from tests.unit.service_control.asking import ROOT, assert_refused, get, post
from tests.unit.service_control.house import FIRST, SECOND, House
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.store.caller_id_validation import Validations
from trunkline.platform.store.table import ValidationRow
from trunkline.service.control.provisioning.account.validation import (
    LIFETIME,
    MOST_PENDING,
    ValidationWish,
    request_validation,
)

CALLER_IDS = f"{ROOT}/OutgoingCallerIds.json"
CODES = "/operator/v1/OutgoingCallerIds/Validations"
ONE = "+12025550100"


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def _expire(house: House, after: timedelta = timedelta()) -> None:
    await Validations(house.store, house.vault, RandomIds(), lambda: house.bench.wall() + after).expire()


async def _told(house: House) -> list[dict[str, str]]:
    web = Web(house)
    web.at = house.bench.wall()
    await web.deliver()
    return web.forms


async def test_row_144_the_right_code_verifies_and_is_told(any_house: House) -> None:
    async with any_house.client() as client, any_house.client("operator") as operator:
        asked = await post(client, CALLER_IDS, 200, PhoneNumber=ONE, StatusCallback="https://app.example/v")
        assert asked.keys() == {"account_sid", "call_sid", "friendly_name", "phone_number", "validation_code"}
        assert len(asked["validation_code"]) == 6
        assert asked["validation_code"].isdecimal()
        assert (asked["friendly_name"], asked["account_sid"]) == ("(202) 555-0100", FIRST)
        assert (await get(client, CALLER_IDS))["outgoing_caller_ids"] == []
        path = f"{CODES}/{asked['call_sid']}"
        assert_refused(await client.post(path, data={"Code": asked["validation_code"]}), 20003, 401)
        assert_refused(await operator.post(path, data={"Code": _wrong(asked["validation_code"])}), 20001)
        made = await post(operator, path, 200, Code=asked["validation_code"])
        [row] = (await get(client, CALLER_IDS))["outgoing_caller_ids"]
        assert row == made
        assert_refused(await operator.post(path, data={"Code": asked["validation_code"]}), 20404, 404)
        [form] = await _told(any_house)
        assert (form["VerificationStatus"], form["OutgoingCallerIdSid"]) == ("success", made["sid"])
        assert form["CallSid"] == asked["call_sid"]
        assert_refused(await client.post(CALLER_IDS, data={"PhoneNumber": ONE}), 21450)


async def test_row_144_the_fifth_wrong_code_fails(house: House) -> None:
    async with house.client() as client, house.client("operator") as operator:
        asked = await post(client, CALLER_IDS, 200, PhoneNumber=ONE, StatusCallback="https://app.example/v")
        path, code = f"{CODES}/{asked['call_sid']}", asked["validation_code"]
        for _ in range(5):
            assert_refused(await operator.post(path, data={"Code": _wrong(code)}), 20001)
        assert_refused(await operator.post(path, data={"Code": code}), 20404, 404)
        [form] = await _told(house)
        assert form["VerificationStatus"] == "failed"
        assert "OutgoingCallerIdSid" not in form


async def test_row_144_a_code_that_nobody_enters_fails_in_time(house: House) -> None:
    async with house.client() as client, house.client("operator") as operator:
        asked = await post(client, CALLER_IDS, 200, PhoneNumber=ONE, StatusCallback="https://app.example/v")
        await _expire(house, LIFETIME / 2)
        assert await _told(house) == []
        async with house.store.appending() as session:
            row: Any = await session.get(ValidationRow, asked["call_sid"])
            assert asked["validation_code"].encode() not in row.code_hash
            row.expires_at = house.bench.wall() - timedelta(seconds=30)
            await session.commit()
        answer = await operator.post(f"{CODES}/{asked['call_sid']}", data={"Code": asked["validation_code"]})
        assert_refused(answer, 20404, 404)
        await _expire(house)
        assert [form["VerificationStatus"] for form in await _told(house)] == ["failed"]


@pytest.mark.parametrize("delay_s", [0, 60])
async def test_row_144_the_call_begins_after_its_delay(house: House, delay_s: int) -> None:
    wish = ValidationWish(ONE, call_delay_s=delay_s, extension="12w#")
    row, _ = await request_validation(house.bench, FIRST, wish)
    assert row.call_at == row.date_created + timedelta(seconds=delay_s)
    assert row.extension == "12w#"


async def test_row_144_what_cannot_be_validated(house: House) -> None:
    async with house.client() as client, house.client("operator") as operator, house.client(SECOND) as other:
        theirs = CALLER_IDS.replace(FIRST, SECOND)
        asked = await post(other, theirs, 200, PhoneNumber="+442079460001")
        await post(operator, f"{CODES}/{asked['call_sid']}", 200, Code=asked["validation_code"])
        for form, code in (
            ({}, 20001),
            ({"PhoneNumber": "2025550100"}, 21421),
            ({"PhoneNumber": ONE, "CallDelay": "61"}, 21454),
            ({"PhoneNumber": ONE, "CallDelay": "-1"}, 21454),
            ({"PhoneNumber": ONE, "Extension": "call me"}, 20001),
            ({"PhoneNumber": ONE, "StatusCallback": "https://a.example/" + "x" * 1000}, 20001),
            ({"PhoneNumber": ONE, "FriendlyName": "x" * 65}, 20002),
            ({"PhoneNumber": "+442079460001"}, 21453),
        ):
            assert_refused(await client.post(CALLER_IDS, data=form), code)


async def test_row_144_a_new_request_takes_the_place_of_the_old_and_few_wait(house: House) -> None:
    async with house.client() as client, house.client("operator") as operator:
        first = await post(client, CALLER_IDS, 200, PhoneNumber=ONE)
        await post(client, CALLER_IDS, 200, PhoneNumber=ONE)
        old = await operator.post(f"{CODES}/{first['call_sid']}", data={"Code": first["validation_code"]})
        assert_refused(old, 20404, 404)
        for number in range(1, MOST_PENDING):
            await post(client, CALLER_IDS, 200, PhoneNumber=f"+1202555{number:04d}")
        assert_refused(await client.post(CALLER_IDS, data={"PhoneNumber": "+12025559999"}), 20429, 429)
