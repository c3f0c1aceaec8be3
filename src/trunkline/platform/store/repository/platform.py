"""Values of the platform that its operator may change."""

from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.table import SettingRow


async def operator_value(session: AsyncSession, key: str) -> str | None:
    """None until one was set."""
    row = await session.get(SettingRow, key)
    return None if row is None else row.value


async def set_operator_value(session: AsyncSession, key: str, value: str) -> None:
    row = await session.get(SettingRow, key)
    if row is None:
        session.add(SettingRow(key=key, value=value))
    else:
        row.value = value
