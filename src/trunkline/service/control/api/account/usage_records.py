"""`~/Usage/Records` and its eight periods (row 146; rest.md 3.11)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, BeforeValidator, StringConstraints, WithJsonSchema
from starlette.responses import JSONResponse

from trunkline.domain.rating.category import CATEGORIES, Category
from trunkline.domain.rating.trigger import usage_amount
from trunkline.platform.store.repository.usage import UsageSum, account_and_below, usage_of
from trunkline.platform.store.table import AccountRow
from trunkline.platform.store.usage_watch import plain
from trunkline.service.control.api import wire_date
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Flag
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.query import Query, query_of
from trunkline.service.control.provisioning.refusal import invalid

router = APIRouter()
_PATH = "/2010-04-01/Accounts/{account_sid}/Usage/Records"
_OFFSET = re.compile(r"([+-]\d{1,5})days?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both inside."""

    first: date
    last: date


class UsageRecordBody(BaseModel):
    account_sid: str
    api_version: str = "2010-04-01"
    as_of: str
    category: str
    count: str
    count_unit: str
    description: str
    end_date: date
    price: str
    """Text, as the published examples have it: of a number the Python SDK makes the Decimal of its binary fraction."""
    price_unit: str = "usd"
    start_date: date
    subresource_uris: dict[str, str]
    uri: str
    usage: str
    usage_unit: str


def _whole(span: Span, _day: date) -> Span:
    return span


def _day_of(_span: Span, day: date) -> Span:
    return Span(day, day)


def _month_of(span: Span, day: date) -> Span:
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Span(max(span.first, day.replace(day=1)), min(span.last, following - timedelta(days=1)))


def _year_of(span: Span, day: date) -> Span:
    return Span(max(span.first, date(day.year, 1, 1)), min(span.last, date(day.year, 12, 31)))


def _this_month(today: date) -> Span:
    return Span(today.replace(day=1), today)


def _last_month(today: date) -> Span:
    last = today.replace(day=1) - timedelta(days=1)
    return Span(last.replace(day=1), last)


def _yesterday(today: date) -> Span:
    return Span(today - timedelta(days=1), today - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Period:
    """`name` ends the path; `fixed` gives the days of one that is not the caller's choice, `part` cuts into pieces."""

    key: str
    name: str
    fixed: Callable[[date], Span] | None = None
    part: Callable[[Span, date], Span] = _whole


PERIODS: Final = (
    Period("records", ""),
    Period("all_time", "/AllTime"),
    Period("daily", "/Daily", part=_day_of),
    Period("last_month", "/LastMonth", _last_month),
    Period("monthly", "/Monthly", part=_month_of),
    Period("this_month", "/ThisMonth", _this_month),
    Period("today", "/Today", lambda today: Span(today, today)),
    Period("yearly", "/Yearly", part=_year_of),
    Period("yesterday", "/Yesterday", _yesterday),
)


def _day(text: str) -> date | timedelta:
    """`YYYY-MM-DD`, or days from today such as `-30days`; ValueError for anything else."""
    offset = _OFFSET.match(text)
    try:
        return timedelta(days=int(offset[1])) if offset else wire_date.day(text)
    except ValueError:
        raise ValueError("must be YYYY-MM-DD or an offset such as -30days") from None


_DAY: Final = {"type": "string", "anyOf": [{"format": "date"}, {"pattern": r"^[+-]\d{1,5}days?$"}]}
Day = Annotated[date | timedelta | None, BeforeValidator(_day), WithJsonSchema(_DAY)]


CategoryName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
"""Of any product: nothing is ever counted under those of products that are not sold here."""


class UsageQuery(Query):
    category: CategoryName | None = None
    start_date: Day = None
    end_date: Day = None
    include_subaccounts: Flag = True


def _on(name: str, day: date | timedelta, today: date) -> date:
    try:
        return today + day if isinstance(day, timedelta) else day
    except OverflowError:
        raise invalid(name, "is beyond the calendar") from None


def _span(asked: UsageQuery, period: Period, account: AccountRow, today: date) -> Span:
    if period.fixed is not None:
        return period.fixed(today)
    first, last = asked.start_date, asked.end_date
    begin = None if first is None else _on("StartDate", first, today)
    end = None if last is None else _on("EndDate", last, today)
    if begin is not None and end is not None and begin > end:
        raise invalid("StartDate", "must not be after EndDate")
    # A bound that was not named gives way to the one that was.
    end = end or max(today, begin or today)
    return Span(begin or min(account.date_created.date(), end), end)


def _folded(sums: Iterable[UsageSum], period: Period, span: Span) -> dict[tuple[str, Span], UsageSum]:
    """The sums of the pieces that the period cuts its days into, newest piece first."""
    pieces: dict[tuple[str, Span], UsageSum] = {}
    for one in sums:
        piece = period.part(span, one.day) if one.day is not None else span
        key = (one.category, piece)
        so_far = pieces.get(key)
        pieces[key] = one if so_far is None else _added(so_far, one)
    return dict(sorted(pieces.items(), key=lambda item: (item[0][1].first, item[0][0]), reverse=True))


def _added(one: UsageSum, other: UsageSum) -> UsageSum:
    return UsageSum(
        one.category, None, one.count + other.count, one.seconds + other.seconds,
        one.sell + other.sell, one.buy + other.buy,
    )  # fmt: skip


def _amount(category: Category, total: UsageSum) -> str:
    """The `usage`: minutes to the second, money, or the count."""
    return format(usage_amount(category, total.count, total.seconds, total.sell).normalize(), "f")


def _body(
    account_sid: str, period: Period, category: Category, span: Span, total: UsageSum, as_of: datetime
) -> UsageRecordBody:
    """Its own address asks for the same days; the other periods have days of their own."""
    root, ask = f"/2010-04-01/Accounts/{account_sid}/Usage/Records", f".json?Category={category.name}"
    return UsageRecordBody(
        account_sid=account_sid,
        as_of=as_of.isoformat(timespec="seconds"),
        category=category.name,
        count=str(total.count),
        count_unit=category.count_unit,
        description=category.description,
        end_date=span.last,
        price=plain(total.sell),
        start_date=span.first,
        subresource_uris={other.key: f"{root}{other.name}{ask}" for other in PERIODS if other.name},
        uri=f"{root}{period.name}{ask}&StartDate={span.first}&EndDate={span.last}",
        usage=_amount(category, total),
        usage_unit=category.usage_unit,
    )


async def _list(period: Period, asked: UsageQuery, account: AccountRow, control: Context, page: Page) -> JSONResponse:
    now, wanted = control.bench.wall(), asked.category
    span = _span(asked, period, account, now.date())
    async with control.bench.store.reading() as session:
        accounts = await account_and_below(session, account.sid) if asked.include_subaccounts else [account.sid]
        by_day = period.part is not _whole
        sums = await usage_of(session, accounts, span.first, span.last, category=wanted, by_day=by_day)
    pieces = _folded(sums, period, span)
    if not by_day:  # one record for each category, used or not
        for name in CATEGORIES if wanted is None else [wanted]:
            pieces.setdefault((name, span), UsageSum(name, None, 0, 0, Decimal(0), Decimal(0)))
    bodies = [
        _body(account.sid, period, CATEGORIES[name], piece, total, now)
        for (name, piece), total in pieces.items()
        if name in CATEGORIES
    ]
    return _LIST.page_of_all(page, bodies)


_LIST = FlatList("usage_records", UsageRecordBody)


def _route(period: Period) -> None:
    async def read(
        account: Acting, control: Context, page: Page, asked: Annotated[UsageQuery, Depends(query_of(UsageQuery))]
    ) -> JSONResponse:
        return await _list(period, asked, account, control, page)

    path, name = f"{_PATH}{period.name}.json", f"usage_records_{period.key}"
    router.add_api_route(path, read, methods=["GET"], name=name, response_model=_LIST.model)


for _period in PERIODS:
    _route(_period)
