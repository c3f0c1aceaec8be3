"""The official Python SDK over Trunking v1: trunks, their URLs, lists, numbers and recording (row 151)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract.refused import refused
from tests.contract.rest_service import Service
from tests.unit.service_control.house import SECOND

pytestmark = pytest.mark.interop


@pytest.mark.asks(
    "POST /v1/Trunks",
    "GET DELETE /v1/Trunks/{}",
    "GET POST /v1/Trunks/{}/Recording",
    "POST /v1/Trunks/{}/OriginationUrls",
    "POST /v1/Trunks/{}/CredentialLists",
    "POST /v1/Trunks/{}/IpAccessControlLists",
    "DELETE /v1/Trunks/{}/IpAccessControlLists/{}",
    "POST /v1/Trunks/{}/PhoneNumbers",
)
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
    trunk.credentials_lists.create(users.sid)
    trunk = client.trunking.v1.trunks(trunk.sid).fetch()
    assert trunk.auth_type == "IP_ACL,CREDENTIAL_LIST"
    assert trunk.auth_type_set == ["IP_ACL", "CREDENTIAL_LIST"]

    url = trunk.origination_urls.create(10, 20, True, "PBX", "sip:192.0.2.7:5060;transport=tcp")
    assert (url.weight, url.priority, url.enabled, url.trunk_sid) == (10, 20, True, trunk.sid)

    [bought] = service.numbers()
    number = client.incoming_phone_numbers.create(phone_number=bought)
    assert (number.friendly_name, number.trunk_sid) == (f"({bought[2:5]}) 555-{bought[8:]}", None)
    held = trunk.phone_numbers.create(number.sid)
    assert (held.sid, held.trunk_sid, held.capabilities["voice"]) == (number.sid, trunk.sid, True)
    assert client.incoming_phone_numbers(number.sid).fetch().trunk_sid == trunk.sid

    recording = trunk.recordings().update(mode="record-from-answer-dual")
    assert (recording.mode, recording.trim) == ("record-from-answer-dual", "do-not-trim")
    assert trunk.recordings().fetch().mode == "record-from-answer-dual"
    assert trunk.recordings().update(trim="trim-silence").trim == "trim-silence"
    assert trunk.recordings().update(trim="do-not-trim").mode == "record-from-answer-dual"
    assert trunk.fetch().recording == {"mode": "record-from-answer-dual", "trim": "do-not-trim"}

    assert client.trunking.v1.trunks(trunk.sid).ip_access_control_lists(acl.sid).delete()
    assert client.trunking.v1.trunks(trunk.sid).fetch().auth_type == "CREDENTIAL_LIST"
    assert client.trunking.v1.trunks(trunk.sid).delete()
    assert client.incoming_phone_numbers(number.sid).fetch().trunk_sid is None


@pytest.mark.asks("GET POST /v1/Trunks", "POST DELETE /v1/Trunks/{}")
def test_rows_130_138_every_field_of_a_trunk(client: Any) -> None:
    trunks = client.trunking.v1.trunks
    trunk = trunks.create(
        friendly_name="All", domain_name="all.pstn.trunkline.localhost", secure=True, cnam_lookup_enabled=True,
        disaster_recovery_url="https://dr.example/voice", disaster_recovery_method="GET",
        transfer_mode="enable-all", transfer_caller_id="from-transferor",
    )  # fmt: skip
    shown = (trunk.secure, trunk.cnam_lookup_enabled, trunk.disaster_recovery_method, trunk.transfer_mode)
    assert shown == (True, True, "GET", "enable-all")
    assert (trunk.transfer_caller_id, trunk.symmetric_rtp_enabled) == ("from-transferor", False)
    assert (trunk.domain_name, trunk.account_sid) == ("all.pstn.trunkline.localhost", client.account_sid)
    assert trunk.url.endswith(f"/v1/Trunks/{trunk.sid}")
    assert set(trunk.links) == {"origination_urls", "credential_lists", "ip_access_control_lists", "phone_numbers"}
    changed = trunks(trunk.sid).update(secure=False, disaster_recovery_url="", friendly_name="")
    assert (changed.secure, changed.disaster_recovery_url, changed.friendly_name) == (False, None, None)
    assert changed.transfer_mode == "enable-all"
    assert changed.date_updated > trunk.date_updated
    wanted = {
        "domain_name": "other.pstn.trunkline.localhost", "disaster_recovery_method": "POST",
        "transfer_mode": "sip-only", "transfer_caller_id": "from-transferee", "cnam_lookup_enabled": False,
    }  # fmt: skip
    changed = trunks(trunk.sid).update(**wanted)
    assert {name: getattr(changed, name) for name in wanted} == wanted
    refused(20001, 400, trunks(trunk.sid).update, transfer_mode="sometimes")
    refused(20002, 400, trunks(trunk.sid).update, friendly_name="x" * 66)
    refused(21245, 400, trunks(trunk.sid).update, domain_name="no dots")
    assert [row.sid for row in trunks.list()] == [trunk.sid]
    assert trunks(trunk.sid).delete()
    refused(20404, 404, trunks(trunk.sid).fetch)
    refused(20404, 404, trunks(trunk.sid).delete)


@pytest.mark.asks("GET POST /v1/Trunks/{}/OriginationUrls", "GET POST DELETE /v1/Trunks/{}/OriginationUrls/{}")
def test_row_133_every_operation_on_origination_urls(client: Any) -> None:
    trunk = client.trunking.v1.trunks.create()
    made = [trunk.origination_urls.create(1, place, True, f"u{place}", f"sip:192.0.2.{place}") for place in range(3)]
    urls = client.trunking.v1.trunks(trunk.sid).origination_urls
    assert [row.sid for row in urls.list(page_size=2)] == [row.sid for row in made[::-1]]
    changed = urls(made[0].sid).update(weight=7, enabled=False)
    assert (changed.weight, changed.enabled, changed.sip_url) == (7, False, "sip:192.0.2.0")
    wanted = {"friendly_name": "SBC", "priority": 65535, "sip_url": "sip:192.0.2.9;transport=tls"}
    changed = urls(made[0].sid).update(**wanted)
    assert {name: getattr(changed, name) for name in wanted} == wanted
    assert urls(made[0].sid).fetch().weight == 7
    refused(20001, 400, urls.create, 1, 1, True, "web", "http://192.0.2.1")
    refused(20001, 400, urls(made[0].sid).update, weight=65536)
    assert urls(made[0].sid).delete()
    refused(20404, 404, urls(made[0].sid).fetch)


def test_row_51_eleventh_origination_url_is_21249(client: Any) -> None:
    trunk = client.trunking.v1.trunks.create()
    for place in range(10):
        trunk.origination_urls.create(1, place, True, f"url {place}", f"sip:192.0.2.{place}")
    refused(21249, 400, trunk.origination_urls.create, 1, 10, True, "one more", "sip:192.0.2.10")


def test_row_10_taken_domain_is_21248_for_another_account_too(service: Service, client: Any) -> None:
    client.trunking.v1.trunks.create(domain_name="taken.pstn.trunkline.localhost")
    other = service.client(SECOND)
    refused(21248, 400, other.trunking.v1.trunks.create, domain_name="Taken.pstn.twilio.com")


@pytest.mark.asks(
    "GET POST /v1/Trunks/{}/CredentialLists",
    "GET DELETE /v1/Trunks/{}/CredentialLists/{}",
    "GET POST /v1/Trunks/{}/IpAccessControlLists",
    "GET DELETE /v1/Trunks/{}/IpAccessControlLists/{}",
    "GET POST /v1/Trunks/{}/PhoneNumbers",
    "GET DELETE /v1/Trunks/{}/PhoneNumbers/{}",
)
def test_rows_135_136_every_operation_on_associations(service: Service, client: Any) -> None:
    trunk = client.trunking.v1.trunks.create()
    here = client.trunking.v1.trunks(trunk.sid)
    users, acl = client.sip.credential_lists.create("u"), client.sip.ip_access_control_lists.create("a")
    number = client.incoming_phone_numbers.create(phone_number=service.numbers()[0])
    for room, sid in (
        (here.credentials_lists, users.sid),
        (here.ip_access_control_lists, acl.sid),
        (here.phone_numbers, number.sid),
    ):
        assert room.create(sid).trunk_sid == trunk.sid
        refused(21245, 400, room.create, sid)
        assert [row.sid for row in room.list()] == [sid]
        assert room(sid).fetch().sid == sid
        assert isinstance(room(sid).fetch().date_created, datetime)
        assert room(sid).delete()
        assert room.list() == []
        refused(20404, 404, room(sid).fetch)
        refused(20404, 404, room.create, sid[:2] + "0" * 32)


def test_row_140_mapped_lists_are_not_deleted(client: Any) -> None:
    trunk = client.trunking.v1.trunks.create()
    users, acl = client.sip.credential_lists.create("u"), client.sip.ip_access_control_lists.create("a")
    trunk.credentials_lists.create(users.sid)
    trunk.ip_access_control_lists.create(acl.sid)
    refused(21241, 400, users.delete)
    refused(21236, 400, acl.delete)
    assert trunk.delete()
    assert users.delete()
    assert acl.delete()
