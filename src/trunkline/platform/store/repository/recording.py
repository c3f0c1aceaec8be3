"""Recordings as the API lists them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import RecordingRow


@dataclass(frozen=True, slots=True)
class RecordingFilter:
    """None is no filter; `since` is inside its window, `until` is not."""

    call_sid: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    deleted_too: bool = False


async def find_recording(
    session: AsyncSession, account_sid: str, sid: str, *, deleted_too: bool = False
) -> RecordingRow | None:
    statement = select(RecordingRow).where(RecordingRow.sid == sid, RecordingRow.account_sid == account_sid)
    if not deleted_too:
        statement = statement.where(RecordingRow.deleted_at.is_(None))
    return await session.scalar(statement)


async def recordings_of(
    session: AsyncSession, account_sid: str, cut: Cut, wanted: RecordingFilter
) -> Slice[RecordingRow]:
    statement = select(RecordingRow).where(RecordingRow.account_sid == account_sid)
    if wanted.call_sid is not None:
        statement = statement.where(RecordingRow.call_sid == wanted.call_sid)
    if wanted.since is not None:
        statement = statement.where(RecordingRow.date_created >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(RecordingRow.date_created < wanted.until)
    if not wanted.deleted_too:
        statement = statement.where(RecordingRow.deleted_at.is_(None))
    return await read_slice(session, statement, Order(RecordingRow.date_created, RecordingRow.sid, by_date), cut)


async def forget_deleted(session: AsyncSession, before: datetime) -> None:
    """Drops what is known of recordings deleted before then; the caller commits."""
    await session.execute(delete(RecordingRow).where(RecordingRow.deleted_at < before))
