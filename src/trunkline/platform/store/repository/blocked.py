"""The block list, entry by entry."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import BlockedDestinationRow


async def find_blocked(session: AsyncSession, sid: str) -> BlockedDestinationRow | None:
    return await session.get(BlockedDestinationRow, sid)


async def blocked_by_prefix(session: AsyncSession, prefix: str) -> BlockedDestinationRow | None:
    statement = select(BlockedDestinationRow).where(BlockedDestinationRow.prefix == prefix)
    return await session.scalar(statement)


async def blocked_destinations(session: AsyncSession, cut: Cut) -> Slice[BlockedDestinationRow]:
    order = Order(BlockedDestinationRow.date_created, BlockedDestinationRow.sid, by_date)
    return await read_slice(session, select(BlockedDestinationRow), order, cut)
