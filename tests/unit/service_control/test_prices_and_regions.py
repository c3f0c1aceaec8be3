"""Pricing v2 and Routes v2 (rest.md 7, 8)."""

from typing import Any

import pytest

from tests.unit.service_control.asking import NUMBERS, TRUNKS, assert_refused, get, post
from tests.unit.service_control.house import BASE, SECOND, House
from trunkline.service.control.provisioning.account.phone_number import stock_numbers

TRUNKING = "/v2/Trunking"
HEADER = "service,prefix,number_type,name,sell,buy,effective_from\n"
SHEET = (
    HEADER
    + """termination,+1,,United States,0.0070,0.004,2026-01-01
termination,+1907,,Alaska,0.0900,0.05,2026-01-01
termination,+1808,,Alaska,0.0900,0.05,2026-01-01
termination,+44,,United Kingdom,0.0100,0.005,2025-01-01
termination,+44,,United Kingdom,0.0110,0.005,2026-01-01
termination,+44,,United Kingdom,0.0500,0.005,2027-01-01
origination,+1,,,0.0034,0.001,2026-01-01
origination,+1,toll-free,,0.0150,0.001,2026-01-01
secure,+,,,0.001,0,2026-01-01
"""
)


async def _priced(house: House) -> None:
    async with house.client("operator") as operator:
        made = await operator.post("/operator/v1/Tariffs/Import", content=SHEET, headers={"Content-Type": "text/csv"})
        assert made.is_success, made.text


async def test_countries_with_a_price_are_listed_by_page(house: House) -> None:
    async with house.client() as client:
        assert (await get(client, f"{TRUNKING}/Countries"))["countries"] == []
        await _priced(house)
        body = await get(client, f"{TRUNKING}/Countries?PageSize=1000")
        codes = [row["iso_country"] for row in body["countries"]]
        assert {"US", "CA", "GB", "GG"} < set(codes)
        assert "FR" not in codes
        [first] = (await get(client, f"{TRUNKING}/Countries?PageSize=1"))["countries"]
        following = await get(client, f"{TRUNKING}/Countries?PageSize=1&Page=1")
        assert [first["iso_country"], following["countries"][0]["iso_country"]] == codes[:2]
        assert following["meta"]["previous_page_url"].startswith(f"{BASE}{TRUNKING}/Countries")


async def test_a_country_has_the_prices_in_force_by_prefix_and_number_type(house: House) -> None:
    await _priced(house)
    async with house.client() as client:
        body = await get(client, f"{TRUNKING}/Countries/us")
        assert (body["country"], body["iso_country"], body["price_unit"]) == ("United States", "US", "USD")
        assert body["originating_call_prices"] == [
            {"base_price": "0.0034", "current_price": "0.0034", "number_type": ""},
            {"base_price": "0.015", "current_price": "0.015", "number_type": "tollfree"},
        ]
        told = {row["friendly_name"]: row for row in body["terminating_prefix_prices"]}
        assert told["Alaska"]["destination_prefixes"] == ["1808", "1907"]
        assert told["United States"]["current_price"] == "0.007"
        assert told["Alaska"]["origination_prefixes"] == ["ALL"]
        britain = (await get(client, f"{TRUNKING}/Countries/GB"))["terminating_prefix_prices"]
        assert [row["current_price"] for row in britain] == ["0.011"]
        for unknown in ("FR", "ZZ", "USA"):
            assert_refused(await client.get(f"{TRUNKING}/Countries/{unknown}"), 20404, 404)


async def test_a_number_has_the_price_that_its_calls_are_rated_by(house: House) -> None:
    await _priced(house)
    await stock_numbers(house.bench, ["+18005550100"], "US", "toll-free")
    async with house.client() as client:
        alaska = await get(client, f"{TRUNKING}/Numbers/+19075550100?OriginationNumber=%2B12025550100")
        [price] = alaska["terminating_prefix_prices"]
        assert (price["current_price"], price["destination_prefixes"]) == ("0.09", ["1907"])
        assert alaska["origination_number"] == "+12025550100"
        assert alaska["originating_call_price"]["current_price"] == "0.0034"
        free = await get(client, f"{TRUNKING}/Numbers/+18005550100")
        assert free["originating_call_price"] == {
            "base_price": "0.015",
            "current_price": "0.015",
            "number_type": "tollfree",
        }
        unpriced = await get(client, f"{TRUNKING}/Numbers/+33123456789")
        assert (unpriced["terminating_prefix_prices"], unpriced["originating_call_price"]) == ([], None)
        assert_refused(await client.get(f"{TRUNKING}/Numbers/+99999"), 20404, 404)
        assert_refused(await client.get(f"{TRUNKING}/Numbers/hello"), 20404, 404)
        odd = await client.get(f"{TRUNKING}/Numbers/+19075550100", params={"OriginationNumber": "me"})
        assert_refused(odd, 20001)


@pytest.mark.parametrize("kind", ["trunk", "number"])
async def test_a_region_is_kept_for_as_long_as_its_owner_has_the_resource(house: House, kind: str) -> None:
    await stock_numbers(house.bench, ["+12025550100"], "US", "local")
    async with house.client() as client, house.client(SECOND) as other:
        if kind == "trunk":
            name = "region.pstn.trunkline.localhost"
            form: dict[str, Any] = {"DomainName": name}
            place, key, path = TRUNKS, "sip_trunk_domain", f"/v2/Trunks/{name}"
            sid = (await post(client, place, **form))["sid"]
            owned = f"{TRUNKS}/{sid}"
        else:
            form = {"PhoneNumber": "+12025550100"}
            place, key, path = f"{NUMBERS}.json", "phone_number", "/v2/PhoneNumbers/+12025550100"
            sid = (await post(client, place, **form))["sid"]
            owned = f"{NUMBERS}/{sid}.json"
        before = await get(client, path)
        assert (before["voice_region"], before["sid"], before["friendly_name"]) == ("us1", None, None)
        made = await post(client, path, 200, VoiceRegion="ie1", FriendlyName="Europe")
        assert (made["voice_region"], made["friendly_name"], made[key]) == ("ie1", "Europe", path.rpartition("/")[2])
        assert made["sid"].startswith("QQ")
        assert made["url"] == BASE + path
        assert await get(client, path) == made
        assert (await post(client, path, 200, FriendlyName=""))["friendly_name"] is None
        assert (await post(client, path, 200, VoiceRegion="au1"))["sid"] == made["sid"]
        assert_refused(await client.post(path, data={"VoiceRegion": "mars1"}), 20001)
        assert_refused(await client.post(path, data={"FriendlyName": "x" * 65}), 20002)
        assert_refused(await other.get(path), 20404, 404)
        assert_refused(await other.post(path, data={"VoiceRegion": "us1"}), 20404, 404)
        assert (await client.delete(owned)).status_code == 204
        assert_refused(await client.get(path), 20404, 404)
        await post(client, place, **form)
        assert (await get(client, path))["voice_region"] == "us1"


async def test_a_trunk_is_found_by_its_name_under_twilio_too(house: House) -> None:
    async with house.client() as client:
        await post(client, TRUNKS, DomainName="alias.pstn.twilio.com")
        await post(client, "/v2/Trunks/alias.pstn.twilio.com", 200, VoiceRegion="ie1")
        assert (await get(client, "/v2/Trunks/alias.pstn.trunkline.localhost"))["voice_region"] == "ie1"
        assert_refused(await client.get("/v2/Trunks/nothing"), 20404, 404)
