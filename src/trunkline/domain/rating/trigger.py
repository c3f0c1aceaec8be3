"""When a usage trigger fires: what it watches, and the periods in which it does so once (rest.md 3.11)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from trunkline.domain.rating.category import Category

Recurrence = Literal["daily", "monthly", "yearly", "alltime"]
BEGINNING = date(1970, 1, 1)
"""Before every charge: where the one period of a trigger that does not recur begins."""


def period_start(recurring: Recurrence | None, today: date) -> date:
    """The first day of the period that `today` is in; days are UTC."""
    match recurring:
        case "daily":
            return today
        case "monthly":
            return today.replace(day=1)
        case "yearly":
            return today.replace(month=1, day=1)
        case "alltime" | None:
            return BEGINNING


@dataclass(frozen=True, slots=True)
class Period:
    """Days in which a trigger fires once, both inside."""

    first: date
    last: date
    is_over: bool = False


_LATEST: Final = timedelta(days=2)
"""A call counts to the day on which it began, and lasts a day at most (row 91)."""


def periods_to_watch(recurring: Recurrence | None, today: date) -> tuple[Period, ...]:
    """The one that is over too, for as long as calls of it may come to their end, and the one of now."""
    now = Period(period_start(recurring, today), today)
    if now.first == BEGINNING or today - now.first > _LATEST:
        return (now,)
    last = now.first - timedelta(days=1)
    return Period(period_start(recurring, last), last, is_over=True), now


def usage_amount(category: Category, count: int, seconds: int, sell: Decimal) -> Decimal:
    """The `usage` of a record: minutes to the hundredth, money, or the count."""
    if category.usage_unit == "minutes":
        return (Decimal(seconds) / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return sell if category.usage_unit == "usd" else Decimal(count)


def watched_amount(
    by: Literal["count", "usage", "price"], category: Category, count: int, seconds: int, sell: Decimal
) -> Decimal:
    if by == "count":
        return Decimal(count)
    return sell if by == "price" else usage_amount(category, count, seconds, sell)
