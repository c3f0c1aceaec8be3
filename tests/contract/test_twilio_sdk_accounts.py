"""The official Python SDK over accounts, keys, addresses and what of them may log in (row 151)."""

from datetime import datetime
from typing import Any

import pytest

from tests.contract.refused import list_refused, refused
from tests.contract.rest_service import Service
from tests.unit.service_control.house import FIRST, SECOND, SUB

pytestmark = pytest.mark.interop
HOME = ("Example", "1 Example Street", "Bonn", "NW", "53113", "DE")


@pytest.mark.asks("GET POST /2010-04-01/Accounts.json", "GET POST /2010-04-01/Accounts/{}.json")
def test_row_14_sub_accounts_are_made_suspended_opened_and_closed(service: Service) -> None:
    client = service.client()
    accounts = client.api.v2010.accounts
    made = accounts.create(friendly_name="Branch office")
    assert (made.status, made.type, made.owner_account_sid) == ("active", "Full", client.account_sid)
    assert isinstance(made.date_created, datetime)
    assert {"calls", "incoming_phone_numbers", "sip", "usage"} <= set(made.subresource_uris)
    assert accounts(made.sid).fetch().auth_token == made.auth_token
    assert [row.sid for row in accounts.list(friendly_name="Branch office")] == [made.sid]
    child = service.client(made.sid, made.auth_token)
    assert child.api.v2010.account.fetch().owner_account_sid == FIRST
    assert child.api.v2010.account.update(friendly_name="Annex").friendly_name == "Annex"
    refused(20001, 400, child.api.v2010.account.update, status="closed")
    assert accounts(made.sid).update(status="suspended").status == "suspended"
    refused(20005, 403, child.trunking.v1.trunks.create)
    list_refused(20005, 403, child.calls.list)
    assert accounts(made.sid).update(status="active").status == "active"
    assert child.calls.list() == []
    assert accounts(made.sid).update(status="closed").status == "closed"
    assert made.sid in [row.sid for row in accounts.list(status="closed")]
    refused(20001, 400, accounts(made.sid).update, status="active")
    refused(20404, 404, accounts("AC" + "9" * 32).fetch)
    refused(20404, 404, accounts(SECOND).fetch)


def test_row_14_parent_acts_for_sub_account_by_path(service: Service) -> None:
    parent = service.client(FIRST, account_sid=SUB)
    created = parent.sip.credential_lists.create("made by the parent")
    assert created.account_sid == SUB
    child = service.client(SUB)
    assert created.sid in [row.sid for row in child.sip.credential_lists.list()]
    refused(20003, 403, service.client(SUB, account_sid=FIRST).sip.credential_lists.create, "not mine")
    list_refused(20003, 403, service.client(SECOND, account_sid=SUB).sip.credential_lists.list)


def test_row_128_wrong_credentials_are_20003(service: Service) -> None:
    for client in (
        service.client(FIRST, "wrong"),
        service.client("AC" + "9" * 32, "first-token"),
        service.client("SK" + "9" * 32, "secret", FIRST),
    ):
        refused(20003, 401, client.trunking.v1.trunks.create)
        refused(20003, 401, client.balance.fetch)
        list_refused(20003, 401, client.trunking.v1.trunks.list)
        list_refused(20003, 401, client.calls.list)
    assert service.asked[-1].headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'


@pytest.mark.asks("GET POST ~/Keys.json", "GET POST DELETE ~/Keys/{}.json")
def test_row_147_every_operation_on_keys(service: Service, client: Any) -> None:
    _lives_and_dies(service, client, client.new_keys.create, client.keys)


@pytest.mark.asks("GET POST ~/SigningKeys.json", "GET POST DELETE ~/SigningKeys/{}.json")
def test_row_147_every_operation_on_signing_keys(service: Service, client: Any) -> None:
    _lives_and_dies(service, client, client.new_signing_keys.create, client.signing_keys)


def _lives_and_dies(service: Service, client: Any, create: Any, keys: Any) -> None:
    """Row 128: a key logs in for everything but accounts and keys, for its own account, until it is deleted."""
    key = create(friendly_name="CI")
    by_key = service.client(key.sid, key.secret, client.account_sid)
    trunk = by_key.trunking.v1.trunks.create(friendly_name="by key")
    assert client.trunking.v1.trunks(trunk.sid).fetch().friendly_name == "by key"
    assert by_key.calls.list() == []
    assert keys(key.sid).update(friendly_name="build").friendly_name == "build"
    assert [(row.sid, row.friendly_name) for row in keys.list()] == [(key.sid, "build")]
    fetched = keys(key.sid).fetch()
    assert fetched.sid == key.sid
    assert isinstance(fetched.date_updated, datetime)
    assert not hasattr(fetched, "secret")
    refused(20003, 401, by_key.new_keys.create)
    refused(20003, 401, by_key.api.v2010.accounts.create)
    refused(20003, 401, service.client(key.sid, "not it", client.account_sid).balance.fetch)
    list_refused(20003, 403, service.client(key.sid, key.secret, SECOND).calls.list)
    assert keys(key.sid).delete()
    refused(20003, 401, by_key.trunking.v1.trunks.create)
    refused(20404, 404, keys(key.sid).fetch)


@pytest.mark.asks(
    "GET POST ~/Addresses.json", "GET POST DELETE ~/Addresses/{}.json", "GET ~/Addresses/{}/DependentPhoneNumbers.json"
)
def test_row_143_every_operation_on_addresses(service: Service, client: Any) -> None:
    addresses = client.addresses
    address = addresses.create(*HOME, friendly_name="Office", street_secondary="2nd floor")
    assert (address.postal_code, address.iso_country, address.street_secondary) == ("53113", "DE", "2nd floor")
    assert (address.validated, address.verified, address.emergency_enabled) == (True, False, False)
    assert isinstance(address.date_created, datetime)
    other = addresses.create("Sample", "1 Example Road", "Springfield", "OR", "97477", "US")
    assert [row.sid for row in addresses.list(iso_country="DE")] == [address.sid]
    assert [row.sid for row in addresses.list(customer_name="Sample")] == [other.sid]
    assert [row.sid for row in addresses.list(friendly_name="Office")] == [address.sid]
    assert addresses.list(emergency_enabled=True) == []
    changed = addresses(address.sid).update(city="Köln", customer_name="Beispiel")
    assert (changed.city, changed.customer_name, changed.street) == ("Köln", "Beispiel", "1 Example Street")
    assert addresses(address.sid).fetch().city == "Köln"
    moved = {
        "friendly_name": "HQ", "street": "9 Example Road", "street_secondary": "", "region": "BY",
        "postal_code": "80331",
    }  # fmt: skip
    changed = addresses(address.sid).update(**moved, emergency_enabled=True, auto_correct_address=False)
    assert {name: getattr(changed, name) or "" for name in moved} == moved
    assert changed.emergency_enabled is True
    assert [row.sid for row in addresses.list(emergency_enabled=True)] == [address.sid]
    prompt = addresses.create(*HOME, emergency_enabled=True, auto_correct_address=False)
    assert (prompt.emergency_enabled, prompt.delete()) == (True, True)
    refused(21628, 400, addresses.create, "Example", "", "Bonn", "NW", "53113", "DE")
    refused(21630, 400, addresses.create, "Example", "1 Example Street", "Bonn", "NW", "no code", "DE")
    [free] = service.numbers()
    number = client.incoming_phone_numbers.create(phone_number=free, address_sid=address.sid)
    dependent = addresses(address.sid).dependent_phone_numbers.list()
    assert [(row.sid, row.phone_number) for row in dependent] == [(number.sid, free)]
    assert isinstance(dependent[0].date_created, datetime)
    refused(20409, 409, addresses(address.sid).delete)
    theirs = service.client().api.v2010.accounts(client.account_sid).incoming_phone_numbers(number.sid)
    assert theirs.update(account_sid=FIRST).account_sid == FIRST
    assert addresses(address.sid).delete()
    refused(20404, 404, addresses(address.sid).fetch)
