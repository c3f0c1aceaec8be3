"""Usage triggers."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import UsageTriggerRow


@dataclass(frozen=True, slots=True)
class TriggerFilter:
    """None is no filter."""

    recurring: str | None = None
    """`alltime` finds those that were made without a period too: they are the same."""
    trigger_by: str | None = None
    usage_category: str | None = None


async def find_trigger(session: AsyncSession, account_sid: str, sid: str) -> UsageTriggerRow | None:
    statement = select(UsageTriggerRow).where(UsageTriggerRow.sid == sid, UsageTriggerRow.account_sid == account_sid)
    return await session.scalar(statement)


async def hold_trigger(session: AsyncSession, sid: str) -> UsageTriggerRow | None:
    """The trigger, which nobody else fires until the commit."""
    return await session.scalar(select(UsageTriggerRow).where(UsageTriggerRow.sid == sid).with_for_update())


async def triggers_of(
    session: AsyncSession, account_sid: str, cut: Cut, wanted: TriggerFilter
) -> Slice[UsageTriggerRow]:
    statement = select(UsageTriggerRow).where(UsageTriggerRow.account_sid == account_sid)
    recurring = UsageTriggerRow.recurring
    if wanted.recurring == "alltime":
        statement = statement.where(or_(recurring == "alltime", recurring.is_(None)))
    elif wanted.recurring is not None:
        statement = statement.where(recurring == wanted.recurring)
    for name in ("trigger_by", "usage_category"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(getattr(UsageTriggerRow, name) == value)
    return await read_slice(session, statement, Order(UsageTriggerRow.date_created, UsageTriggerRow.sid, by_date), cut)


async def triggers_that_may_fire(session: AsyncSession) -> list[UsageTriggerRow]:
    """Those that have not fired, and those that fire anew in each period."""
    anew = UsageTriggerRow.recurring.in_(("daily", "monthly", "yearly"))
    return list(await session.scalars(select(UsageTriggerRow).where(or_(UsageTriggerRow.fired_in.is_(None), anew))))
