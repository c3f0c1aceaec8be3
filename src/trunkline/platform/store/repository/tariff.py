"""Tariffs, one by one."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import TariffRow

TariffKey = tuple[str, str, str, datetime]
"""Service, prefix, number type or "", and from when on."""


async def find_tariff(session: AsyncSession, sid: str) -> TariffRow | None:
    return await session.get(TariffRow, sid)


async def tariffs_like(session: AsyncSession, keys: Collection[TariffKey]) -> dict[TariffKey, TariffRow]:
    """Those for the same things from the same moments on, of which there is one each at most."""
    services, prefixes = {key[0] for key in keys}, {key[1] for key in keys}
    # What SQLite looks up in the index; it would read the whole table for a list of whole keys.
    near = await session.scalars(
        select(TariffRow).where(TariffRow.service.in_(services), TariffRow.prefix.in_(prefixes))
    )
    found = {(row.service, row.prefix, row.number_type, row.effective_from): row for row in near}
    return {key: found[key] for key in keys if key in found}


async def tariffs(session: AsyncSession, cut: Cut, service: str | None = None) -> Slice[TariffRow]:
    statement = select(TariffRow)
    if service is not None:
        statement = statement.where(TariffRow.service == service)
    return await read_slice(session, statement, Order(TariffRow.date_created, TariffRow.sid, by_date), cut)
