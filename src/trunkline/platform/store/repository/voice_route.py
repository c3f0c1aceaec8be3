"""The region of a trunk or a number."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.table import PhoneNumberRow, VoiceRouteRow


async def find_voice_route(session: AsyncSession, account_sid: str, target_sid: str) -> VoiceRouteRow | None:
    return await session.scalar(
        select(VoiceRouteRow).where(VoiceRouteRow.account_sid == account_sid, VoiceRouteRow.target_sid == target_sid)
    )


async def number_named(session: AsyncSession, account_sid: str, phone_number: str) -> PhoneNumberRow | None:
    """The number if the account has it."""
    return await session.scalar(
        select(PhoneNumberRow).where(
            PhoneNumberRow.phone_number == phone_number, PhoneNumberRow.account_sid == account_sid
        )
    )


async def forget_voice_route(session: AsyncSession, target_sid: str) -> None:
    """What is no more, or somebody else's now, has no region."""
    with session.no_autoflush:
        rows = await session.scalars(select(VoiceRouteRow).where(VoiceRouteRow.target_sid == target_sid))
    for row in rows:
        await session.delete(row)
