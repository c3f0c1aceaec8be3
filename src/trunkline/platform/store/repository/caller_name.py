"""The platform's own names of callers, one by one."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import CallerNameRow


async def find_caller_name(session: AsyncSession, sid: str) -> CallerNameRow | None:
    return await session.get(CallerNameRow, sid)


async def caller_name_by_number(session: AsyncSession, phone_number: str) -> CallerNameRow | None:
    return await session.scalar(select(CallerNameRow).where(CallerNameRow.phone_number == phone_number))


async def name_of_number(session: AsyncSession, phone_number: str) -> str | None:
    """The name alone."""
    return await session.scalar(select(CallerNameRow.name).where(CallerNameRow.phone_number == phone_number))


async def caller_names(session: AsyncSession, cut: Cut, phone_number: str | None) -> Slice[CallerNameRow]:
    order = Order(CallerNameRow.date_created, CallerNameRow.sid, by_date)
    statement = select(CallerNameRow)
    if phone_number:
        statement = statement.where(CallerNameRow.phone_number == phone_number)
    return await read_slice(session, statement, order, cut)
