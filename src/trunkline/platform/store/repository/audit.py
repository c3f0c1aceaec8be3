"""Events of the audit log."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import AuditEventRow


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """None is no filter; `since` is inside its window, `until` is not."""

    account_sid: str | None = None
    actor_sid: str | None = None
    event_type: str | None = None
    resource_sid: str | None = None
    source_ip_address: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def find_event(session: AsyncSession, account_sid: str, sid: str) -> AuditEventRow | None:
    statement = select(AuditEventRow).where(AuditEventRow.sid == sid, AuditEventRow.account_sid == account_sid)
    return await session.scalar(statement)


async def find_any_event(session: AsyncSession, sid: str) -> AuditEventRow | None:
    """Whosever log it stands in."""
    return await session.get(AuditEventRow, sid)


async def events_of(session: AsyncSession, cut: Cut, wanted: AuditFilter) -> Slice[AuditEventRow]:
    statement = select(AuditEventRow)
    equals = (
        (AuditEventRow.account_sid, wanted.account_sid),
        (AuditEventRow.actor_sid, wanted.actor_sid),
        (AuditEventRow.event_type, wanted.event_type),
        (AuditEventRow.resource_sid, wanted.resource_sid),
        (AuditEventRow.source_ip_address, wanted.source_ip_address),
    )
    for column, text in equals:
        if text is not None:
            statement = statement.where(column == text)
    if wanted.since is not None:
        statement = statement.where(AuditEventRow.date_created >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditEventRow.date_created < wanted.until)
    return await read_slice(session, statement, Order(AuditEventRow.date_created, AuditEventRow.sid, by_date), cut)
