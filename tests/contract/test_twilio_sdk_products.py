"""The official Python SDK over every resource that is served, beside what `test_twilio_sdk` does (row 151)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException

from tests.contract.rest_service import Service
from tests.contract.stock import BEGAN, CALLS, stock

NUMBERS = ("+12025550150", "+12025550151")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("sdk")) as running:
        yield running


@pytest.fixture
def client(service: Service) -> Any:
    return service.client_of_its_own()


def _refused(code: int, status: int, call: Any, *args: Any, **fields: Any) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as caught:
        call(*args, **fields)
    assert (caught.value.code, caught.value.status) == (code, status)
    return caught.value


def test_row_133_every_operation_on_origination_urls(client: Any) -> None:
    trunk = client.trunking.v1.trunks.create()
    made = [trunk.origination_urls.create(1, place, True, f"u{place}", f"sip:192.0.2.{place}") for place in range(3)]
    urls = client.trunking.v1.trunks(trunk.sid).origination_urls
    assert [row.sid for row in urls.list(page_size=2)] == [row.sid for row in made[::-1]]
    changed = urls(made[0].sid).update(weight=7, enabled=False)
    assert (changed.weight, changed.enabled, changed.sip_url) == (7, False, "sip:192.0.2.0")
    assert urls(made[0].sid).fetch().weight == 7
    assert urls(made[0].sid).delete()
    _refused(20404, 404, urls(made[0].sid).fetch)


def test_rows_135_136_every_operation_on_associations(service: Service, client: Any) -> None:
    service.run(stock(service.house, client.account_sid, "+12025550140"))
    trunk = client.trunking.v1.trunks.create()
    here = client.trunking.v1.trunks(trunk.sid)
    users, acl = client.sip.credential_lists.create("u"), client.sip.ip_access_control_lists.create("a")
    number = client.incoming_phone_numbers.create(phone_number="+12025550140")
    for room, sid in (
        (here.credentials_lists, users.sid),
        (here.ip_access_control_lists, acl.sid),
        (here.phone_numbers, number.sid),
    ):
        assert room.create(sid).trunk_sid == trunk.sid
        assert [row.sid for row in room.list()] == [sid]
        assert room(sid).fetch().sid == sid
        assert isinstance(room(sid).fetch().date_created, datetime)
        assert room(sid).delete()
        assert room.list() == []
        _refused(20404, 404, room(sid).fetch)


def test_rows_130_138_every_operation_on_trunks_and_recording(client: Any) -> None:
    trunks = client.trunking.v1.trunks
    trunk = trunks.create(
        friendly_name="All", domain_name="all.pstn.trunkline.localhost", secure=True, cnam_lookup_enabled=True,
        disaster_recovery_url="https://dr.example/voice", disaster_recovery_method="GET",
        transfer_mode="enable-all", transfer_caller_id="from-transferor",
    )  # fmt: skip
    shown = (trunk.secure, trunk.cnam_lookup_enabled, trunk.disaster_recovery_method, trunk.transfer_mode)
    assert shown == (True, True, "GET", "enable-all")
    assert set(trunk.links) == {"origination_urls", "credential_lists", "ip_access_control_lists", "phone_numbers"}
    changed = trunks(trunk.sid).update(secure=False, disaster_recovery_url="")
    assert (changed.secure, changed.disaster_recovery_url, changed.transfer_mode) == (False, None, "enable-all")
    _refused(20001, 400, trunks(trunk.sid).update, transfer_mode="sometimes")
    assert trunks(trunk.sid).recordings().fetch().mode == "do-not-record"
    assert trunks(trunk.sid).recordings().update(trim="trim-silence").trim == "trim-silence"
    assert trunks(trunk.sid).delete()
    _refused(20404, 404, trunks(trunk.sid).fetch)


def test_rows_137_141_every_operation_on_sip_lists(client: Any) -> None:
    users = client.sip.credential_lists.create("users")
    assert client.sip.credential_lists(users.sid).update("people").friendly_name == "people"
    credentials = client.sip.credential_lists(users.sid).credentials
    made = credentials.create("pbx", "Correct-Horse-1")
    assert credentials(made.sid).update(password="Correct-Horse-2").username == "pbx"
    assert credentials(made.sid).fetch().credential_list_sid == users.sid
    _refused(21243, 400, credentials.create, "a b", "Correct-Horse-1")
    assert [row.sid for row in credentials.list()] == [made.sid]
    assert credentials(made.sid).delete()
    acl = client.sip.ip_access_control_lists.create("addresses")
    assert client.sip.ip_access_control_lists(acl.sid).update("sites").friendly_name == "sites"
    addresses = client.sip.ip_access_control_lists(acl.sid).ip_addresses
    one = addresses.create("SBC", "192.0.2.1")
    assert addresses(one.sid).update(ip_address="192.0.2.9", friendly_name="new").ip_address == "192.0.2.9"
    assert addresses(one.sid).fetch().friendly_name == "new"
    assert [row.sid for row in addresses.list()] == [one.sid]
    assert addresses(one.sid).delete()
    assert client.sip.ip_access_control_lists(acl.sid).delete()
    assert client.sip.credential_lists(users.sid).delete()


def test_row_14_accounts_are_made_listed_and_closed(service: Service) -> None:
    client = service.client()
    made = client.api.v2010.accounts.create(friendly_name="Branch office")
    assert (made.status, made.type, made.owner_account_sid) == ("active", "Full", client.account_sid)
    assert [row.sid for row in client.api.v2010.accounts.list(friendly_name="Branch office")] == [made.sid]
    assert client.api.v2010.accounts(made.sid).update(status="suspended").status == "suspended"
    _refused(20005, 403, service.client(made.sid, made.auth_token).trunking.v1.trunks.create)
    assert client.api.v2010.accounts(made.sid).update(status="closed").status == "closed"
    assert made.sid in [row.sid for row in client.api.v2010.accounts.list(status="closed")]


@pytest.mark.parametrize("room", ["keys", "signing_keys"])
def test_row_128_a_key_logs_in_until_it_is_deleted(service: Service, client: Any, room: str) -> None:
    create = client.new_keys.create if room == "keys" else client.new_signing_keys.create
    key = create(friendly_name="CI")
    by_key = service.client(key.sid, key.secret, client.account_sid)
    trunk = by_key.trunking.v1.trunks.create(friendly_name="by key")
    assert client.trunking.v1.trunks(trunk.sid).fetch().friendly_name == "by key"
    assert by_key.calls.list() == []
    keys = getattr(client, room)
    assert keys(key.sid).update(friendly_name="build").friendly_name == "build"
    assert key.sid in [row.sid for row in keys.list()]
    assert keys(key.sid).fetch().sid == key.sid
    _refused(20003, 401, by_key.new_keys.create)
    assert keys(key.sid).delete()
    _refused(20003, 401, by_key.trunking.v1.trunks.create)


def test_row_145_calls_are_listed_filtered_paged_and_deleted(service: Service, client: Any) -> None:
    sids = service.run(stock(service.house, client.account_sid))
    assert [row.sid for row in client.calls.list(page_size=2)] == sids[::-1]
    assert [row.sid for row in client.calls.list(limit=3)] == sids[: CALLS - 4 : -1]
    assert [row.sid for row in client.calls.list(limit=4, page_size=1)] == sids[:0:-1]
    first = client.calls(sids[0]).fetch()
    assert (first.start_time, first.end_time) == (BEGAN, BEGAN + timedelta(seconds=15))
    assert (first.duration, first.price, first.price_unit, first.status) == ("15", "-0.01000", "USD", "completed")
    assert first.direction == "trunking-terminating"
    assert [row.sid for row in client.calls.list(to="+442079460003")] == [sids[3]]
    assert [row.sid for row in client.calls.list(start_time_after=BEGAN + timedelta(days=1))] == []
    assert len(client.calls.list(start_time_after=BEGAN, start_time_before=BEGAN + timedelta(days=1))) == CALLS
    _refused(21220, 400, lambda: client.calls(sids[0]).update(status="completed"))
    assert client.calls(sids[0]).delete()
    _refused(20404, 404, client.calls(sids[0]).fetch)
    # A list that is refused raises the plainer class, with the whole answer in its words.
    with pytest.raises(TwilioException, match="20001"):
        client.calls.list(status="sometimes")
    with pytest.raises(TwilioException, match="20007"):
        client.calls.page(page_size=1001)


def test_rows_149_150_alerts_and_notifications(service: Service, client: Any) -> None:
    sids = service.run(stock(service.house, client.account_sid))
    [alert] = client.monitor.v1.alerts.list(log_level="error")
    assert (alert.error_code, alert.resource_sid, alert.date_created) == ("32011", sids[0], BEGAN)
    assert client.monitor.v1.alerts(alert.sid).fetch().alert_text
    assert client.monitor.v1.alerts.list(log_level="warning") == []
    [notification] = client.notifications.list()
    assert (notification.sid, notification.call_sid, notification.error_code) == (alert.sid, sids[0], "32011")
    assert client.notifications(alert.sid).fetch().message_date == BEGAN
    assert [row.sid for row in client.calls(sids[0]).notifications.list()] == [alert.sid]
    assert client.calls(sids[0]).notifications(alert.sid).fetch().sid == alert.sid
    _refused(20404, 404, client.calls(sids[1]).notifications(alert.sid).fetch)


def test_row_146_usage_of_every_period_and_the_balance(service: Service, client: Any) -> None:
    service.run(stock(service.house, client.account_sid))
    today = datetime.now(UTC).date()
    records = client.usage.records
    for period in ("all_time", "daily", "monthly", "this_month", "today", "yearly"):
        found = getattr(records, period).list(category="trunking-termination", limit=400)
        assert sum(int(row.count) for row in found) in (0, 2), period
    [record] = records.all_time.list(category="trunking-termination")
    assert (record.count, record.price_unit, float(record.price)) == ("2", "usd", 0.02)
    assert isinstance(record.start_date, type(today))
    for period in ("last_month", "yesterday"):
        assert len(getattr(records, period).list(category="totalprice")) == 1
    assert client.balance.fetch().currency == "USD"


def test_rows_142_143_numbers_and_caller_ids(service: Service, client: Any) -> None:
    service.run(stock(service.house, client.account_sid, *NUMBERS))
    one = client.incoming_phone_numbers.local.create(phone_number=NUMBERS[0])
    two = client.incoming_phone_numbers.create(phone_number=NUMBERS[1])
    assert [row.sid for row in client.incoming_phone_numbers.list(page_size=1)] == [two.sid, one.sid]
    assert [row.sid for row in client.incoming_phone_numbers.list(phone_number=NUMBERS[0])] == [one.sid]
    assert [row.sid for row in client.incoming_phone_numbers.toll_free.list()] == []
    assert client.incoming_phone_numbers(one.sid).update(friendly_name="Desk").friendly_name == "Desk"
    assert client.incoming_phone_numbers(one.sid).delete()
    [caller_id] = client.outgoing_caller_ids.list(phone_number="+442079460000")
    assert client.outgoing_caller_ids(caller_id.sid).fetch().friendly_name == "Desk"
    assert client.outgoing_caller_ids(caller_id.sid).update(friendly_name="Front").friendly_name == "Front"
    assert client.outgoing_caller_ids(caller_id.sid).delete()
    assert client.outgoing_caller_ids.list() == []


def test_row_35_dialing_permissions_and_settings(client: Any) -> None:
    permissions = client.voice.v1.dialing_permissions
    countries = permissions.countries.list(page_size=100)
    assert len(countries) > 200
    germany = permissions.countries("DE").fetch()
    assert (germany.iso_code, germany.country_codes) == ("DE", ["+49"])
    assert permissions.countries("GB").highrisk_special_prefixes.list() is not None
    change = '[{"iso_code": "DE", "low_risk_numbers_enabled": "false"}]'
    assert permissions.bulk_country_updates.create(change).update_count == 1
    assert permissions.countries("DE").fetch().low_risk_numbers_enabled is False
    assert "DE" in [row.iso_code for row in permissions.countries.list(low_risk_numbers_enabled=False)]
    assert permissions.settings().update(dialing_permissions_inheritance=False).dialing_permissions_inheritance is False
    assert permissions.settings().fetch().dialing_permissions_inheritance is False
    _refused(20404, 404, permissions.countries("ZZ").fetch)


def test_row_129_errors_carry_what_the_sdk_shows(client: Any) -> None:
    fault = _refused(20001, 400, client.trunking.v1.trunks.create, disaster_recovery_method="PUT")
    assert "DisasterRecoveryMethod" in fault.msg
    assert fault.method == "POST"
    assert fault.uri.endswith("/Trunks")
