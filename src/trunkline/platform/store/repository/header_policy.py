"""Header manipulation policies, and which trunks use them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import HeaderPolicyRow, TrunkHeaderPolicyRow
from trunkline.platform.store.table.header_policy import PolicyDirection


@dataclass(frozen=True, slots=True)
class TrunkPolicies:
    """The SIDs of one trunk's policies."""

    termination: str | None
    origination: str | None


async def find_header_policy(session: AsyncSession, owners: Collection[str], sid: str) -> HeaderPolicyRow | None:
    """The policy if it belongs to one of these accounts."""
    statement = select(HeaderPolicyRow).where(HeaderPolicyRow.sid == sid, HeaderPolicyRow.account_sid.in_(owners))
    return await session.scalar(statement)


async def count_header_policies(session: AsyncSession, account_sid: str) -> int:
    statement = select(func.count()).select_from(HeaderPolicyRow).where(HeaderPolicyRow.account_sid == account_sid)
    return await session.scalar(statement) or 0


async def header_policies_of(session: AsyncSession, account_sid: str, cut: Cut) -> Slice[HeaderPolicyRow]:
    statement = select(HeaderPolicyRow).where(HeaderPolicyRow.account_sid == account_sid)
    return await read_slice(session, statement, Order(HeaderPolicyRow.date_created, HeaderPolicyRow.sid, by_date), cut)


async def header_policy_is_used(session: AsyncSession, sid: str) -> bool:
    """By any trunk of any account."""
    statement = select(TrunkHeaderPolicyRow.trunk_sid).where(TrunkHeaderPolicyRow.policy_sid == sid)
    return await session.scalar(statement.limit(1)) is not None


async def policies_of_trunk(session: AsyncSession, trunk_sid: str) -> TrunkPolicies:
    rows = await session.scalars(select(TrunkHeaderPolicyRow).where(TrunkHeaderPolicyRow.trunk_sid == trunk_sid))
    by_direction = {row.direction: row.policy_sid for row in rows}
    return TrunkPolicies(by_direction.get("termination"), by_direction.get("origination"))


async def put_trunk_policy(
    session: AsyncSession, trunk_sid: str, direction: PolicyDirection, policy_sid: str | None
) -> None:
    """Give a trunk its one policy of a direction, or take it away."""
    row = await session.get(TrunkHeaderPolicyRow, (trunk_sid, direction))
    if row is None and policy_sid is not None:
        session.add(TrunkHeaderPolicyRow(trunk_sid=trunk_sid, direction=direction, policy_sid=policy_sid))
    elif row is not None and policy_sid is None:
        await session.delete(row)
    elif row is not None and policy_sid is not None:
        row.policy_sid = policy_sid
