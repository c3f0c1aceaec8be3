"""Callbacks that wait to be taken: each is written with what it tells of, and goes when it was told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.table import CallbackRow

CLAIM: Final = timedelta(seconds=60)
"""How long whoever took a callback out may be busy with it before somebody else tries."""


async def take_due_callbacks(session: AsyncSession, now: datetime, limit: int) -> list[CallbackRow]:
    """Those that are due, counted as tried once more and put off, so that a crash delays them and loses none."""
    due = select(CallbackRow).where(CallbackRow.due_at <= now).order_by(CallbackRow.due_at).limit(limit)
    rows = list(await session.scalars(due.with_for_update(skip_locked=True)))
    for row in rows:
        row.due_at, row.attempts = now + CLAIM, row.attempts + 1
    return rows


async def settle_callbacks(session: AsyncSession, due_again: Mapping[str, datetime | None]) -> None:
    """By SID: when to try again, None for one that is done with."""
    for row in await session.scalars(select(CallbackRow).where(CallbackRow.sid.in_(due_again))):
        again = due_again[row.sid]
        if again is None:
            await session.delete(row)
        else:
            row.due_at = again
