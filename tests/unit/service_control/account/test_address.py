"""Addresses, the numbers that need one, and numbers that move between accounts (row 143; rest.md 3.6, 3.10)."""

from typing import Any

import pytest

from tests.unit.service_control.asking import NUMBERS, ROOT, TRUNKS, assert_refused, get, post
from tests.unit.service_control.house import FIRST, SECOND, SUB, House
from trunkline.platform.store.table import AccountRow
from trunkline.service.control.provisioning.account.phone_number import StockFields, stock_numbers
from trunkline.service.control.provisioning.account.postal_address import check_address
from trunkline.service.control.provisioning.refusal import Refusal

ADDRESSES = f"{ROOT}/Addresses"
ONE, LONDON = "+12025550100", "+442079460001"
OFFICE: dict[str, Any] = {
    "CustomerName": "Example Ltd",
    "Street": "1 Example Street",
    "City": "Washington",
    "Region": "DC",
    "PostalCode": "20001",
    "IsoCountry": "US",
}


async def test_an_address_has_a_life(house: House) -> None:
    async with house.client() as client:
        made = await post(client, f"{ADDRESSES}.json", **OFFICE, FriendlyName="Office")
        assert (made["validated"], made["verified"], made["emergency_enabled"]) == (True, False, False)
        path = f"{ADDRESSES}/{made['sid']}.json"
        assert await get(client, path) == made
        changed = await post(client, path, 200, StreetSecondary="Floor 2", EmergencyEnabled="true")
        assert (changed["street_secondary"], changed["emergency_enabled"], changed["street"]) == (
            "Floor 2", True, "1 Example Street",
        )  # fmt: skip
        assert (await post(client, path, 200, StreetSecondary=""))["street_secondary"] is None
        assert_refused(await client.post(path, data={"FriendlyName": "x" * 33}), 20002)
        berlin = OFFICE | {"City": "Berlin", "PostalCode": "10115", "IsoCountry": "de", "CustomerName": "Beispiel"}
        await post(client, f"{ADDRESSES}.json", **berlin)
        for query, count in (
            ({"CustomerName": "Beispiel"}, 1),
            ({"FriendlyName": "Office"}, 1),
            ({"IsoCountry": "de"}, 1),
            ({"EmergencyEnabled": "true"}, 1),
            ({"EmergencyEnabled": "false"}, 1),
            ({}, 2),
        ):
            assert len((await client.get(f"{ADDRESSES}.json", params=query)).json()["addresses"]) == count, query
        assert (await client.delete(path)).status_code == 204
        assert_refused(await client.get(path), 20404, 404)


@pytest.mark.parametrize(
    ("country", "code", "kept"),
    [("CA", "k1a0b1", "K1A 0B1"), ("GB", "sw1a1aa", "SW1A 1AA"), ("US", "20001-1234", "20001-1234"),
     ("IE", "d02 x285", "D02 X285")],
)  # fmt: skip
def test_a_postal_code_is_kept_as_its_country_writes_it(country: str, code: str, kept: str) -> None:
    assert check_address(country, {"postal_code": code}, correct=True) == {"postal_code": kept}


@pytest.mark.parametrize(
    ("country", "parts", "code"),
    [
        ("ZZ", {}, 21628),
        ("US", {"street": " "}, 21628),
        ("US", {"city": "x" * 65}, 21628),
        ("US", {"city": "a\nb"}, 21628),
        ("US", {"postal_code": "2000"}, 21630),
        ("GB", {"postal_code": "20001"}, 21630),
    ],
)
def test_an_address_that_cannot_be_is_refused(country: str, parts: dict[str, str], code: int) -> None:
    with pytest.raises(Refusal) as caught:
        check_address(country, parts, correct=True)
    assert caught.value.code == code


async def test_what_would_be_corrected_is_suggested_where_correction_is_not_wanted(house: House) -> None:
    async with house.client() as client:
        form = OFFICE | {"PostalCode": "k1a0b1", "IsoCountry": "CA", "AutoCorrectAddress": "false"}
        refused = await client.post(f"{ADDRESSES}.json", data=form)
        assert_refused(refused, 21629)
        assert refused.json()["details"]["suggestion"]["PostalCode"] == "K1A 0B1"
        await post(client, f"{ADDRESSES}.json", **(form | {"PostalCode": "K1A 0B1"}))


async def test_what_is_empty_is_corrected_as_by_default(house: House) -> None:
    async with house.client() as client:
        form = OFFICE | {"Street": "1  Example   Street", "AutoCorrectAddress": ""}
        assert (await post(client, f"{ADDRESSES}.json", **form))["street"] == "1 Example Street"


async def test_row_143_a_number_that_needs_an_address_is_bought_with_one(house: House) -> None:
    await stock_numbers(house.bench, [ONE], "US", "local", StockFields(address_requirements="local"))
    await stock_numbers(house.bench, [LONDON], "GB", "local", StockFields(address_requirements="foreign"))
    async with house.client() as client, house.client(SECOND) as other:
        washington = (await post(client, f"{ADDRESSES}.json", **OFFICE))["sid"]
        paris = OFFICE | {"City": "Paris", "PostalCode": "75001", "IsoCountry": "FR"}
        paris_sid = (await post(client, f"{ADDRESSES}.json", **paris))["sid"]
        theirs = (await post(other, f"{ADDRESSES}.json".replace(FIRST, SECOND), **OFFICE))["sid"]
        for address, code in (({}, 21631), ({"AddressSid": paris_sid}, 21615), ({"AddressSid": theirs}, 20001)):
            assert_refused(await client.post(f"{NUMBERS}.json", data={"PhoneNumber": ONE, **address}), code)
        number = await post(client, f"{NUMBERS}.json", PhoneNumber=ONE, AddressSid=washington)
        assert (number["address_sid"], number["address_requirements"]) == (washington, "local")
        await post(client, f"{NUMBERS}.json", PhoneNumber=LONDON, AddressSid=washington)
        dependent = f"{ADDRESSES}/{washington}/DependentPhoneNumbers.json"
        rows = (await get(client, dependent))["dependent_phone_numbers"]
        assert [row["phone_number"] for row in rows] == [LONDON, ONE]
        assert_refused(await client.delete(f"{ADDRESSES}/{washington}.json"), 20409, 409)
        path = f"{NUMBERS}/{number['sid']}.json"
        assert_refused(await client.post(path, data={"AddressSid": ""}), 21631)
        for row in rows:
            assert (await client.delete(f"{NUMBERS}/{row['sid']}.json")).status_code == 204
        assert (await client.delete(f"{ADDRESSES}/{washington}.json")).status_code == 204


async def test_row_143_filters_by_beta_and_origin(house: House) -> None:
    await stock_numbers(house.bench, [ONE], "US", "local", StockFields(beta=True))
    await stock_numbers(house.bench, [LONDON], "GB", "local")
    async with house.client() as client:
        for number in (ONE, LONDON):
            await post(client, f"{NUMBERS}.json", PhoneNumber=number)
        for query, numbers in (
            ({"Beta": "true"}, [ONE]),
            ({"Beta": "false"}, [LONDON]),
            ({"Origin": "hosted"}, []),
            ({"Origin": "twilio"}, [LONDON, ONE]),
        ):
            rows = (await client.get(f"{NUMBERS}.json", params=query)).json()["incoming_phone_numbers"]
            assert [row["phone_number"] for row in rows] == numbers, query


async def test_emergency_fields_are_kept_in_shape(house: House) -> None:
    await stock_numbers(house.bench, [ONE], "US", "local")
    async with house.client() as client:
        address = (await post(client, f"{ADDRESSES}.json", **OFFICE))["sid"]
        number = await post(client, f"{NUMBERS}.json", PhoneNumber=ONE)
        path = f"{NUMBERS}/{number['sid']}.json"
        body = await post(client, path, 200, EmergencyStatus="Active", EmergencyAddressSid=address)
        assert (body["emergency_status"], body["emergency_address_sid"]) == ("Active", address)
        assert body["emergency_address_status"] == "unregistered"
        assert_refused(await client.delete(path), 21634)
        body = await post(client, path, 200, EmergencyStatus="Inactive", EmergencyAddressSid="")
        assert body["emergency_address_sid"] is None


async def test_row_143_a_number_moves_within_the_family_free_of_its_ties(any_house: House) -> None:
    await stock_numbers(any_house.bench, [ONE], "US", "local")
    async with any_house.client() as client, any_house.client(SUB) as sub:
        trunk = await post(client, TRUNKS)
        made = await post(
            client, f"{NUMBERS}.json", PhoneNumber=ONE, TrunkSid=trunk["sid"], VoiceUrl="https://a.example/"
        )
        path = f"{NUMBERS}/{made['sid']}.json"
        moved = await post(client, path, 200, AccountSid=SUB, FriendlyName="Branch")
        assert (moved["account_sid"], moved["trunk_sid"], moved["friendly_name"]) == (SUB, None, "Branch")
        assert moved["voice_url"] == "https://a.example/"
        assert_refused(await client.get(path), 20404, 404)
        theirs = path.replace(FIRST, SUB)
        assert (await get(sub, theirs))["sid"] == made["sid"]
        assert_refused(await sub.post(theirs, data={"AccountSid": FIRST}), 21473)
        assert (await post(client, theirs, 200, AccountSid=FIRST))["account_sid"] == FIRST


async def test_row_143_a_number_does_not_leave_the_family(house: House) -> None:
    await stock_numbers(house.bench, [ONE], "US", "local")
    async with house.client() as client:
        path = f"{NUMBERS}/{(await post(client, f'{NUMBERS}.json', PhoneNumber=ONE))['sid']}.json"
        nobody = "AC" + "9" * 32
        for account, code in (("nonsense", 21470), (nobody, 21471), (SECOND, 21471)):
            assert_refused(await client.post(path, data={"AccountSid": account}), code)
        async with house.store.writing() as session:
            row: Any = await session.get(AccountRow, SUB)
            row.status = "suspended"
            await session.commit()
        assert_refused(await client.post(path, data={"AccountSid": SUB}), 21472)
        assert_refused(await client.post(path, data={"AccountSid": SECOND, "FriendlyName": "x"}), 21471)
        assert (await get(client, path))["friendly_name"] == "(202) 555-0100"
        assert (await post(client, path, 200, AccountSid=FIRST))["account_sid"] == FIRST
