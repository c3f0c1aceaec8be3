"""Trunks and their origination URLs."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import OriginationUrlRow, TrunkCredentialListRow, TrunkIpAclRow, TrunkRow


@dataclass(frozen=True, slots=True)
class TrunkFilter:
    """None is no filter (row 13). Names and origination URIs are found by any part of them, in any case."""

    account_sid: str | None = None
    sid: str | None = None
    friendly_name: str | None = None
    domain_key: str | None = None
    """The canonical domain, whole."""
    domain_part: str | None = None
    sip_url: str | None = None


async def find_trunk(session: AsyncSession, account_sid: str, sid: str) -> TrunkRow | None:
    """The trunk if it is the account's."""
    statement = select(TrunkRow).where(TrunkRow.sid == sid, TrunkRow.account_sid == account_sid)
    return await session.scalar(statement)


async def find_any_trunk(session: AsyncSession, sid: str) -> TrunkRow | None:
    """The trunk, whoever's it is."""
    return await session.get(TrunkRow, sid)


async def trunk_with_domain(session: AsyncSession, domain_key: str) -> TrunkRow | None:
    """Whoever's it is: domains are unique over all accounts (row 10)."""
    return await session.scalar(select(TrunkRow).where(TrunkRow.domain_key == domain_key))


async def has_sub_domains(session: AsyncSession, domain_key: str) -> bool:
    """Whether any trunk's domain lies below `domain_key`."""
    below = TrunkRow.domain_key.endswith("." + domain_key, autoescape=True)
    return await session.scalar(select(TrunkRow.sid).where(below).limit(1)) is not None


async def count_trunks(session: AsyncSession, account_sid: str) -> int:
    statement = select(func.count()).select_from(TrunkRow).where(TrunkRow.account_sid == account_sid)
    return await session.scalar(statement) or 0


async def trunks_of(session: AsyncSession, account_sid: str, cut: Cut) -> Slice[TrunkRow]:
    statement = select(TrunkRow).where(TrunkRow.account_sid == account_sid)
    return await read_slice(session, statement, Order(TrunkRow.date_created, TrunkRow.sid, by_date), cut)


async def trunks_found(session: AsyncSession, cut: Cut, wanted: TrunkFilter) -> Slice[TrunkRow]:
    """Of every account unless the filter names one."""
    statement = select(TrunkRow)
    if wanted.account_sid is not None:
        statement = statement.where(TrunkRow.account_sid == wanted.account_sid)
    if wanted.sid is not None:
        statement = statement.where(TrunkRow.sid == wanted.sid)
    if wanted.friendly_name is not None:
        statement = statement.where(TrunkRow.friendly_name.icontains(wanted.friendly_name, autoescape=True))
    if wanted.domain_key is not None:
        statement = statement.where(TrunkRow.domain_key == wanted.domain_key)
    if wanted.domain_part is not None:
        statement = statement.where(TrunkRow.domain_key.icontains(wanted.domain_part, autoescape=True))
    if wanted.sip_url is not None:
        found = OriginationUrlRow.sip_url.icontains(wanted.sip_url, autoescape=True)
        statement = statement.where(TrunkRow.sid.in_(select(OriginationUrlRow.trunk_sid).where(found)))
    return await read_slice(session, statement, Order(TrunkRow.date_created, TrunkRow.sid, by_date), cut)


async def auth_types(session: AsyncSession, trunk_sids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """`auth_type_set` of each trunk, in the order that the real API shows: IP_ACL, then CREDENTIAL_LIST (row 12)."""
    acls = await session.scalars(
        select(TrunkIpAclRow.trunk_sid).where(TrunkIpAclRow.trunk_sid.in_(trunk_sids)).distinct()
    )
    lists = await session.scalars(
        select(TrunkCredentialListRow.trunk_sid).where(TrunkCredentialListRow.trunk_sid.in_(trunk_sids)).distinct()
    )
    found: dict[str, tuple[str, ...]] = dict.fromkeys(trunk_sids, ())
    for sid in acls:
        found[sid] += ("IP_ACL",)
    for sid in lists:
        found[sid] += ("CREDENTIAL_LIST",)
    return found


async def find_origination_url(session: AsyncSession, trunk_sid: str, sid: str) -> OriginationUrlRow | None:
    statement = select(OriginationUrlRow).where(OriginationUrlRow.sid == sid, OriginationUrlRow.trunk_sid == trunk_sid)
    return await session.scalar(statement)


async def count_origination_urls(session: AsyncSession, trunk_sid: str) -> int:
    statement = select(func.count()).select_from(OriginationUrlRow).where(OriginationUrlRow.trunk_sid == trunk_sid)
    return await session.scalar(statement) or 0


async def origination_urls_of(session: AsyncSession, trunk_sid: str, cut: Cut) -> Slice[OriginationUrlRow]:
    statement = select(OriginationUrlRow).where(OriginationUrlRow.trunk_sid == trunk_sid)
    order = Order(OriginationUrlRow.date_created, OriginationUrlRow.sid, by_date)
    return await read_slice(session, statement, order, cut)
