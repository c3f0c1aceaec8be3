"""Whether the database answers, and which faults mean that it does not."""

import asyncio

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from trunkline.platform.store.engine import Store
from trunkline.platform.store.table import SettingRow


async def is_reachable(store: Store, within_s: float = 2.0) -> bool:
    """Reads one row of a table that every migrated store has."""
    try:
        async with asyncio.timeout(within_s), store.reading() as session:
            await session.scalar(select(SettingRow.key).limit(1))
    except (SQLAlchemyError, OSError):  # TimeoutError is an OSError
        return False
    return True


def is_outage(fault: BaseException) -> bool:
    """Whether `fault` is the database's absence (gone, locked, full) and no bug of ours."""
    return isinstance(fault, OperationalError | InterfaceError | PoolTimeout | OSError)
