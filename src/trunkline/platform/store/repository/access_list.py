"""Lists that trunks are opened by, and the trunks they open; credential lists and IP access control lists are alike."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from trunkline.platform.store.repository.keyset import Anchor, Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import (
    AccessListRow,
    CredentialListRow,
    IpAclRow,
    TrunkCredentialListRow,
    TrunkIpAclRow,
    TrunkListRow,
)


@dataclass(frozen=True, slots=True)
class ListTables:
    """Where the lists of one kind are kept, and the trunks that they open."""

    row: type[AccessListRow]
    mapping: type[TrunkListRow]
    list_sid: InstrumentedAttribute[str]
    """Of the mapping."""
    mapped: Callable[[str, str, datetime], TrunkListRow]
    """A mapping of a trunk and a list, made then."""

    def list_of(self, mapping: TrunkListRow) -> str:
        """The SID of the list that opens the trunk."""
        sid: str = getattr(mapping, self.list_sid.key)
        return sid


CREDENTIAL_LISTS: Final = ListTables(
    CredentialListRow,
    TrunkCredentialListRow,
    TrunkCredentialListRow.credential_list_sid,
    lambda trunk, sid, at: TrunkCredentialListRow(trunk_sid=trunk, credential_list_sid=sid, date_created=at),
)
IP_ACLS: Final = ListTables(
    IpAclRow,
    TrunkIpAclRow,
    TrunkIpAclRow.ip_acl_sid,
    lambda trunk, sid, at: TrunkIpAclRow(trunk_sid=trunk, ip_acl_sid=sid, date_created=at),
)


async def find_list(session: AsyncSession, tables: ListTables, account_sid: str, sid: str) -> AccessListRow | None:
    row = tables.row
    return await session.scalar(select(row).where(row.sid == sid, row.account_sid == account_sid))


async def list_named(session: AsyncSession, tables: ListTables, account_sid: str, name: str) -> AccessListRow | None:
    row = tables.row
    return await session.scalar(select(row).where(row.account_sid == account_sid, row.friendly_name == name))


async def count_lists(session: AsyncSession, tables: ListTables, account_sid: str) -> int:
    statement = select(func.count()).select_from(tables.row).where(tables.row.account_sid == account_sid)
    return await session.scalar(statement) or 0


async def lists_of(session: AsyncSession, tables: ListTables, account_sid: str, cut: Cut) -> Slice[AccessListRow]:
    row = tables.row
    statement = select(row).where(row.account_sid == account_sid)
    return await read_slice(session, statement, Order(row.date_created, row.sid, by_date), cut)


async def lists_by_sid(session: AsyncSession, tables: ListTables, sids: Collection[str]) -> dict[str, AccessListRow]:
    rows = await session.scalars(select(tables.row).where(tables.row.sid.in_(sids)))
    return {row.sid: row for row in rows}


async def opens_a_trunk(session: AsyncSession, tables: ListTables, sid: str) -> bool:
    statement = select(tables.mapping.trunk_sid).where(tables.list_sid == sid)
    return await session.scalar(statement.limit(1)) is not None


async def find_mapping(session: AsyncSession, tables: ListTables, trunk_sid: str, sid: str) -> TrunkListRow | None:
    return await session.get(tables.mapping, (trunk_sid, sid))


async def mappings_of(session: AsyncSession, tables: ListTables, trunk_sid: str, cut: Cut) -> Slice[TrunkListRow]:
    mapping = tables.mapping
    order = Order(
        mapping.date_created, tables.list_sid, lambda found: Anchor(found.date_created, tables.list_of(found))
    )
    return await read_slice(session, select(mapping).where(mapping.trunk_sid == trunk_sid), order, cut)
