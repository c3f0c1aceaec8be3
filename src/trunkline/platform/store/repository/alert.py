"""Alerts as the debugger and the notifications list them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import AlertRow


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """None is no filter; `since` is inside its window, `until` is not."""

    log_level: str | None = None
    resource_sid: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def find_alert(session: AsyncSession, account_sid: str, sid: str) -> AlertRow | None:
    return await session.scalar(select(AlertRow).where(AlertRow.sid == sid, AlertRow.account_sid == account_sid))


async def alerts_of(session: AsyncSession, account_sid: str, cut: Cut, wanted: AlertFilter) -> Slice[AlertRow]:
    statement = select(AlertRow).where(AlertRow.account_sid == account_sid)
    if wanted.log_level is not None:
        statement = statement.where(AlertRow.log_level == wanted.log_level)
    if wanted.resource_sid is not None:
        statement = statement.where(AlertRow.resource_sid == wanted.resource_sid)
    if wanted.since is not None:
        statement = statement.where(AlertRow.date_created >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AlertRow.date_created < wanted.until)
    return await read_slice(session, statement, Order(AlertRow.date_created, AlertRow.sid, by_date), cut)
