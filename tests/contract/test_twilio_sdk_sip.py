"""The official Python SDK over credential lists and IP access control lists (row 151)."""

from datetime import datetime
from typing import Any

import pytest

from tests.contract.refused import refused

pytestmark = pytest.mark.interop


@pytest.mark.asks(
    "GET POST ~/SIP/CredentialLists.json",
    "GET POST DELETE ~/SIP/CredentialLists/{}.json",
    "GET POST ~/SIP/CredentialLists/{}/Credentials.json",
    "GET POST DELETE ~/SIP/CredentialLists/{}/Credentials/{}.json",
)
def test_row_137_every_operation_on_credential_lists(client: Any) -> None:
    lists = client.sip.credential_lists
    users = lists.create("users")
    assert lists(users.sid).update("people").friendly_name == "people"
    assert lists(users.sid).fetch().date_created == users.date_created
    assert set(users.subresource_uris) == {"credentials"}
    credentials = lists(users.sid).credentials
    made = credentials.create("pbx", "Correct-Horse-1")
    assert isinstance(made.date_created, datetime)
    assert not hasattr(made, "password")
    assert credentials(made.sid).update(password="Correct-Horse-2").username == "pbx"
    assert credentials(made.sid).fetch().credential_list_sid == users.sid
    refused(21243, 400, credentials.create, "a b", "Correct-Horse-1")
    refused(21243, 400, credentials.create, "weak", "password")
    refused(21240, 400, credentials.create, "pbx", "Correct-Horse-1")
    assert [row.sid for row in credentials.list()] == [made.sid]
    assert [row.friendly_name for row in lists.list()] == ["people"]
    assert credentials(made.sid).delete()
    refused(20404, 404, credentials(made.sid).fetch)
    assert lists(users.sid).delete()
    refused(20404, 404, lists(users.sid).fetch)


@pytest.mark.asks(
    "GET POST ~/SIP/IpAccessControlLists.json",
    "GET POST DELETE ~/SIP/IpAccessControlLists/{}.json",
    "GET POST ~/SIP/IpAccessControlLists/{}/IpAddresses.json",
    "GET POST DELETE ~/SIP/IpAccessControlLists/{}/IpAddresses/{}.json",
)
def test_row_141_every_operation_on_ip_access_control_lists(client: Any) -> None:
    lists = client.sip.ip_access_control_lists
    acl = lists.create("addresses")
    assert lists(acl.sid).update("sites").friendly_name == "sites"
    assert lists(acl.sid).fetch().sid == acl.sid
    addresses = lists(acl.sid).ip_addresses
    one = addresses.create("SBC", "192.0.2.1")
    assert (one.cidr_prefix_length, one.ip_access_control_list_sid) == (32, acl.sid)
    changed = addresses(one.sid).update(ip_address="192.0.2.9", friendly_name="new", cidr_prefix_length=30)
    assert (changed.ip_address, changed.cidr_prefix_length) == ("192.0.2.8", 30)
    assert addresses(one.sid).fetch().friendly_name == "new"
    refused(21235, 400, addresses.create, "no address", "192.0.2.256")
    assert [row.sid for row in addresses.list()] == [one.sid]
    assert [row.sid for row in lists.list()] == [acl.sid]
    assert addresses(one.sid).delete()
    assert lists(acl.sid).delete()
    refused(20404, 404, addresses.create, "SBC", "192.0.2.1")
