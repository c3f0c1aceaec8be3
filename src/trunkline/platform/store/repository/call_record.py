"""Call records as the API lists them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import CallAnnotationRow, CallAttemptRow, CallRow


@dataclass(frozen=True, slots=True)
class CallFilter:
    """None is no filter; `since` is inside its window, `until` is not."""

    to_number: str | None = None
    from_number: str | None = None
    parent_call_sid: str | None = None
    status: str | None = None
    started_since: datetime | None = None
    started_until: datetime | None = None
    ended_since: datetime | None = None
    ended_until: datetime | None = None


def _no_earlier(moment: datetime) -> datetime:
    """When a call that started or ended at `moment` was created at the earliest.

    A call lasts 24 hours at most (row 91); a second day leaves room for its set-up.
    """
    try:
        return moment - timedelta(days=2)
    except OverflowError:
        return moment


async def find_call(session: AsyncSession, account_sid: str, sid: str) -> CallRow | None:
    return await session.scalar(select(CallRow).where(CallRow.sid == sid, CallRow.account_sid == account_sid))


async def hold_call(session: AsyncSession, account_sid: str, sid: str) -> CallRow | None:
    """The call, which nobody else rates or deletes until the commit."""
    statement = select(CallRow).where(CallRow.sid == sid, CallRow.account_sid == account_sid)
    return await session.scalar(statement.with_for_update())


async def delete_call_record(session: AsyncSession, row: CallRow) -> None:
    """The record, its attempts and its annotation; the caller commits."""
    await session.execute(delete(CallAttemptRow).where(CallAttemptRow.call_sid == row.sid))
    await session.execute(delete(CallAnnotationRow).where(CallAnnotationRow.call_sid == row.sid))
    await session.execute(delete(CallRow).where(CallRow.sid == row.sid))


async def calls_of(session: AsyncSession, account_sid: str, cut: Cut, wanted: CallFilter) -> Slice[CallRow]:
    statement = select(CallRow).where(CallRow.account_sid == account_sid)
    equals = (
        (CallRow.to_number, wanted.to_number),
        (CallRow.from_number, wanted.from_number),
        (CallRow.parent_call_sid, wanted.parent_call_sid),
        (CallRow.status, wanted.status),
    )
    for text_column, text in equals:
        if text is not None:
            statement = statement.where(text_column == text)
    windows = (
        (CallRow.start_time, wanted.started_since, wanted.started_until),
        (CallRow.released_at, wanted.ended_since, wanted.ended_until),
    )
    for column, since, until in windows:
        # The bounds on date_created say nothing new: they let the index that orders the list skip what cannot match.
        if since is not None:
            statement = statement.where(column >= since, CallRow.date_created >= _no_earlier(since))
        if until is not None:
            statement = statement.where(column < until, CallRow.date_created < until)
    return await read_slice(session, statement, Order(CallRow.date_created, CallRow.sid, by_date), cut)
