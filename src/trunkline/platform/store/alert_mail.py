"""Alerts that wait to be told by mail: each is written with its alert, one mail tells of all that wait (row 126)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.or_nothing import insert_or_nothing
from trunkline.platform.store.table import AccountRow, AlertMailingRow, AlertMailRow, AlertRow

CLAIM: Final = timedelta(seconds=60)
"""How long whoever took a mail out may be busy with it before somebody else tries."""
MOST_LISTED: Final = 20
"""Alerts that a mail shows; of more it tells how many."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """One mail that is due: all of an account's alerts that wait, the oldest of them with text."""

    account_sid: str
    account_name: str
    email: str
    alerts: int
    listed: tuple[AlertRow, ...]
    attempts: int
    """This one included."""


async def take_due_mail(session: AsyncSession, now: datetime, limit: int) -> list[Mailing]:
    """Mails that are due, counted as tried once more and put off, so that a crash delays them and loses none."""
    sids = await _with_due_alerts(session, now, limit)
    if not sids:
        return []
    fresh = [{"account_sid": sid, "next_at": now, "attempts": 0} for sid in sids]
    await session.execute(insert_or_nothing(AlertMailingRow, session.get_bind().dialect.name), fresh)
    ready = select(AlertMailingRow).where(AlertMailingRow.account_sid.in_(sids), AlertMailingRow.next_at <= now)
    taken = list(await session.scalars(ready.with_for_update(skip_locked=True)))
    for row in taken:
        row.next_at, row.attempts = now + CLAIM, row.attempts + 1
    found = [(row, await session.get(AccountRow, row.account_sid)) for row in taken]
    return [
        await _claimed(session, account, account.alert_email, row.attempts)
        for row, account in found
        if account is not None and account.alert_email is not None
    ]


async def settle_mail(session: AsyncSession, account_sid: str, next_at: datetime, *, done: bool) -> None:
    """When the account may have its next mail; `done`: what the one under way tells of waits no longer."""
    changed = {"next_at": next_at} | ({"attempts": 0} if done else {})
    await session.execute(
        update(AlertMailingRow).where(AlertMailingRow.account_sid == account_sid).values(**changed),
        execution_options={"synchronize_session": False},
    )
    if done:
        claimed = delete(AlertMailRow).where(AlertMailRow.account_sid == account_sid, AlertMailRow.claimed)
        await session.execute(claimed, execution_options={"synchronize_session": False})


async def forget_mail_of(session: AsyncSession, account_sid: str) -> None:
    """What waits for an account that wants no mail any more."""
    waiting = delete(AlertMailRow).where(AlertMailRow.account_sid == account_sid)
    await session.execute(waiting, execution_options={"synchronize_session": False})


async def forget_unmailed(session: AsyncSession, before: datetime) -> None:
    """What could not be mailed for so long that nobody wants to read it, as where mail is switched off."""
    await session.execute(delete(AlertMailRow).where(AlertMailRow.date_created < before))


async def _with_due_alerts(session: AsyncSession, now: datetime, limit: int) -> list[str]:
    """Accounts with an address, of which something waits and that have had no mail for long enough."""
    statement = (
        select(AlertMailRow.account_sid)
        .join(AccountRow, AccountRow.sid == AlertMailRow.account_sid)
        .outerjoin(AlertMailingRow, AlertMailingRow.account_sid == AlertMailRow.account_sid)
        .where(AccountRow.alert_email.is_not(None))
        .where(or_(AlertMailingRow.next_at.is_(None), AlertMailingRow.next_at <= now))
    )
    return list(await session.scalars(statement.distinct().limit(limit)))


async def _claimed(session: AsyncSession, account: AccountRow, email: str, attempts: int) -> Mailing:
    of_account = AlertMailRow.account_sid == account.sid
    claim = update(AlertMailRow).where(of_account).values(claimed=True)
    await session.execute(claim, execution_options={"synchronize_session": False})
    alerts = await session.scalar(select(func.count()).select_from(AlertMailRow).where(of_account)) or 0
    oldest = (
        select(AlertRow)
        .join(AlertMailRow, AlertMailRow.alert_sid == AlertRow.sid)
        .where(of_account)
        .order_by(AlertRow.date_created, AlertRow.sid)
        .limit(MOST_LISTED)
    )
    listed = tuple(await session.scalars(oldest))
    return Mailing(account.sid, account.friendly_name, email, alerts, listed, attempts)
