"""Row 142: what is for sale, by country, type and filter (rest.md 3.5)."""

from typing import Any

import httpx2

from tests.unit.service_control.asking import NUMBERS, ROOT, assert_refused, get, post
from tests.unit.service_control.house import FIRST, House
from trunkline.service.control.provisioning.account.phone_number import StockFields, stock_numbers

AVAILABLE = f"{ROOT}/AvailablePhoneNumbers"
LOCAL = f"{AVAILABLE}/US/Local.json"
WASHINGTON, SEATTLE, MEDFORD = "+12025550100", "+12065550101", "+15415550102"
TESTED, LONDON = "+12125550103", "+442079460001"

FILTERED: list[tuple[dict[str, str], list[str]]] = [
    ({"AreaCode": "206"}, [SEATTLE]),
    ({"AreaCode": "209"}, []),
    ({"Contains": "55501"}, [WASHINGTON, SEATTLE, TESTED, MEDFORD]),
    ({"Contains": "206*******"}, [SEATTLE]),
    ({"Contains": "***555****"}, [WASHINGTON, SEATTLE, TESTED, MEDFORD]),
    ({"Contains": "5415550102"}, [MEDFORD]),
    ({"Contains": "+1541"}, [MEDFORD]),
    ({"Contains": "541JKL0102"}, [MEDFORD]),
    ({"Contains": "5*3"}, []),
    ({"Contains": "0101$"}, [SEATTLE]),
    ({"Contains": "0101"}, [SEATTLE]),
    ({"Contains": "01$"}, [SEATTLE]),
    ({"Contains": "55501$"}, []),
    ({"Contains": "+1541%2$"}, [MEDFORD]),
    ({"Contains": "20%0100"}, [WASHINGTON]),
    ({"Contains": "+12%3$"}, [TESTED]),
    ({"Contains": "0*0*"}, [WASHINGTON, SEATTLE, TESTED, MEDFORD]),
    ({"InRegion": "wa"}, [SEATTLE]),
    ({"InRegion": "DC"}, [WASHINGTON]),
    ({"InLocality": "Medford"}, [MEDFORD]),
    ({"InLocality": "Med"}, []),
    ({"InPostalCode": "20001"}, [WASHINGTON]),
    ({"InLata": "674"}, [SEATTLE]),
    ({"InLata": "674", "InRateCenter": "Seattle"}, [SEATTLE]),
    ({"InLata": "236", "InRateCenter": "SEATTLE"}, []),
    ({"NearLatLong": "47.5,-122.3"}, [SEATTLE]),
    ({"NearLatLong": "47.5,-122.3", "Distance": "1"}, []),
    ({"NearLatLong": "47.6062,-121.7321"}, []),
    ({"NearLatLong": "47.6062,-121.7321", "Distance": "29"}, [SEATTLE]),
    ({"NearLatLong": "47.5,-122.3", "Distance": "500"}, [SEATTLE, MEDFORD]),
    ({"NearLatLong": "42.4,-122.8", "Distance": "500"}, [MEDFORD, SEATTLE]),
    ({"NearNumber": SEATTLE}, [SEATTLE]),
    ({"NearNumber": "+15415550199", "Distance": "500"}, [MEDFORD, SEATTLE]),
    ({"NearNumber": LONDON}, []),
    ({"Beta": "false"}, [WASHINGTON, SEATTLE, MEDFORD]),
    ({"Beta": "true"}, [WASHINGTON, SEATTLE, TESTED, MEDFORD]),
    ({"ExcludeAllAddressRequired": "true"}, [WASHINGTON, SEATTLE, MEDFORD]),
    ({"ExcludeLocalAddressRequired": "true"}, [WASHINGTON, SEATTLE, MEDFORD]),
    ({"ExcludeForeignAddressRequired": "true"}, [WASHINGTON, SEATTLE, TESTED, MEDFORD]),
    ({"VoiceEnabled": "true", "SmsEnabled": "false"}, [WASHINGTON, SEATTLE, TESTED, MEDFORD]),
    ({"SmsEnabled": "true"}, []),
    ({"MmsEnabled": "TRUE"}, []),
    ({"FaxEnabled": "true"}, []),
    ({"VoiceEnabled": "false"}, []),
    ({"PageSize": "2"}, [WASHINGTON, SEATTLE]),
    ({"InRegion": "WA", "AreaCode": "202"}, []),
]
REFUSED: list[tuple[dict[str, str], int]] = [
    ({"AreaCode": "20"}, 21451),
    ({"AreaCode": "123"}, 21451),
    ({"AreaCode": "abc"}, 21451),
    ({"Contains": "2"}, 20001),
    ({"Contains": "2" * 17}, 20001),
    ({"Contains": "%%"}, 20001),
    ({"InRateCenter": "SEATTLE"}, 20001),
    ({"NearLatLong": "here"}, 20001),
    ({"NearNumber": "soon"}, 20001),
    ({"NearNumber": SEATTLE, "NearLatLong": "1,1"}, 20001),
    ({"NearLatLong": "1,1", "Distance": "501"}, 20001),
    ({"NearLatLong": "1,1", "Distance": "-1"}, 20001),
    ({"SmsEnabled": "maybe"}, 20001),
    ({"PageSize": "1001"}, 20007),
]
ODD_PLACES: list[dict[str, str]] = [
    {"Latitude": "91", "Longitude": "0"},
    {"Latitude": "1", "Longitude": "181"},
    {"Latitude": "1"},
    {"Latitude": "nan", "Longitude": "nan"},
    {"Region": "x" * 65},
    {"AddressRequirements": "maybe"},
    {"Type": "satellite"},
]


async def _stock(house: House) -> None:
    async def put(number: str, country: str, type_: str = "local", **fields: Any) -> None:
        await stock_numbers(house.bench, [number], country, type_, StockFields(**fields))  # type: ignore[arg-type,typeddict-item]

    await put(
        WASHINGTON, "US", region="dc", locality="Washington", postal_code="20001", rate_center="WSHNGTNZN1", lata="236",
        latitude=38.9072, longitude=-77.0369,
    )  # fmt: skip
    await put(
        SEATTLE, "US", region="WA", locality="Seattle", postal_code="98101", rate_center="SEATTLE", lata="674",
        latitude=47.6062, longitude=-122.3321,
    )  # fmt: skip
    await put(MEDFORD, "US", region="OR", locality="Medford", latitude=42.3265, longitude=-122.8756)
    await put(TESTED, "US", beta=True, address_requirements="local")
    await put("+18005550104", "US", "toll-free", address_requirements="foreign")
    await put(LONDON, "GB", address_requirements="any", locality="London")
    await put("+447700900105", "GB", "mobile")
    await put("+443305550106", "GB", "m2m")


async def _found(client: httpx2.AsyncClient, path: str = LOCAL, **query: str) -> list[str]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body.keys() == {"uri", "available_phone_numbers"}
    return [row["phone_number"] for row in body["available_phone_numbers"]]


async def test_row_142_countries_and_their_types_are_those_of_the_inventory(house: House) -> None:
    async with house.client() as client:
        assert (await get(client, f"{AVAILABLE}.json"))["countries"] == []
        await _stock(house)
        body = await get(client, f"{AVAILABLE}.json")
        assert body["uri"] == f"{AVAILABLE}.json"
        assert [(row["country_code"], row["country"]) for row in body["countries"]] == [
            ("GB", "United Kingdom"),
            ("US", "United States"),
        ]
        britain = await get(client, f"{AVAILABLE}/GB.json")
        assert britain == body["countries"][0]
        assert britain["subresource_uris"] == {
            "local": f"{AVAILABLE}/GB/Local.json",
            "mobile": f"{AVAILABLE}/GB/Mobile.json",
            "machine_to_machine": f"{AVAILABLE}/GB/MachineToMachine.json",
        }
        for uri in britain["subresource_uris"].values():
            assert len(await _found(client, uri)) == 1
        for path in ("/FR.json", "/FR/Local.json", "/gb.json", "/USA/Local.json"):
            assert_refused(await client.get(AVAILABLE + path), 20404, 404)
        assert await _found(client, f"{AVAILABLE}/US/Voip.json") == []


async def test_row_142_what_is_sold_is_not_for_sale(house: House) -> None:
    await _stock(house)
    async with house.client() as client:
        assert await _found(client) == [WASHINGTON, SEATTLE, TESTED, MEDFORD]
        bought = await post(client, f"{NUMBERS}.json", PhoneNumber=SEATTLE)
        assert await _found(client) == [WASHINGTON, TESTED, MEDFORD]
        await client.delete(f"{NUMBERS}/{bought['sid']}.json")
        assert await _found(client, InLocality="Seattle") == [SEATTLE]


async def test_row_142_filters(house: House) -> None:
    await _stock(house)
    async with house.client() as client:
        for query, numbers in FILTERED:
            assert await _found(client, **query) == numbers, query


async def test_row_142_requirements_tell_local_from_foreign(house: House) -> None:
    await _stock(house)
    async with house.client() as client:
        toll_free, london = f"{AVAILABLE}/US/TollFree.json", f"{AVAILABLE}/GB/Local.json"
        assert await _found(client, toll_free, ExcludeForeignAddressRequired="true") == []
        assert await _found(client, toll_free, ExcludeLocalAddressRequired="true") == ["+18005550104"]
        assert await _found(client, london, ExcludeForeignAddressRequired="true") == [LONDON]
        assert await _found(client, london, ExcludeAllAddressRequired="true") == []


async def test_row_142_a_filter_that_cannot_be_used_is_refused(house: House) -> None:
    await _stock(house)
    async with house.client() as client:
        for query, code in REFUSED:
            assert_refused(await client.get(LOCAL, params=query), code)


async def test_row_142_an_area_code_is_north_american(house: House) -> None:
    await _stock(house)
    async with house.client() as client:
        assert_refused(await client.get(f"{AVAILABLE}/GB/Local.json", params={"AreaCode": "207"}), 21451)


async def test_row_142_a_number_keeps_its_place_for_its_buyer_and_after(any_house: House) -> None:
    form: dict[str, Any] = {"PhoneNumber": WASHINGTON, "IsoCountry": "US", "Region": "dc", "Locality": "Washington"}
    form |= {
        "PostalCode": "20001",
        "RateCenter": "wshngtnzn1",
        "Lata": "236",
        "Latitude": "38.9",
        "Longitude": "-77.04",
    }
    form |= {"Beta": "true", "AddressRequirements": "any"}
    async with any_house.client("operator") as operator, any_house.client() as client:
        [made] = (await post(operator, "/operator/v1/Inventory", **form))["phone_numbers"]
        assert made == {
            "sid": made["sid"], "phone_number": WASHINGTON, "iso_country": "US", "type": "local", "account_sid": None,
            "region": "DC", "locality": "Washington", "postal_code": "20001", "rate_center": "WSHNGTNZN1",
            "lata": "236", "latitude": 38.9, "longitude": -77.04, "beta": True, "address_requirements": "any",
        }  # fmt: skip
        [offered] = (await get(client, LOCAL))["available_phone_numbers"]
        assert offered["capabilities"] == {"voice": True, "sms": False, "mms": False, "fax": False}
        assert (offered["friendly_name"], offered["lata"], offered["latitude"]) == ("(202) 555-0100", "236", 38.9)
        assert await _found(client, NearLatLong="38.9,-77", Distance="5") == [WASHINGTON]
        assert await _found(client, Contains="202*******", InLata="236", InRateCenter="WSHNGTNZN1") == [WASHINGTON]


async def test_row_142_a_place_that_cannot_be_is_not_stocked(house: House) -> None:
    async with house.client("operator") as operator:
        for odd in ODD_PLACES:
            form = {"PhoneNumber": WASHINGTON, "IsoCountry": "US", **odd}
            assert_refused(await operator.post("/operator/v1/Inventory", data=form), 20001)


async def test_row_142_one_account_sees_what_another_sees(house: House) -> None:
    """The stock is the platform's; the account stands in the addresses only."""
    await _stock(house)
    async with house.client() as client:
        answer = await client.get(LOCAL.replace(FIRST, "AC" + "2" * 32))
        assert_refused(answer, 20003, 403)
