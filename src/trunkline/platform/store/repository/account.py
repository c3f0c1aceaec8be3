"""Accounts: who is calling the API."""

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import AccountRow


async def find_account(session: AsyncSession, sid: str) -> AccountRow | None:
    return await session.get(AccountRow, sid)


async def accounts_under(
    session: AsyncSession, parent_sid: str, cut: Cut, *, friendly_name: str | None, status: str | None
) -> Slice[AccountRow]:
    """The account itself and its sub-accounts."""
    family = select(AccountRow).where(or_(AccountRow.sid == parent_sid, AccountRow.parent_sid == parent_sid))
    return await _accounts(session, family, cut, friendly_name, status)


async def every_account(
    session: AsyncSession, cut: Cut, *, friendly_name: str | None, status: str | None
) -> Slice[AccountRow]:
    """Of the platform."""
    return await _accounts(session, select(AccountRow), cut, friendly_name, status)


async def _accounts(
    session: AsyncSession, statement: Select[AccountRow], cut: Cut, friendly_name: str | None, status: str | None
) -> Slice[AccountRow]:
    if friendly_name is not None:
        statement = statement.where(AccountRow.friendly_name == friendly_name)
    if status is not None:
        statement = statement.where(AccountRow.status == status)
    return await read_slice(session, statement, Order(AccountRow.date_created, AccountRow.sid, by_date), cut)
