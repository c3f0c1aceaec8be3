"""Caller IDs that wait for their code."""

from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.table import OutgoingCallerIdRow, ValidationRow


async def find_validation(session: AsyncSession, call_sid: str) -> ValidationRow | None:
    return await session.get(ValidationRow, call_sid)


async def validations_for(session: AsyncSession, account_sid: str, phone_number: str) -> list[ValidationRow]:
    statement = select(ValidationRow).where(
        ValidationRow.account_sid == account_sid, ValidationRow.phone_number == phone_number
    )
    return list(await session.scalars(statement))


async def count_validations(session: AsyncSession, account_sid: str) -> int:
    statement = select(func.count()).select_from(ValidationRow).where(ValidationRow.account_sid == account_sid)
    return await session.scalar(statement) or 0


def _due(now: datetime) -> Select[ValidationRow]:
    return select(ValidationRow).where(ValidationRow.call_at <= now, ValidationRow.expires_at > now)


async def is_validation_due(session: AsyncSession, now: datetime) -> bool:
    """Whether a number is to be called."""
    return await session.scalar(_due(now).limit(1)) is not None


async def due_validations(session: AsyncSession, now: datetime, limit: int) -> list[ValidationRow]:
    """Those whose number is to be called, held until the commit; what somebody else holds is left out."""
    due = _due(now).order_by(ValidationRow.call_at).limit(limit)
    return list(await session.scalars(due.with_for_update(skip_locked=True)))


async def validations_called_by(session: AsyncSession, caller: str) -> list[ValidationRow]:
    return list(await session.scalars(select(ValidationRow).where(ValidationRow.caller == caller)))


async def expired_validations(session: AsyncSession, now: datetime) -> list[ValidationRow]:
    return list(await session.scalars(select(ValidationRow).where(ValidationRow.expires_at <= now).limit(100)))


async def caller_id_elsewhere(session: AsyncSession, account_sid: str, phone_number: str) -> bool:
    """Whether another account has verified the number."""
    statement = select(OutgoingCallerIdRow.sid).where(
        OutgoingCallerIdRow.phone_number == phone_number, OutgoingCallerIdRow.account_sid != account_sid
    )
    return await session.scalar(statement.limit(1)) is not None
