"""The official Python SDK over numbers: for sale, bought, caller IDs, their region and their price (row 151)."""

from datetime import datetime
from typing import Any

import pytest

from tests.contract.refused import list_refused, refused
from tests.contract.rest_service import Service
from trunkline.platform.store.table.phone_number import StockType
from trunkline.service.control.provisioning.account.caller_id import vouch_for_caller_id
from trunkline.service.control.provisioning.account.phone_number import StockFields, stock_numbers
from trunkline.service.control.provisioning.operator.tariff import set_tariff

pytestmark = pytest.mark.interop


def _stock(service: Service, country: str, type_: StockType, number: str, fields: StockFields | None = None) -> None:
    service.run(stock_numbers(service.house.bench, [number], country, type_, fields))


def _found(rows: list[Any]) -> list[str]:
    return [row.phone_number for row in rows]


@pytest.mark.asks(
    "GET ~/AvailablePhoneNumbers.json",
    "GET ~/AvailablePhoneNumbers/{}.json",
    "GET ~/AvailablePhoneNumbers/{}/Local.json",
)
def test_row_142_numbers_are_searched_for_by_every_filter(service: Service, client: Any) -> None:
    """The search of the SDK reads one answer and asks for no further page."""
    near, far, bare = "+12025550177", "+12025550178", "+12125550179"
    town = StockFields(region="DC", locality="Washington", lata="236", rate_center="WSHNGTNZN1", longitude=-77.0)
    _stock(service, "US", "local", near, {**town, "latitude": 38.9, "postal_code": "20001"})
    _stock(service, "US", "local", far, {**town, "latitude": 39.9, "postal_code": "20002", "beta": True})
    _stock(service, "US", "local", bare, {"address_requirements": "any"})
    countries = client.available_phone_numbers
    assert "US" in [country.country_code for country in countries.list()]
    country = countries("US").fetch()
    assert (country.country, country.beta) == ("United States", False)
    assert country.subresource_uris["local"].endswith("/AvailablePhoneNumbers/US/Local.json")
    numbers = country.local
    ours = [number for number in _found(numbers.list(page_size=1000)) if number in (near, far, bare)]
    assert ours == [near, far, bare], "lowest first"
    for both in ({"in_region": "dc"}, {"in_lata": "236"}, {"in_lata": "236", "in_rate_center": "WSHNGTNZN1"}):
        assert _found(numbers.list(**both)) == [near, far], both
    assert _found(numbers.list(in_locality="Washington", area_code=202)) == [near, far]
    assert _found(numbers.list(in_postal_code="20001")) == [near]
    assert _found(numbers.list(near_lat_long="38.9,-77.0", distance=10)) == [near]
    assert _found(numbers.list(near_lat_long="39.9,-77.0", distance=500)) == [far, near], "nearest first"
    assert _found(numbers.list(near_number=near, distance=100)) == [near, far]
    assert _found(numbers.list(in_region="DC", beta=False)) == [near]
    assert _found(numbers.list(contains="2125550179")) == [bare]
    assert numbers.list(contains="2125550179", exclude_all_address_required=True) == []
    assert _found(numbers.list(contains="2125550179", exclude_local_address_required=True)) == [bare]
    assert _found(numbers.list(contains="2125550179", exclude_foreign_address_required=True)) == [bare]
    assert _found(numbers.list(contains="20255501**", limit=1)) == [near]
    assert _found(numbers.list(contains="20255501**", voice_enabled=True)) == [near, far]
    for without in ({"sms_enabled": True}, {"mms_enabled": True}, {"fax_enabled": True}, {"voice_enabled": False}):
        assert numbers.list(**without) == []
    [row] = numbers.list(contains=near)
    assert (row.friendly_name, row.iso_country, row.locality, row.lata) == ("(202) 555-0177", "US", "Washington", "236")
    assert (row.rate_center, row.postal_code, row.region) == ("WSHNGTNZN1", "20001", "DC")
    assert (float(row.latitude), float(row.longitude), row.beta) == (38.9, -77.0, False)
    assert row.capabilities["voice"] is True
    client.incoming_phone_numbers.create(phone_number=near)
    assert _found(numbers.list(in_region="DC")) == [far], "what is sold is not for sale"
    list_refused(21451, 400, numbers.list, area_code=2)
    list_refused(20001, 400, numbers.list, contains="1")
    list_refused(20001, 400, numbers.list, in_rate_center="WSHNGTNZN1")
    list_refused(20404, 404, countries("ZZ").local.list)
    refused(20404, 404, countries("ZZ").fetch)


@pytest.mark.asks(
    *(f"GET ~/AvailablePhoneNumbers/{{}}/{name}.json" for name in ("Mobile", "TollFree", "National", "SharedCost")),
    *(f"GET ~/AvailablePhoneNumbers/{{}}/{name}.json" for name in ("Voip", "MachineToMachine")),
)
def test_row_142_every_type_of_number_has_its_search(service: Service, client: Any) -> None:
    kinds: dict[str, StockType] = {
        "mobile": "mobile", "toll_free": "toll-free", "national": "national",
        "shared_cost": "shared-cost", "voip": "voip", "machine_to_machine": "m2m",
    }  # fmt: skip
    british = client.available_phone_numbers("GB")
    for place, (name, type_) in enumerate(kinds.items()):
        number, room = f"+44207946011{place}", getattr(british, name)
        town = StockFields(region=f"R{place}", locality="London", lata="1", rate_center="LON", postal_code="EC1A 1BB")
        _stock(service, "GB", type_, number, {**town, "latitude": 51.5, "longitude": float(place), "beta": True})
        here = {"in_region": f"R{place}", "in_locality": "London", "in_lata": "1", "in_rate_center": "LON"}
        near = {"near_lat_long": f"51.5,{place}", "distance": 1}
        needs = {f"exclude_{kind}_address_required": True for kind in ("all", "local", "foreign")}
        assert _found(room.list(contains=number, in_postal_code="ec1a 1bb", beta=True, **here, **near, **needs)) == [
            number
        ]
        assert _found(room.list(near_number=number, distance=1, voice_enabled=True)) == [number]
        for nothing in ({"sms_enabled": True}, {"mms_enabled": True}, {"fax_enabled": True}, {"beta": False}):
            assert room.list(**here, **nothing) == [], nothing
        assert room.list(contains="+442079460199") == []
        list_refused(21451, 400, room.list, area_code=202)
    assert set(kinds) <= set(british.fetch().subresource_uris)


@pytest.mark.asks("GET POST ~/IncomingPhoneNumbers.json", "GET POST DELETE ~/IncomingPhoneNumbers/{}.json")
def test_row_143_numbers_are_bought_changed_and_released(service: Service, client: Any) -> None:
    one, two = service.numbers(2)
    numbers, trunk = client.incoming_phone_numbers, client.trunking.v1.trunks.create()
    bought = numbers.create(phone_number=one, trunk_sid=trunk.sid)
    assert (bought.trunk_sid, bought.status, bought.type, bought.origin) == (trunk.sid, "in-use", "local", "twilio")
    assert bought.capabilities == {"voice": True, "sms": False, "mms": False, "fax": False}
    in_area = numbers.create(area_code=two[2:5])
    assert in_area.phone_number[:5] == two[:5]
    app = "AP" + "a" * 32
    changed = bought.update(voice_application_sid=app)
    assert (changed.trunk_sid, changed.voice_application_sid) == (None, app)
    changed = bought.update(trunk_sid=trunk.sid, friendly_name="Desk", voice_url="https://app.example/voice")
    assert (changed.trunk_sid, changed.voice_application_sid, changed.friendly_name) == (trunk.sid, None, "Desk")
    assert numbers(bought.sid).fetch().voice_url == "https://app.example/voice"
    assert [row.sid for row in numbers.list(page_size=1)] == [in_area.sid, bought.sid]
    assert [row.sid for row in numbers.list(phone_number=one)] == [bought.sid]
    assert [row.sid for row in numbers.list(friendly_name="Desk")] == [bought.sid]
    refused(21422, 400, numbers.create, phone_number=one)
    refused(21421, 400, numbers.create, phone_number="not a number")
    refused(21452, 400, numbers.create, area_code="999")
    refused(20001, 400, numbers.create)
    assert bought.delete()
    refused(20404, 404, numbers(bought.sid).fetch)
    assert numbers.create(phone_number=one).friendly_name != "Desk"


@pytest.mark.asks(*(f"GET POST ~/IncomingPhoneNumbers/{name}.json" for name in ("Local", "Mobile", "TollFree")))
def test_row_143_typed_lists_buy_and_show_their_type_only(service: Service, client: Any) -> None:
    kinds: dict[str, StockType] = {"local": "local", "mobile": "mobile", "toll_free": "toll-free"}
    bought = {}
    for name, type_ in kinds.items():
        room = getattr(client.incoming_phone_numbers, name)
        [number] = service.numbers(1, type_)
        bought[name] = room.create(phone_number=number, friendly_name=name)
        assert isinstance(bought[name].date_created, datetime)
        other = "mobile" if name == "local" else "local"
        [another] = service.numbers(1, type_)
        refused(21422, 400, getattr(client.incoming_phone_numbers, other).create, phone_number=another)
    for name in kinds:
        assert [row.sid for row in getattr(client.incoming_phone_numbers, name).list()] == [bought[name].sid]
    assert len(client.incoming_phone_numbers.list()) == len(kinds)


def _settings(client: Any, mark: str) -> dict[str, Any]:
    """Everything that may be set on a number beside its trunk, marked so that two sets differ."""
    home = client.addresses.create(f"Example {mark}", "1 Example Street", "Bonn", "NW", "53113", "DE")
    urls = ("voice_url", "voice_fallback_url", "sms_url", "sms_fallback_url", "status_callback")
    methods = ("voice_method", "voice_fallback_method", "sms_method", "sms_fallback_method", "status_callback_method")
    return {
        **{name: f"https://app.example/{mark}/{name}" for name in urls},
        **dict.fromkeys(methods, "GET" if mark == "a" else "POST"),
        "friendly_name": f"Desk {mark} Büro", "voice_application_sid": f"AP{mark * 32}",
        "sms_application_sid": f"AP{mark * 32}", "voice_caller_id_lookup": mark == "a",
        "voice_receive_mode": "voice" if mark == "a" else "fax", "address_sid": home.sid,
        "emergency_address_sid": home.sid, "emergency_status": "Active" if mark == "a" else "Inactive",
        "identity_sid": f"RI{mark * 32}", "bundle_sid": f"BU{mark * 32}",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["", "local", "mobile", "toll_free"])
def test_row_143_every_setting_of_a_number_comes_back(service: Service, client: Any, name: str) -> None:
    numbers = getattr(client.incoming_phone_numbers, name) if name else client.incoming_phone_numbers
    types: dict[str, StockType] = {"mobile": "mobile", "toll_free": "toll-free"}
    first, second = service.numbers(2, types.get(name, "local"))
    wanted = _settings(client, "a")
    bought = numbers.create(phone_number=first, **wanted, api_version="2010-04-01")
    assert {key: getattr(bought, key) for key in wanted} == wanted
    wanted = _settings(client, "b")
    changed = client.incoming_phone_numbers(bought.sid).update(**wanted, api_version="2010-04-01")
    assert {key: getattr(changed, key) for key in wanted} == wanted
    other = numbers.create(phone_number=second, trunk_sid=client.trunking.v1.trunks.create().sid)
    assert [row.sid for row in numbers.list(phone_number=second)] == [other.sid]
    assert [row.sid for row in numbers.list(friendly_name=wanted["friendly_name"])] == [bought.sid]
    assert [row.sid for row in numbers.list(beta=False, origin="twilio")] == [other.sid, bought.sid]
    assert numbers.list(beta=True) == numbers.list(origin="hosted") == []


@pytest.mark.asks("GET POST ~/OutgoingCallerIds.json", "GET POST DELETE ~/OutgoingCallerIds/{}.json")
def test_row_144_every_operation_on_caller_ids(service: Service, client: Any) -> None:
    callback = {"status_callback": "https://app.example/told", "status_callback_method": "GET"}
    asked = client.validation_requests.create(
        phone_number="+12025550189", friendly_name="Desk", call_delay=5, extension="12#", **callback
    )
    assert (len(asked.validation_code), asked.validation_code.isdecimal()) == (6, True)
    assert (asked.friendly_name, asked.phone_number, asked.call_sid[:2]) == ("Desk", "+12025550189", "CA")
    assert asked.account_sid == client.account_sid
    refused(21454, 400, client.validation_requests.create, phone_number="+12025550189", call_delay=61)
    refused(21421, 400, client.validation_requests.create, phone_number="12")
    ids = client.outgoing_caller_ids
    assert ids.list() == [], "nobody has entered the code yet"
    kept = service.run(vouch_for_caller_id(service.house.bench, client.account_sid, "+12025550188", "Front"))
    [row] = ids.list(phone_number="+12025550188")
    assert (row.sid, row.friendly_name) == (kept.sid, "Front")
    assert isinstance(row.date_created, datetime)
    assert ids.list(friendly_name="Nobody's") == []
    assert ids(row.sid).fetch().phone_number == "+12025550188"
    assert ids(row.sid).update(friendly_name="Reception").friendly_name == "Reception"
    refused(21450, 400, client.validation_requests.create, phone_number="+12025550188")
    assert ids(row.sid).delete()
    refused(20404, 404, ids(row.sid).fetch)


@pytest.mark.asks("GET POST /v2/PhoneNumbers/{}", "GET POST /v2/Trunks/{}")
def test_rows_149_150_regions_of_numbers_and_trunks(service: Service, client: Any) -> None:
    [number] = service.numbers()
    client.incoming_phone_numbers.create(phone_number=number)
    domain = "sdk-region.pstn.trunkline.localhost"
    client.trunking.v1.trunks.create(domain_name=domain)
    for route, key, name in (
        (client.routes.v2.phone_numbers(number), "phone_number", number),
        (client.routes.v2.trunks(domain), "sip_trunk_domain", domain),
    ):
        assert (route.fetch().voice_region, getattr(route.fetch(), key)) == ("us1", name)
        changed = route.update(voice_region="ie1", friendly_name="Dublin")
        assert (changed.voice_region, changed.friendly_name, changed.sid[:2]) == ("ie1", "Dublin", "QQ")
        assert isinstance(changed.date_updated, datetime)
        assert route.fetch().sid == changed.sid
        refused(20001, 400, route.update, voice_region="mars1")
    refused(20404, 404, client.routes.v2.trunks("nobody.pstn.trunkline.localhost").fetch)
    refused(20404, 404, client.routes.v2.phone_numbers("+12025550199").update, voice_region="ie1")


@pytest.mark.asks("GET /v2/Trunking/Countries", "GET /v2/Trunking/Countries/{}", "GET /v2/Trunking/Numbers/{}")
def test_row_149_prices_of_countries_and_numbers(service: Service, client: Any) -> None:
    """Far from what other tests call: Norway and Denmark."""
    for tariff in (
        {"service": "termination", "prefix": "+47", "sell": "0.01", "buy": "0.005", "name": "Norway"},
        {"service": "termination", "prefix": "+4799", "sell": "0.02", "buy": "0.005", "name": "Norway mobile"},
        {"service": "origination", "prefix": "+47", "sell": "0.003", "buy": "0", "number_type": "local"},
        {"service": "termination", "prefix": "+45", "sell": "0.015", "buy": "0.005", "name": "Denmark"},
    ):
        service.run(set_tariff(service.house.bench, tariff))
    countries = client.pricing.v2.countries
    assert {"NO", "DK"} <= {row.iso_country for row in countries.list(page_size=1)}
    norway = countries("NO").fetch()
    assert (norway.country, norway.price_unit) == ("Norway", "USD")
    assert {price["friendly_name"]: price["current_price"] for price in norway.terminating_prefix_prices} == {
        "Norway": "0.01", "Norway mobile": "0.02"
    }  # fmt: skip
    assert norway.originating_call_prices == [{"base_price": "0.003", "current_price": "0.003", "number_type": "local"}]
    number = client.pricing.v2.numbers("+4799000000").fetch(origination_number="+12025550100")
    assert (number.iso_country, number.destination_number) == ("NO", "+4799000000")
    assert number.origination_number == "+12025550100"
    [price] = number.terminating_prefix_prices
    assert (price["base_price"], price["destination_prefixes"]) == ("0.02", ["4799"])
    refused(20404, 404, countries("AQ").fetch)
    refused(20404, 404, client.pricing.v2.numbers("+999").fetch)
