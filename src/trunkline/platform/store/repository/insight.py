"""Calls as Voice Insights lists them, their attempts and alerts, and what customers said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, String, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Anchor, Cut, Order, Slice, read_slice
from trunkline.platform.store.table import AlertRow, CallAnnotationRow, CallAttemptRow, CallRow

NOT_ENDED: Final = datetime.fromisoformat("2200-01-01T00:00:00Z")
"""Where a live call stands among the ends of calls."""
_MOST_ALERTS: Final = 100


@dataclass(frozen=True, slots=True)
class SummaryFilter:
    """None is no filter; the window is on start or end, as the list is ordered."""

    since: datetime
    until: datetime
    by_end: bool = False
    from_number: str | None = None
    to_number: str | None = None
    direction: str | None = None
    status: str | None = None
    answered_by: str | None = None
    connectivity_issue: str | None = None
    quality_issue: str | None = None
    spam: bool | None = None
    call_score: int | None = None

    @property
    def is_of_annotations(self) -> bool:
        said = (self.answered_by, self.connectivity_issue, self.quality_issue, self.spam, self.call_score)
        return any(word is not None for word in said)


def by_start(row: CallRow) -> Anchor:
    return Anchor(row.start_time or row.invited_at, row.sid)


def by_end(row: CallRow) -> Anchor:
    return Anchor(row.released_at or NOT_ENDED, row.sid)


async def summaries_of(session: AsyncSession, account_sid: str, cut: Cut, wanted: SummaryFilter) -> Slice[CallRow]:
    at = CallRow.released_at if wanted.by_end else CallRow.start_time
    statement = select(CallRow).where(CallRow.account_sid == account_sid, at >= wanted.since, at < wanted.until)
    equals = (
        (CallRow.from_number, wanted.from_number),
        (CallRow.to_number, wanted.to_number),
        (CallRow.direction, wanted.direction),
        (CallRow.status, wanted.status),
    )
    for column, text in equals:
        if text is not None:
            statement = statement.where(column == text)
    if wanted.is_of_annotations:
        statement = statement.where(CallRow.sid.in_(_annotated(account_sid, wanted)))
    order = Order(at, CallRow.sid, by_end if wanted.by_end else by_start)  # type: ignore[arg-type]  # none is NULL here
    return await read_slice(session, statement, order, cut)


def _annotated(account_sid: str, wanted: SummaryFilter) -> Select[str]:
    statement = select(CallAnnotationRow.call_sid).where(CallAnnotationRow.account_sid == account_sid)
    said = (
        (CallAnnotationRow.answered_by, wanted.answered_by),
        (CallAnnotationRow.connectivity_issue, wanted.connectivity_issue),
        (CallAnnotationRow.spam, wanted.spam),
        (CallAnnotationRow.call_score, wanted.call_score),
    )
    for column, word in said:
        if word is not None:
            statement = statement.where(column == word)
    if wanted.quality_issue is not None:
        # Every issue is a word of its own between quotes, and all of them are known.
        text = cast(CallAnnotationRow.quality_issues, String)
        statement = statement.where(text.contains(f'"{wanted.quality_issue}"', autoescape=True))
    return statement


async def annotations_of(session: AsyncSession, account_sid: str, sids: Sequence[str]) -> dict[str, CallAnnotationRow]:
    """By call."""
    statement = select(CallAnnotationRow).where(
        CallAnnotationRow.account_sid == account_sid, CallAnnotationRow.call_sid.in_(sids)
    )
    return {row.call_sid: row for row in await session.scalars(statement)}


async def attempts_of(session: AsyncSession, call_sid: str) -> list[CallAttemptRow]:
    statement = select(CallAttemptRow).where(CallAttemptRow.call_sid == call_sid).order_by(CallAttemptRow.position)
    return list(await session.scalars(statement))


async def alerts_about(session: AsyncSession, account_sid: str, call_sid: str) -> list[AlertRow]:
    """The first hundred."""
    statement = select(AlertRow).where(AlertRow.resource_sid == call_sid, AlertRow.account_sid == account_sid)
    return list(await session.scalars(statement.order_by(AlertRow.date_created).limit(_MOST_ALERTS)))
