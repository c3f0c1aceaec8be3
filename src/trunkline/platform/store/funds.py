"""Credit that is used up: noted on the account, whose calls are refused until it is topped up (sip.md 3.2)."""

from collections import defaultdict
from decimal import Decimal

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.engine import Store
from trunkline.platform.store.table import AccountRow, UsageDayRow


async def settle_funds(store: Store) -> int:
    """Look at every account that has a credit; how many have run out of it, or have some again, since the last look.

    A sub-account without a credit of its own spends its parent's.
    """
    async with store.reading() as session:
        changed = await _changed(session)
    if not changed:
        return 0
    async with store.writing() as session:
        changed = await _changed(session)
        for sid, is_out in changed.items():
            row = await session.get(AccountRow, sid)
            if row is not None:
                row.out_of_funds = is_out
        await session.commit()
    return len(changed)


async def _changed(session: AsyncSession) -> dict[str, bool]:
    """By SID of an account whose note is no longer true: whether its credit is used up."""
    watched = select(AccountRow.sid, AccountRow.credit, AccountRow.out_of_funds).where(
        or_(AccountRow.credit.is_not(None), AccountRow.out_of_funds)
    )
    rows = (await session.execute(watched)).all()
    if not rows:
        return {}
    spent: defaultdict[str, Decimal] = defaultdict(Decimal)
    for payer, sell in await session.execute(spent_of_credit()):
        spent[payer] += sell
    is_out = {row.sid: row.credit is not None and spent[row.sid] >= row.credit for row in rows}
    return {row.sid: is_out[row.sid] for row in rows if row.out_of_funds != is_out[row.sid]}


def spent_of_credit() -> Select[str, Decimal]:
    """Who pays, and what one of those that it pays for was charged: only their totals are read, by the index."""
    with_credit = select(AccountRow.sid).where(AccountRow.credit.is_not(None))
    pays = or_(AccountRow.credit.is_not(None), AccountRow.parent_sid.in_(with_credit))
    total = (
        select(UsageDayRow.account_sid, func.sum(UsageDayRow.sell).label("sell"))
        .where(UsageDayRow.category == "totalprice", UsageDayRow.account_sid.in_(select(AccountRow.sid).where(pays)))
        .group_by(UsageDayRow.account_sid)
        .subquery()
    )
    payer = case((AccountRow.credit.is_not(None), AccountRow.sid), else_=AccountRow.parent_sid)
    return select(payer, total.c.sell).join(total, total.c.account_sid == AccountRow.sid)
