"""API keys of an account."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import ApiKeyRow


async def any_api_key(session: AsyncSession, sid: str) -> ApiKeyRow | None:
    """Of whatever account: it says who is calling."""
    return await session.get(ApiKeyRow, sid)


async def find_api_key(session: AsyncSession, account_sid: str, sid: str) -> ApiKeyRow | None:
    return await session.scalar(select(ApiKeyRow).where(ApiKeyRow.sid == sid, ApiKeyRow.account_sid == account_sid))


async def api_keys_of(session: AsyncSession, account_sid: str, cut: Cut) -> Slice[ApiKeyRow]:
    statement = select(ApiKeyRow).where(ApiKeyRow.account_sid == account_sid)
    return await read_slice(session, statement, Order(ApiKeyRow.date_created, ApiKeyRow.sid, by_date), cut)
