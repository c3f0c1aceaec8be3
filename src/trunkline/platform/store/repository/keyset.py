"""Keyset paging: newest first, cut by the date and SID of a row already seen, never by counting rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnExpressionArgument, Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a row stands in its list."""

    at: datetime
    sid: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Which piece of a list is wanted: rows older than `after`, or newer than `before`, or from `offset` on."""

    limit: int
    after: Anchor | None = None
    before: Anchor | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """A piece of a list, newest first; `newer` and `older` say whether there is more on either side."""

    rows: Sequence[T]
    first: Anchor | None
    last: Anchor | None
    newer: bool
    older: bool


@dataclass(frozen=True, slots=True)
class Order:
    """The two columns that order a list, and how to read them off a row of it."""

    at: InstrumentedAttribute[datetime]
    sid: InstrumentedAttribute[str]
    key: Callable[[Any], Anchor]


def by_date(row: Any) -> Anchor:
    """The anchor of a row that has `date_created` and `sid`."""
    return Anchor(row.date_created, row.sid)


async def read_slice(session: AsyncSession, statement: Select[T], order: Order, cut: Cut) -> Slice[T]:
    """One page of `statement`: reads one row more than asked for, to know whether the list goes on."""
    place = tuple_(order.at, order.sid)
    backwards = cut.before is not None
    if cut.after is not None:
        statement = statement.where(place < _position(order, cut.after))
    if cut.before is not None:
        statement = statement.where(place > _position(order, cut.before))
    if backwards:
        statement = statement.order_by(order.at.asc(), order.sid.asc())
    else:
        statement = statement.order_by(order.at.desc(), order.sid.desc())
    found = (await session.scalars(statement.limit(cut.limit + 1).offset(cut.offset or None))).unique().all()
    rows, more = list(found[: cut.limit]), len(found) > cut.limit
    if backwards:
        rows.reverse()
    return Slice(
        rows=rows,
        first=order.key(rows[0]) if rows else None,
        last=order.key(rows[-1]) if rows else None,
        newer=more if backwards else cut.after is not None or cut.offset > 0,
        older=True if backwards else more,
    )


def _position(order: Order, anchor: Anchor) -> ColumnExpressionArgument[Any]:
    """The anchor as a row value, typed by the columns so that dates are bound as they are stored."""
    return tuple_(anchor.at, anchor.sid, types=[order.at.type, order.sid.type])
