"""Daily usage, added up over accounts and days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.table import AccountRow, UsageDayRow


@dataclass(frozen=True, slots=True)
class UsageSum:
    """`day` is None in a sum over all days; `seconds` are billed ones."""

    category: str
    day: date | None
    count: int
    seconds: int
    sell: Decimal
    buy: Decimal


async def usage_of(
    session: AsyncSession,
    accounts: Sequence[str],
    first: date,
    last: date,
    *,
    category: str | None = None,
    by_day: bool = False,
) -> list[UsageSum]:
    """What the accounts used from `first` to `last`, both inside, by category, and by day where that is asked for."""
    day, total = UsageDayRow.day, UsageDayRow.category
    keys = (total, day) if by_day else (total,)
    sums = [func.sum(column) for column in (UsageDayRow.count, UsageDayRow.seconds)]
    money = [func.sum(column) for column in (UsageDayRow.sell, UsageDayRow.buy)]
    statement = select(*keys, *sums, *money).where(UsageDayRow.account_sid.in_(accounts), day >= first, day <= last)
    if category is not None:
        statement = statement.where(total == category)
    found = await session.execute(statement.group_by(*keys).order_by(*reversed(keys)))
    if by_day:
        return [UsageSum(row[0], row[1], int(row[2]), int(row[3]), row[4], row[5]) for row in found]
    return [UsageSum(row[0], None, int(row[1]), int(row[2]), row[3], row[4]) for row in found]


async def spent(session: AsyncSession, account_sid: str) -> Decimal:
    """What an account has been charged in all, and those below it that have no credit of their own: they spend its."""
    payer = or_(AccountRow.sid == account_sid, and_(AccountRow.parent_sid == account_sid, AccountRow.credit.is_(None)))
    statement = select(func.sum(UsageDayRow.sell)).where(
        UsageDayRow.account_sid.in_(select(AccountRow.sid).where(payer)), UsageDayRow.category == "totalprice"
    )
    return await session.scalar(statement) or Decimal(0)


async def account_and_below(session: AsyncSession, account_sid: str) -> list[str]:
    """SIDs of an account and of its sub-accounts."""
    statement = select(AccountRow.sid).where(or_(AccountRow.sid == account_sid, AccountRow.parent_sid == account_sid))
    return list(await session.scalars(statement))
