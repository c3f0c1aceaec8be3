"""The official Python SDK over usage, its triggers, the balance and dialing permissions (row 151)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.contract.refused import list_refused, refused
from tests.contract.rest_service import Service
from tests.contract.stock import stock

pytestmark = pytest.mark.interop
CATEGORY = "trunking-termination"
OF_NOW = ("all_time", "daily", "monthly", "this_month", "today", "yearly")
ALL = ("AllTime", "Daily", "LastMonth", "Monthly", "ThisMonth", "Today", "Yearly", "Yesterday")


@pytest.mark.asks(
    "GET ~/Usage/Records.json", "GET ~/Balance.json", *(f"GET ~/Usage/Records/{name}.json" for name in ALL)
)
def test_row_146_usage_of_every_period_and_the_balance(service: Service, client: Any) -> None:
    service.run(stock(service.house, client.account_sid))
    records = client.usage.records
    for period in OF_NOW:
        found = getattr(records, period).list(category=CATEGORY, limit=400)
        assert sum(int(row.count) for row in found) == 2, period
        assert {row.category for row in found} == {CATEGORY}
    for period in ("last_month", "yesterday"):
        [row] = getattr(records, period).list(category="totalprice")
        assert (row.count, row.price) == ("0", Decimal(0))
    [record] = records.list(category=CATEGORY)
    assert (record.count, record.count_unit, record.usage, record.usage_unit) == ("2", "calls", "1.5", "minutes")
    assert (record.price_unit, record.price) == ("usd", Decimal("0.02"))
    assert (type(record.start_date), type(record.end_date)) == (date, date)
    assert set(record.subresource_uris) == {*OF_NOW, "last_month", "yesterday"}
    today = service.house.bench.wall().date()
    assert [row.count for row in records.daily.list(category=CATEGORY, start_date=today, end_date=today)] == ["2"]
    assert records.list(category="sms") == []
    assert len({row.category for row in records.list(page_size=3)}) > 10
    list_refused(20001, 400, records.list, start_date=date(2026, 2, 2), end_date=date(2026, 2, 1))
    balance = client.balance.fetch()
    assert (balance.currency, balance.account_sid) == ("USD", client.account_sid)
    assert Decimal(balance.balance) == Decimal("-0.02")


@pytest.mark.parametrize("period", ["", *OF_NOW])
def test_row_146_usage_of_days_and_of_sub_accounts(service: Service, client: Any, period: str) -> None:
    """The parent sees what its sub-account used, or only its own; days before there was any are empty."""
    service.run(stock(service.house, client.account_sid))
    parent = service.client()

    def count(asker: Any, **fields: Any) -> int:
        records = asker.usage.records
        rows = getattr(records, period).list if period else records.list
        return sum(int(row.count) for row in rows(category=CATEGORY, **fields))

    without = count(parent, include_subaccounts=False)
    assert count(parent, include_subaccounts=True) >= without + 2
    assert count(client, include_subaccounts=False) == count(client, include_subaccounts=True) == 2
    if period not in ("this_month", "today"):  # days that are not the caller's to choose
        assert count(client, start_date=date(2020, 1, 1), end_date=date(2020, 1, 31)) == 0
        assert count(client, start_date="-1days", end_date="+1days") == 2


@pytest.mark.asks("GET POST ~/Usage/Triggers.json", "GET POST DELETE ~/Usage/Triggers/{}.json")
def test_row_146_every_operation_on_triggers(service: Service, client: Any) -> None:
    service.run(stock(service.house, client.account_sid))
    triggers = client.usage.triggers
    made = triggers.create("https://app.example/", "+5", CATEGORY, recurring="monthly", friendly_name="fünf")
    assert (made.trigger_value, made.recurring, made.trigger_by, made.date_fired) == ("6.5", "monthly", "usage", None)
    assert (made.current_value, made.friendly_name, made.callback_method) == ("1.5", "fünf", "POST")
    money = triggers.create("https://app.example/", "10", "totalprice", trigger_by="price", callback_method="GET")
    assert [row.sid for row in triggers.list(page_size=1)] == [money.sid, made.sid]
    assert [row.sid for row in triggers.list(recurring="monthly")] == [made.sid]
    assert [row.sid for row in triggers.list(trigger_by="price")] == [money.sid]
    assert [row.sid for row in triggers.list(usage_category=CATEGORY)] == [made.sid]
    wanted = {"friendly_name": "five", "callback_url": "https://app.example/five", "callback_method": "GET"}
    changed = triggers(made.sid).update(**wanted)
    assert {name: getattr(changed, name) for name in wanted} == wanted
    assert triggers(made.sid).fetch().date_created == made.date_created
    refused(20001, 400, triggers.create, "https://app.example/", "+5", "sms")
    refused(20001, 400, triggers.create, "https://app.example/", "a lot", CATEGORY)
    assert triggers(made.sid).delete()
    refused(20404, 404, triggers(made.sid).fetch)


@pytest.mark.asks(
    "GET /v1/DialingPermissions/Countries",
    "GET /v1/DialingPermissions/Countries/{}",
    "GET /v1/DialingPermissions/Countries/{}/HighRiskSpecialPrefixes",
    "POST /v1/DialingPermissions/BulkCountryUpdates",
    "GET POST /v1/Settings",
)
def test_rows_35_148_dialing_permissions_and_settings(client: Any) -> None:
    permissions = client.voice.v1.dialing_permissions
    countries = permissions.countries
    assert len(countries.list(page_size=100)) > 200
    germany = countries("DE").fetch()
    assert (germany.iso_code, germany.country_codes, germany.continent) == ("DE", ["+49"], "EUROPE")
    assert set(germany.links) == {"highrisk_special_prefixes"}
    assert "GB" in [row.iso_code for row in countries.list(country_code="+44")]
    assert [row.iso_code for row in countries.list(iso_code="DE")] == ["DE"]
    assert {row.continent for row in countries.list(continent="OCEANIA")} == {"OCEANIA"}
    assert all(row.prefix for row in countries("GB").highrisk_special_prefixes.list())
    change = '[{"iso_code": "DE", "low_risk_numbers_enabled": "true", "high_risk_tollfraud_numbers_enabled": "true"}]'
    updated = permissions.bulk_country_updates.create(change)
    assert (updated.update_count, updated.update_request) == (1, "accepted")
    assert countries("DE").fetch().low_risk_numbers_enabled is True
    assert "DE" in [row.iso_code for row in countries.list(low_risk_numbers_enabled=True)]
    assert [row.iso_code for row in countries.list(high_risk_tollfraud_numbers_enabled=True)] == ["DE"]
    assert countries.list(high_risk_special_numbers_enabled=True) == []
    settings = permissions.settings()
    assert settings.update(dialing_permissions_inheritance=False).dialing_permissions_inheritance is False
    assert settings.fetch().dialing_permissions_inheritance is False
    refused(20001, 400, permissions.bulk_country_updates.create, "not JSON")
    refused(20404, 404, countries("ZZ").fetch)
