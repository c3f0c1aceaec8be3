"""Whether the database answers."""

import asyncio

from sqlalchemy import select

from trunkline.platform.store.engine import Store
from trunkline.platform.store.errors import StoreUnavailable
from trunkline.platform.store.table import SettingRow


async def is_reachable(store: Store, within_s: float = 2.0) -> bool:
    """Reads one row of a table that every migrated store has."""
    try:
        async with asyncio.timeout(within_s), store.reading() as session:
            await session.scalar(select(SettingRow.key).limit(1))
    except (StoreUnavailable, TimeoutError):
        return False
    return True
