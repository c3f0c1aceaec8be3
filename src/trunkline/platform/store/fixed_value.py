"""Values that are decided once and hold for the life of a store."""

from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.errors import StoreError
from trunkline.platform.store.table import SettingRow


async def fixed_value(session: AsyncSession, key: str, value: str) -> str:
    """What the store holds under `key`; `value` when it holds nothing yet, and from then on for ever."""
    row = await session.get(SettingRow, key)
    if row is not None:
        return row.value
    session.add(SettingRow(key=key, value=value))
    return value


async def read_fixed_value(session: AsyncSession, key: str) -> str:
    row = await session.get(SettingRow, key)
    if row is None:
        raise StoreError(f"the store has no {key} yet: it is fixed at the first start of `trunkline up`")
    return row.value
