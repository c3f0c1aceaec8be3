"""What the lists hold that trunks are opened by: credentials and addresses."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import CredentialRow, IpAddressRow


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
