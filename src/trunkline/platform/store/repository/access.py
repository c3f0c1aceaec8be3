"""What the lists hold that trunks are opened by: credentials and addresses, which are kept alike."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import AccessEntryRow, CredentialRow, IpAddressRow

R = TypeVar("R", bound=AccessEntryRow)


@dataclass(frozen=True, slots=True)
class EntryTable(Generic[R]):
    """Where the entries of one kind of list are kept."""

    row: type[R]
    list_sid: InstrumentedAttribute[str]


CREDENTIALS: Final = EntryTable(CredentialRow, CredentialRow.credential_list_sid)
IP_ADDRESSES: Final = EntryTable(IpAddressRow, IpAddressRow.ip_acl_sid)


async def find_entry(
    session: AsyncSession, table: EntryTable[R], account_sid: str, list_sid: str, sid: str
) -> R | None:
    row = table.row
    return await session.scalar(
        select(row).where(row.sid == sid, table.list_sid == list_sid, row.account_sid == account_sid)
    )


async def count_entries(session: AsyncSession, table: EntryTable[R], list_sid: str) -> int:
    statement = select(func.count()).select_from(table.row).where(table.list_sid == list_sid)
    return await session.scalar(statement) or 0


async def entries_of(session: AsyncSession, table: EntryTable[R], list_sid: str, cut: Cut) -> Slice[R]:
    row = table.row
    statement = select(row).where(table.list_sid == list_sid)
    return await read_slice(session, statement, Order(row.date_created, row.sid, by_date), cut)


async def credential_named(session: AsyncSession, list_sid: str, username: str) -> CredentialRow | None:
    statement = select(CredentialRow).where(
        CredentialRow.credential_list_sid == list_sid, CredentialRow.username == username
    )
    return await session.scalar(statement)


async def ip_address_covering(
    session: AsyncSession, acl_sid: str, ip_address: str, cidr_prefix_length: int
) -> IpAddressRow | None:
    """The entry for exactly this network."""
    statement = select(IpAddressRow).where(
        IpAddressRow.ip_acl_sid == acl_sid,
        IpAddressRow.ip_address == ip_address,
        IpAddressRow.cidr_prefix_length == cidr_prefix_length,
    )
    return await session.scalar(statement)
