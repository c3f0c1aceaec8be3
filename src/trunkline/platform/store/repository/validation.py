"""Caller IDs that wait for their code."""

from datetime import datetime

from sqlalchemy import func, select
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


async def expired_validations(session: AsyncSession, now: datetime) -> list[ValidationRow]:
    return list(await session.scalars(select(ValidationRow).where(ValidationRow.expires_at <= now).limit(100)))


async def caller_id_elsewhere(session: AsyncSession, account_sid: str, phone_number: str) -> bool:
    """Whether another account has verified the number."""
    statement = select(OutgoingCallerIdRow.sid).where(
        OutgoingCallerIdRow.phone_number == phone_number, OutgoingCallerIdRow.account_sid != account_sid
    )
    return await session.scalar(statement.limit(1)) is not None
