"""Marked ranges of numbers, entry by entry."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import NumberRangeRow
from trunkline.platform.store.table.number_range import RangeList


async def find_range(session: AsyncSession, of: RangeList, sid: str) -> NumberRangeRow | None:
    statement = select(NumberRangeRow).where(NumberRangeRow.sid == sid, NumberRangeRow.of == of)
    return await session.scalar(statement)


async def range_by_prefix(session: AsyncSession, of: RangeList, prefix: str) -> NumberRangeRow | None:
    statement = select(NumberRangeRow).where(NumberRangeRow.of == of, NumberRangeRow.prefix == prefix)
    return await session.scalar(statement)


async def ranges_of(session: AsyncSession, of: RangeList, cut: Cut) -> Slice[NumberRangeRow]:
    order = Order(NumberRangeRow.date_created, NumberRangeRow.sid, by_date)
    return await read_slice(session, select(NumberRangeRow).where(NumberRangeRow.of == of), order, cut)


async def all_ranges(session: AsyncSession, of: RangeList) -> Iterable[NumberRangeRow]:
    return await session.scalars(select(NumberRangeRow).where(NumberRangeRow.of == of))
