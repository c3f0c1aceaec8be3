"""Credential lists with credentials, IP access control lists with addresses, and the trunks that they open."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Anchor, Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import (
    CredentialListRow,
    CredentialRow,
    IpAclRow,
    IpAddressRow,
    TrunkCredentialListRow,
    TrunkIpAclRow,
)


async def find_credential_list(session: AsyncSession, account_sid: str, sid: str) -> CredentialListRow | None:
    statement = select(CredentialListRow).where(
        CredentialListRow.sid == sid, CredentialListRow.account_sid == account_sid
    )
    return await session.scalar(statement)


async def credential_list_named(session: AsyncSession, account_sid: str, name: str) -> CredentialListRow | None:
    statement = select(CredentialListRow).where(
        CredentialListRow.account_sid == account_sid, CredentialListRow.friendly_name == name
    )
    return await session.scalar(statement)


async def count_credential_lists(session: AsyncSession, account_sid: str) -> int:
    statement = select(func.count()).select_from(CredentialListRow).where(CredentialListRow.account_sid == account_sid)
    return await session.scalar(statement) or 0


async def credential_lists_of(session: AsyncSession, account_sid: str, cut: Cut) -> Slice[CredentialListRow]:
    statement = select(CredentialListRow).where(CredentialListRow.account_sid == account_sid)
    order = Order(CredentialListRow.date_created, CredentialListRow.sid, by_date)
    return await read_slice(session, statement, order, cut)


async def credential_lists_by_sid(session: AsyncSession, sids: Collection[str]) -> dict[str, CredentialListRow]:
    rows = await session.scalars(select(CredentialListRow).where(CredentialListRow.sid.in_(sids)))
    return {row.sid: row for row in rows}


async def credential_list_is_mapped(session: AsyncSession, sid: str) -> bool:
    statement = select(TrunkCredentialListRow.trunk_sid).where(TrunkCredentialListRow.credential_list_sid == sid)
    return await session.scalar(statement.limit(1)) is not None


async def find_credential(session: AsyncSession, list_sid: str, sid: str) -> CredentialRow | None:
    statement = select(CredentialRow).where(CredentialRow.sid == sid, CredentialRow.credential_list_sid == list_sid)
    return await session.scalar(statement)


async def credential_named(session: AsyncSession, list_sid: str, username: str) -> CredentialRow | None:
    statement = select(CredentialRow).where(
        CredentialRow.credential_list_sid == list_sid, CredentialRow.username == username
    )
    return await session.scalar(statement)


async def count_credentials(session: AsyncSession, list_sid: str) -> int:
    statement = select(func.count()).select_from(CredentialRow).where(CredentialRow.credential_list_sid == list_sid)
    return await session.scalar(statement) or 0


async def credentials_of(session: AsyncSession, list_sid: str, cut: Cut) -> Slice[CredentialRow]:
    statement = select(CredentialRow).where(CredentialRow.credential_list_sid == list_sid)
    return await read_slice(session, statement, Order(CredentialRow.date_created, CredentialRow.sid, by_date), cut)


async def find_ip_acl(session: AsyncSession, account_sid: str, sid: str) -> IpAclRow | None:
    statement = select(IpAclRow).where(IpAclRow.sid == sid, IpAclRow.account_sid == account_sid)
    return await session.scalar(statement)


async def ip_acl_named(session: AsyncSession, account_sid: str, name: str) -> IpAclRow | None:
    statement = select(IpAclRow).where(IpAclRow.account_sid == account_sid, IpAclRow.friendly_name == name)
    return await session.scalar(statement)


async def count_ip_acls(session: AsyncSession, account_sid: str) -> int:
    statement = select(func.count()).select_from(IpAclRow).where(IpAclRow.account_sid == account_sid)
    return await session.scalar(statement) or 0


async def ip_acls_of(session: AsyncSession, account_sid: str, cut: Cut) -> Slice[IpAclRow]:
    statement = select(IpAclRow).where(IpAclRow.account_sid == account_sid)
    return await read_slice(session, statement, Order(IpAclRow.date_created, IpAclRow.sid, by_date), cut)


async def ip_acls_by_sid(session: AsyncSession, sids: Collection[str]) -> dict[str, IpAclRow]:
    rows = await session.scalars(select(IpAclRow).where(IpAclRow.sid.in_(sids)))
    return {row.sid: row for row in rows}


async def ip_acl_is_mapped(session: AsyncSession, sid: str) -> bool:
    statement = select(TrunkIpAclRow.trunk_sid).where(TrunkIpAclRow.ip_acl_sid == sid)
    return await session.scalar(statement.limit(1)) is not None


async def find_ip_address(session: AsyncSession, acl_sid: str, sid: str) -> IpAddressRow | None:
    statement = select(IpAddressRow).where(IpAddressRow.sid == sid, IpAddressRow.ip_acl_sid == acl_sid)
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


async def count_ip_addresses(session: AsyncSession, acl_sid: str) -> int:
    statement = select(func.count()).select_from(IpAddressRow).where(IpAddressRow.ip_acl_sid == acl_sid)
    return await session.scalar(statement) or 0


async def ip_addresses_of(session: AsyncSession, acl_sid: str, cut: Cut) -> Slice[IpAddressRow]:
    statement = select(IpAddressRow).where(IpAddressRow.ip_acl_sid == acl_sid)
    return await read_slice(session, statement, Order(IpAddressRow.date_created, IpAddressRow.sid, by_date), cut)


async def find_list_mapping(session: AsyncSession, trunk_sid: str, list_sid: str) -> TrunkCredentialListRow | None:
    return await session.get(TrunkCredentialListRow, (trunk_sid, list_sid))


async def list_mappings_of(session: AsyncSession, trunk_sid: str, cut: Cut) -> Slice[TrunkCredentialListRow]:
    table = TrunkCredentialListRow
    order = Order(
        table.date_created, table.credential_list_sid, lambda row: Anchor(row.date_created, row.credential_list_sid)
    )
    return await read_slice(session, select(table).where(table.trunk_sid == trunk_sid), order, cut)


async def find_acl_mapping(session: AsyncSession, trunk_sid: str, acl_sid: str) -> TrunkIpAclRow | None:
    return await session.get(TrunkIpAclRow, (trunk_sid, acl_sid))


async def acl_mappings_of(session: AsyncSession, trunk_sid: str, cut: Cut) -> Slice[TrunkIpAclRow]:
    table = TrunkIpAclRow
    order = Order(table.date_created, table.ip_acl_sid, lambda row: Anchor(row.date_created, row.ip_acl_sid))
    return await read_slice(session, select(table).where(table.trunk_sid == trunk_sid), order, cut)
