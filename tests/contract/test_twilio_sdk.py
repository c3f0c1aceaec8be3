"""The official Twilio Python SDK, unmodified but for its base URL, against a real server on loopback (row 151)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.contract.rest_service import Service
from tests.unit.service_control.house import FIRST, SECOND, SUB
from trunkline.service.control.provisioning.phone_number import StockFields, stock_numbers


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("sdk")) as running:
        yield running


@pytest.fixture
def client(service: Service) -> Any:
    """A client with an account of its own, so that tests do not see each other's resources."""
    return service.client_of_its_own()


def _refused(code: int, status: int, call: Any, *args: Any, **fields: Any) -> None:
    with pytest.raises(TwilioRestException) as caught:
        call(*args, **fields)
    assert (caught.value.code, caught.value.status) == (code, status)


def _operator_stock(service: Service, *numbers: str) -> None:
    service.run(stock_numbers(service.house.bench, numbers, "US", "local"))


def test_row_151_sdk_sets_up_a_whole_trunk(service: Service, client: Any) -> None:
    """Rows 2, 12, 130, 131, 133-137, 141, 143: trunk, lists, address, credential, URL and number, associated."""
    trunk = client.trunking.v1.trunks.create(friendly_name="Office", domain_name="whole.pstn.trunkline.localhost")
    assert trunk.sid.startswith("TK")
    assert (trunk.auth_type, trunk.auth_type_set) == ("", [])
    assert isinstance(trunk.date_created, datetime)
    assert trunk.date_created.tzinfo == UTC

    acl = client.sip.ip_access_control_lists.create(friendly_name="Office addresses")
    address = client.sip.ip_access_control_lists(acl.sid).ip_addresses.create("SBC", "192.0.2.7", cidr_prefix_length=24)
    assert (address.ip_address, address.cidr_prefix_length) == ("192.0.2.0", 24)
    trunk.ip_access_control_lists.create(acl.sid)
    assert trunk.fetch().auth_type == "IP_ACL"

    users = client.sip.credential_lists.create("Office users")
    credential = client.sip.credential_lists(users.sid).credentials.create("pbx", "Correct-Horse-1")
    assert credential.username == "pbx"
    assert isinstance(credential.date_created, datetime)
    trunk.credentials_lists.create(users.sid)
    trunk = client.trunking.v1.trunks(trunk.sid).fetch()
    assert trunk.auth_type == "IP_ACL,CREDENTIAL_LIST"
    assert trunk.auth_type_set == ["IP_ACL", "CREDENTIAL_LIST"]

    url = trunk.origination_urls.create(10, 20, True, "PBX", "sip:192.0.2.7:5060;transport=tcp")
    assert (url.weight, url.priority, url.enabled, url.trunk_sid) == (10, 20, True, trunk.sid)

    _operator_stock(service, "+12025550110")
    number = client.incoming_phone_numbers.create(phone_number="+12025550110")
    assert (number.friendly_name, number.trunk_sid) == ("(202) 555-0110", None)
    held = trunk.phone_numbers.create(number.sid)
    assert (held.sid, held.trunk_sid, held.capabilities["voice"]) == (number.sid, trunk.sid, True)
    assert client.incoming_phone_numbers(number.sid).fetch().trunk_sid == trunk.sid

    recording = trunk.recordings().update(mode="record-from-answer-dual")
    assert (recording.mode, recording.trim) == ("record-from-answer-dual", "do-not-trim")
    assert trunk.fetch().recording == {"mode": "record-from-answer-dual", "trim": "do-not-trim"}

    assert client.trunking.v1.trunks(trunk.sid).ip_access_control_lists(acl.sid).delete()
    assert client.trunking.v1.trunks(trunk.sid).fetch().auth_type == "CREDENTIAL_LIST"
    assert client.trunking.v1.trunks(trunk.sid).delete()
    assert client.incoming_phone_numbers(number.sid).fetch().trunk_sid is None


def test_row_51_eleventh_origination_url_is_21249(client: Any) -> None:
    trunk = client.trunking.v1.trunks.create()
    for place in range(10):
        trunk.origination_urls.create(1, place, True, f"url {place}", f"sip:192.0.2.{place}")
    _refused(21249, 400, trunk.origination_urls.create, 1, 10, True, "one more", "sip:192.0.2.10")


def test_row_10_taken_domain_is_21248_for_another_account_too(service: Service, client: Any) -> None:
    client.trunking.v1.trunks.create(domain_name="taken.pstn.trunkline.localhost")
    other = service.client(SECOND)
    _refused(21248, 400, other.trunking.v1.trunks.create, domain_name="Taken.pstn.twilio.com")


def test_row_128_wrong_token_is_20003(service: Service) -> None:
    # The SDK raises its plainer exception, without the code, when a list is refused: so a creation is tried.
    _refused(20003, 401, service.client(FIRST, "wrong").trunking.v1.trunks.create)


def test_row_14_parent_acts_for_sub_account_by_path(service: Service) -> None:
    parent = service.client(FIRST, account_sid=SUB)
    created = parent.sip.credential_lists.create("made by the parent")
    assert created.account_sid == SUB
    child = service.client(SUB)
    assert [row.sid for row in child.sip.credential_lists.list()] == [created.sid]
    _refused(20003, 403, service.client(SUB, account_sid=FIRST).sip.credential_lists.create, "not mine")


def test_rows_130_131_sdk_walks_pages_of_one_newest_first(client: Any) -> None:
    trunks = [client.trunking.v1.trunks.create(friendly_name=f"t{place}").sid for place in range(4)]
    lists = [client.sip.credential_lists.create(f"l{place}").sid for place in range(4)]
    assert [row.sid for row in client.trunking.v1.trunks.list(page_size=1)] == trunks[::-1]
    assert [row.sid for row in client.sip.credential_lists.list(page_size=1)] == lists[::-1]
    page = client.trunking.v1.trunks.page(page_size=3)
    assert [row.sid for row in page] == trunks[:0:-1]
    page = page.next_page()
    assert [row.sid for row in page] == trunks[:1]
    assert page.next_page() is None
    assert [row.sid for row in page.previous_page()] == trunks[:0:-1]


def test_row_129_unknown_sid_is_20404_with_the_path(client: Any) -> None:
    missing = "TK" + "0" * 32
    with pytest.raises(TwilioRestException) as caught:
        client.trunking.v1.trunks(missing).fetch()
    assert caught.value.code == 20404
    assert f"/v1/Trunks/{missing} was not found" in caught.value.msg


def test_row_143_numbers_are_bought_changed_and_released(service: Service, client: Any) -> None:
    _operator_stock(service, "+12025550120", "+12025550121")
    trunk = client.trunking.v1.trunks.create()
    bought = client.incoming_phone_numbers.create(area_code="202", trunk_sid=trunk.sid)
    assert bought.trunk_sid == trunk.sid
    app = "AP" + "a" * 32
    changed = bought.update(voice_application_sid=app)
    assert (changed.trunk_sid, changed.voice_application_sid) == (None, app)
    changed = bought.update(trunk_sid=trunk.sid, friendly_name="Desk")
    assert (changed.trunk_sid, changed.voice_application_sid, changed.friendly_name) == (trunk.sid, None, "Desk")
    _refused(21422, 400, client.incoming_phone_numbers.create, phone_number=bought.phone_number)
    assert bought.delete()
    assert client.incoming_phone_numbers.create(phone_number=bought.phone_number).friendly_name != "Desk"


def test_row_142_numbers_are_searched_for_and_bought(service: Service, client: Any) -> None:
    """The search of the SDK reads one answer and asks for no further page."""
    place = StockFields(region="DC", latitude=38.9, longitude=-77.0)
    service.run(stock_numbers(service.house.bench, ["+12025550177", "+12025550178"], "US", "local", place))
    countries = client.available_phone_numbers.list()
    assert "US" in [country.country_code for country in countries]
    numbers = client.available_phone_numbers("US").local
    found = numbers.list(contains="20255501**", in_region="DC", near_lat_long="38.9,-77.0", distance=10, limit=1)
    assert [(row.phone_number, row.region, row.capabilities["voice"]) for row in found] == [
        ("+12025550177", "DC", True)
    ]
    assert numbers.list(sms_enabled=True) == []
    client.incoming_phone_numbers.create(phone_number=found[0].phone_number)
    assert [row.phone_number for row in numbers.list(in_region="DC")] == ["+12025550178"]
    _refused(20404, 404, client.available_phone_numbers("ZZ").fetch)


def test_row_143_addresses_and_a_move_to_a_sub_account(service: Service, client: Any) -> None:
    _operator_stock(service, "+12025550187")
    address = client.addresses.create(
        "Example", "1 Example Street", "Bonn", "NW", "53113", "DE", friendly_name="Office"
    )
    assert client.addresses(address.sid).fetch().postal_code == "53113"
    assert [row.sid for row in client.addresses.list(iso_country="DE")] == [address.sid]
    parent = service.client()
    number = client.incoming_phone_numbers.create(phone_number="+12025550187", address_sid=address.sid)
    dependent = client.addresses(address.sid).dependent_phone_numbers.list()
    assert [row.phone_number for row in dependent] == [number.phone_number]
    _refused(20409, 409, client.addresses(address.sid).delete)
    theirs = parent.api.v2010.accounts(number.account_sid).incoming_phone_numbers(number.sid)
    assert theirs.update(account_sid=FIRST).account_sid == FIRST
    assert client.addresses(address.sid).delete()


def test_prices_and_regions_are_read_and_set(service: Service, client: Any) -> None:
    _operator_stock(service, "+12025550188")
    number = client.incoming_phone_numbers.create(phone_number="+12025550188")
    region = client.routes.v2.phone_numbers(number.phone_number)
    assert region.update(voice_region="ie1").voice_region == "ie1"
    assert region.fetch().sid.startswith("QQ")
    trunk = client.trunking.v1.trunks.create(domain_name="sdk-region.pstn.trunkline.localhost")
    assert client.routes.v2.trunks(trunk.domain_name).fetch().voice_region == "us1"
    assert client.pricing.v2.countries.list() == []
    assert client.pricing.v2.numbers(number.phone_number).fetch().iso_country == "US"


def test_rows_144_146_validation_requests_and_usage_triggers(client: Any) -> None:
    asked = client.validation_requests.create(phone_number="+12025550189", friendly_name="Desk")
    assert (len(asked.validation_code), asked.friendly_name) == (6, "Desk")
    _refused(21454, 400, client.validation_requests.create, phone_number="+12025550189", call_delay=61)
    made = client.usage.triggers.create("https://app.example/", "+5", "trunking-termination", recurring="monthly")
    assert (made.trigger_value, made.recurring) == ("5", "monthly")
    assert [row.sid for row in client.usage.triggers.list(recurring="monthly")] == [made.sid]
    assert client.usage.triggers(made.sid).update(friendly_name="five").friendly_name == "five"
    assert client.usage.triggers(made.sid).delete()


def test_row_140_mapped_lists_are_not_deleted(client: Any) -> None:
    trunk = client.trunking.v1.trunks.create()
    users, acl = client.sip.credential_lists.create("u"), client.sip.ip_access_control_lists.create("a")
    trunk.credentials_lists.create(users.sid)
    trunk.ip_access_control_lists.create(acl.sid)
    _refused(21241, 400, users.delete)
    _refused(21236, 400, acl.delete)
    assert trunk.delete()
    assert users.delete()
    assert acl.delete()


def test_row_150_the_audit_log_is_read_by_filters_and_pages(client: Any) -> None:
    trunk = client.trunking.v1.trunks.create(friendly_name="Office")
    trunk.update(friendly_name="Annex")
    events = client.monitor.v1.events.list(resource_sid=trunk.sid, page_size=1)
    assert [event.event_type for event in events] == ["trunk.updated", "trunk.created"]
    event = client.monitor.v1.events(events[0].sid).fetch()
    assert event.event_data == {"friendly_name": {"previous": "Office", "updated": "Annex"}}
    assert event.event_date.tzinfo is not None
    assert client.monitor.v1.events.list(event_type="trunk.deleted") == []
