"""Addresses of an account, and the numbers that are tied to one."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import AddressRow, PhoneNumberRow


@dataclass(frozen=True, slots=True)
class AddressFilter:
    """None is no filter."""

    customer_name: str | None = None
    friendly_name: str | None = None
    iso_country: str | None = None
    emergency_enabled: bool | None = None


async def find_address(session: AsyncSession, account_sid: str, sid: str) -> AddressRow | None:
    return await session.scalar(select(AddressRow).where(AddressRow.sid == sid, AddressRow.account_sid == account_sid))


async def addresses_of(session: AsyncSession, account_sid: str, cut: Cut, wanted: AddressFilter) -> Slice[AddressRow]:
    statement = select(AddressRow).where(AddressRow.account_sid == account_sid)
    for name in ("customer_name", "friendly_name", "iso_country", "emergency_enabled"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(getattr(AddressRow, name) == value)
    return await read_slice(session, statement, Order(AddressRow.date_created, AddressRow.sid, by_date), cut)


async def numbers_at_address(session: AsyncSession, address: AddressRow, cut: Cut) -> Slice[PhoneNumberRow]:
    """The account's numbers that name the address, be it for emergencies only."""
    statement = select(PhoneNumberRow).where(
        PhoneNumberRow.account_sid == address.account_sid,
        or_(PhoneNumberRow.address_sid == address.sid, PhoneNumberRow.emergency_address_sid == address.sid),
    )
    order = Order(PhoneNumberRow.date_created, PhoneNumberRow.sid, by_date)
    return await read_slice(session, statement, order, cut)
