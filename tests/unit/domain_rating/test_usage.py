"""Usage by day and category (row 146)."""

from datetime import date
from decimal import Decimal

from trunkline.domain.rating.charge import Charge
from trunkline.domain.rating.tariff import Service
from trunkline.domain.rating.usage import Usage, UsageKey, add_up

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
CALL = Charge(Service.ORIGINATION, "trunking-origination-local", 60, Decimal("0.0034"), Decimal("0.001"))


def test_row_146_a_category_adds_to_those_above_it() -> None:
    sums = add_up([("AC1", MONDAY, CALL), ("AC1", MONDAY, CALL)])
    twice = Usage(2, 120, Decimal("0.0068"), Decimal("0.002"))
    assert sums == {
        UsageKey("AC1", MONDAY, category): twice
        for category in ("trunking-origination-local", "trunking-origination", "totalprice")
    }


def test_row_146_days_and_accounts_are_apart() -> None:
    sums = add_up([("AC1", MONDAY, CALL), ("AC1", TUESDAY, CALL), ("AC2", MONDAY, CALL)])
    assert {(key.account_sid, key.day): usage.count for key, usage in sums.items() if key.category == "totalprice"} == {
        ("AC1", MONDAY): 1,
        ("AC1", TUESDAY): 1,
        ("AC2", MONDAY): 1,
    }
