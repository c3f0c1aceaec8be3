"""Tariffs, one by one."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import TariffRow


async def find_tariff(session: AsyncSession, sid: str) -> TariffRow | None:
    return await session.get(TariffRow, sid)


async def tariff_like(
    session: AsyncSession, service: str, prefix: str, number_type: str, effective_from: datetime
) -> TariffRow | None:
    """The one for the same thing from the same moment on, of which there is one at most."""
    statement = select(TariffRow).where(
        TariffRow.service == service,
        TariffRow.prefix == prefix,
        TariffRow.number_type == number_type,
        TariffRow.effective_from == effective_from,
    )
    return await session.scalar(statement)


async def tariffs(session: AsyncSession, cut: Cut, service: str | None = None) -> Slice[TariffRow]:
    statement = select(TariffRow)
    if service is not None:
        statement = statement.where(TariffRow.service == service)
    return await read_slice(session, statement, Order(TariffRow.date_created, TariffRow.sid, by_date), cut)
