"""Numbers and caller IDs: rows 135, 143; the operator's inventory (design, section 7)."""

import asyncio

import pytest

from tests.unit.service_control.asking import NUMBERS, ROOT, TRUNKS, assert_refused, get, post
from tests.unit.service_control.house import FIRST, SECOND, House
from trunkline.service.control.provisioning.account.phone_number import StockFields, stock_numbers

ONE, TWO = "+12025550100", "+12025550101"
INVENTORY = "/operator/v1/Inventory"


async def test_inventory_is_stocked_idempotently(house: House) -> None:
    async with house.client("operator") as operator, house.client() as client:
        form = {"PhoneNumber": [ONE, TWO], "IsoCountry": "us", "Type": "local"}
        first = await operator.post(INVENTORY, data=form)
        assert first.status_code == 201
        rows = first.json()["phone_numbers"]
        assert [row["phone_number"] for row in rows] == [ONE, TWO]
        assert (rows[0]["iso_country"], rows[0]["type"], rows[0]["account_sid"]) == ("US", "local", None)
        await post(client, f"{NUMBERS}.json", PhoneNumber=ONE)
        again = (await operator.post(INVENTORY, data=form)).json()["phone_numbers"]
        assert [row["sid"] for row in again] == [row["sid"] for row in rows]
        assert again[0]["account_sid"] == FIRST
        assert len((await get(operator, INVENTORY))["phone_numbers"]) == 2
        assert len((await operator.get(INVENTORY, params={"PhoneNumber": ONE})).json()["phone_numbers"]) == 1
        assert_refused(await operator.delete(f"{INVENTORY}/{ONE}"), 20409, 409)
        assert (await operator.delete(f"{INVENTORY}/{TWO}")).status_code == 204
        assert_refused(await operator.delete(f"{INVENTORY}/{TWO}"), 20404, 404)


async def test_inventory_takes_200_numbers_at_once_and_no_more(house: House) -> None:
    numbers = [f"+44207946{n:04d}" for n in range(201)]
    async with house.client("operator") as operator:
        assert_refused(await operator.post(INVENTORY, data={"PhoneNumber": numbers, "IsoCountry": "GB"}), 20001)
        made = await operator.post(INVENTORY, data={"PhoneNumber": numbers[:200], "IsoCountry": "GB"})
    assert (made.status_code, len(made.json()["phone_numbers"])) == (201, 200)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"PhoneNumber": "12025550100", "IsoCountry": "US"}, 21421),
        ({"PhoneNumber": "", "IsoCountry": "US"}, 21421),
        ({"PhoneNumber": ONE, "IsoCountry": "USA"}, 20001),
        ({"PhoneNumber": ONE, "IsoCountry": "XX"}, 20001),
        ({"PhoneNumber": ONE, "IsoCountry": "US", "Type": "satellite"}, 20001),
        ({"PhoneNumber": ONE}, 20001),
        ({"IsoCountry": "US"}, 20001),
    ],
)
async def test_bad_stock_is_refused_whole(house: House, form: dict[str, str], code: int) -> None:
    async with house.client("operator") as operator:
        assert_refused(await operator.post(INVENTORY, data=form), code)
        assert (await get(operator, INVENTORY))["phone_numbers"] == []


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"PhoneNumber": "+12025550199"}, 21422),
        ({"PhoneNumber": "2025550100"}, 21421),
        ({"PhoneNumber": "+1202555010x"}, 21421),
        ({"AreaCode": "999"}, 21452),
        ({"AreaCode": "20"}, 21451),
        ({}, 20001),
        ({"PhoneNumber": ONE, "VoiceUrl": "not a url"}, 20001),
        ({"PhoneNumber": ONE, "TrunkSid": "TK" + "0" * 32}, 20001),
        ({"PhoneNumber": ONE, "TrunkSid": "nonsense"}, 20001),
        ({"PhoneNumber": ONE, "VoiceApplicationSid": "AP" + "x" * 32}, 20001),
        ({"PhoneNumber": ONE, "VoiceMethod": "PUT"}, 20001),
        ({"PhoneNumber": ONE, "FriendlyName": "x" * 65}, 20002),
        ({"PhoneNumber": ONE, "VoiceFallbackUrl": "https://pbx.example/"}, 21405),
        ({"PhoneNumber": ONE, "SmsFallbackUrl": "https://pbx.example/", "VoiceUrl": "https://pbx.example/"}, 21406),
    ],
)
async def test_row_143_refused_purchases_buy_nothing(house: House, form: dict[str, str], code: int) -> None:
    await stock_numbers(house.bench, [ONE], "US", "local")
    async with house.client() as client:
        assert_refused(await client.post(f"{NUMBERS}.json", data=form), code)
        assert (await get(client, f"{NUMBERS}.json"))["incoming_phone_numbers"] == []
        assert (await post(client, f"{NUMBERS}.json", PhoneNumber=ONE))["trunk_sid"] is None


async def test_row_143_types_have_lists_and_purchases_of_their_own(house: House) -> None:
    await stock_numbers(house.bench, [ONE], "US", "local")
    await stock_numbers(house.bench, ["+18005550100"], "US", "toll-free")
    async with house.client() as client:
        assert_refused(await client.post(f"{NUMBERS}/TollFree.json", data={"PhoneNumber": ONE}), 21422)
        assert_refused(await client.post(f"{NUMBERS}/TollFree.json", data={"AreaCode": "800"}), 20001)
        await post(client, f"{NUMBERS}/TollFree.json", PhoneNumber="+18005550100")
        await post(client, f"{NUMBERS}/Local.json", PhoneNumber=ONE)
        for name, numbers in (("TollFree", ["+18005550100"]), ("Local", [ONE]), ("Mobile", [])):
            rows = (await get(client, f"{NUMBERS}/{name}.json"))["incoming_phone_numbers"]
            assert [row["phone_number"] for row in rows] == numbers


async def test_row_143_list_filters(house: House) -> None:
    await stock_numbers(house.bench, [ONE, "+442079460001"], "US", "local")
    async with house.client() as client:
        await post(client, f"{NUMBERS}.json", PhoneNumber=ONE, FriendlyName="Desk")
        await post(client, f"{NUMBERS}.json", PhoneNumber="+442079460001")
        for query, count in (
            ({"PhoneNumber": ONE}, 1),
            ({"PhoneNumber": "20255501**"}, 1),
            ({"PhoneNumber": "+1**"}, 1),
            ({"PhoneNumber": "9%"}, 0),
            ({"PhoneNumber": "______"}, 0),
            ({"FriendlyName": "Desk"}, 1),
            ({"FriendlyName": "+442079460001"}, 1),
            ({}, 2),
        ):
            rows = (await client.get(f"{NUMBERS}.json", params=query)).json()["incoming_phone_numbers"]
            assert len(rows) == count, query


async def test_row_143_a_released_number_keeps_nothing_of_its_customer(house: House) -> None:
    await stock_numbers(house.bench, [ONE], "US", "local")
    async with house.client() as client, house.client(SECOND) as other:
        trunk = await post(client, TRUNKS)
        mine = await post(
            client,
            f"{NUMBERS}.json",
            PhoneNumber=ONE,
            FriendlyName="Secret project",
            VoiceUrl="https://app.example/voice",
            VoiceMethod="GET",
            StatusCallback="https://app.example/status",
            TrunkSid=trunk["sid"],
        )
        assert (await client.delete(f"{NUMBERS}/{mine['sid']}.json")).status_code == 204
        assert_refused(await client.get(f"{NUMBERS}/{mine['sid']}.json"), 20404, 404)
        theirs = await post(other, f"{NUMBERS}.json".replace(FIRST, SECOND), PhoneNumber=ONE)
        for name in ("voice_url", "status_callback", "trunk_sid"):
            assert theirs[name] is None
        assert (theirs["voice_method"], theirs["friendly_name"]) == ("POST", "(202) 555-0100")


async def test_row_143_one_number_has_one_buyer(house: House) -> None:
    await stock_numbers(house.bench, [ONE], "US", "local")
    async with house.client() as client, house.client(SECOND) as other:
        their_path = f"{NUMBERS}.json".replace(FIRST, SECOND)
        tries = [client.post(f"{NUMBERS}.json", data={"PhoneNumber": ONE}) for _ in range(4)]
        tries += [other.post(their_path, data={"AreaCode": "202"}) for _ in range(4)]
        answers = await asyncio.gather(*tries)
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 7


async def test_row_135_a_number_moves_between_trunks(house: House) -> None:
    await stock_numbers(house.bench, [ONE], "US", "local")
    async with house.client() as client:
        here, there = await post(client, TRUNKS), await post(client, TRUNKS)
        number = await post(client, f"{NUMBERS}.json", PhoneNumber=ONE, VoiceApplicationSid="AP" + "a" * 32)
        sid = number["sid"]
        for trunk in (here, there):
            body = await post(client, f"{TRUNKS}/{trunk['sid']}/PhoneNumbers", PhoneNumberSid=sid)
            assert (body["trunk_sid"], body["voice_application_sid"]) == (trunk["sid"], None)
        again = await client.post(f"{TRUNKS}/{there['sid']}/PhoneNumbers", data={"PhoneNumberSid": sid})
        assert_refused(again, 21245)
        assert_refused(await client.get(f"{TRUNKS}/{here['sid']}/PhoneNumbers/{sid}"), 20404, 404)
        assert_refused(await client.delete(f"{TRUNKS}/{here['sid']}/PhoneNumbers/{sid}"), 20404, 404)
        assert (await client.delete(f"{TRUNKS}/{there['sid']}/PhoneNumbers/{sid}")).status_code == 204
        assert (await get(client, f"{NUMBERS}/{sid}.json"))["account_sid"] == FIRST


async def test_row_135_a_number_on_a_trunk_is_shown_as_it_is(house: House) -> None:
    fields = StockFields(beta=True, address_requirements="any")
    await stock_numbers(house.bench, [ONE], "US", "local", fields)
    form = {"CustomerName": "Example", "Street": "1 Example Street", "City": "Bonn", "Region": "NW"}
    form |= {"PostalCode": "53113", "IsoCountry": "DE"}
    async with house.client() as client:
        address = await post(client, f"{ROOT}/Addresses.json", 201, **form)
        trunk = await post(client, TRUNKS)
        number = await post(
            client, f"{NUMBERS}.json", PhoneNumber=ONE, AddressSid=address["sid"], VoiceUrl="https://a.example/"
        )
        shown = await post(client, f"{TRUNKS}/{trunk['sid']}/PhoneNumbers", PhoneNumberSid=number["sid"])
        assert (shown["beta"], shown["address_requirements"]) == (True, "any")
        whole = await get(client, f"{NUMBERS}/{number['sid']}.json")
        same = shown.keys() & whole.keys() - {"date_created", "date_updated"}
        assert {name: shown[name] for name in same} == {name: whole[name] for name in same}
        assert shown["links"]["phone_number"].endswith(f"{NUMBERS}/{number['sid']}.json")


async def test_caller_ids_are_vouched_for_by_the_operator_and_kept_by_the_customer(house: House) -> None:
    path = f"/operator/v1/Accounts/{FIRST}/OutgoingCallerIds"
    async with house.client("operator") as operator, house.client() as client:
        made = await post(operator, path, PhoneNumber=ONE)
        assert made["friendly_name"] == "(202) 555-0100"
        assert_refused(await operator.post(path, data={"PhoneNumber": ONE}), 21450)
        assert_refused(await operator.post(path, data={"PhoneNumber": "2025550100"}), 21421)
        nobody = f"/operator/v1/Accounts/AC{'9' * 32}/OutgoingCallerIds"
        assert_refused(await operator.post(nobody, data={"PhoneNumber": ONE}), 20404, 404)
        await post(operator, path, PhoneNumber="+442079460001", FriendlyName="London")
        for query, count in (({"PhoneNumber": ONE}, 1), ({"FriendlyName": "London"}, 1), ({"PhoneNumber": TWO}, 0)):
            listed = (await client.get(f"{ROOT}/OutgoingCallerIds.json", params=query)).json()
            assert len(listed["outgoing_caller_ids"]) == count
        own = f"{ROOT}/OutgoingCallerIds/{made['sid']}.json"
        assert (await post(client, own, 200, FriendlyName="Desk"))["friendly_name"] == "Desk"
        assert (await post(client, own, 200))["friendly_name"] == "Desk"
        assert (await client.delete(own)).status_code == 204
        assert_refused(await client.get(own), 20404, 404)
