"""Usage: what an account has used, added up by day and category as it happens.

A year is the sum of its days, so it reads as fast however many calls it has. Every category adds to those above it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from trunkline.domain.rating.charge import Charge

TOTAL_PRICE: Final = "totalprice"

ABOVE: Final[dict[str, tuple[str, ...]]] = {
    "trunking-origination-local": ("trunking-origination",),
    "trunking-origination-mobile": ("trunking-origination",),
    "trunking-origination-tollfree": ("trunking-origination",),
    "phonenumbers-local": ("phonenumbers",),
    "phonenumbers-mobile": ("phonenumbers",),
    "phonenumbers-tollfree": ("phonenumbers",),
}
"""The categories that one is part of, beside `totalprice`."""


@dataclass(frozen=True, slots=True)
class UsageKey:
    account_sid: str
    day: date
    """UTC."""
    category: str


@dataclass(slots=True)
class Usage:
    """`seconds` are billed ones; `count` the calls, look-ups or months."""

    count: int = 0
    seconds: int = 0
    sell: Decimal = Decimal(0)
    buy: Decimal = Decimal(0)


def add_up(charges: Iterable[tuple[str, date, Charge]]) -> dict[UsageKey, Usage]:
    """The sum of charges, each with its account and day."""
    sums: dict[UsageKey, Usage] = {}
    for account_sid, day, charge in charges:
        for category in (charge.category, *ABOVE.get(charge.category, ()), TOTAL_PRICE):
            usage = sums.setdefault(UsageKey(account_sid, day, category), Usage())
            usage.count += 1
            usage.seconds += charge.seconds
            usage.sell += charge.sell
            usage.buy += charge.buy
    return sums
