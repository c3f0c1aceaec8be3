"""Lets go of what has been kept long enough: audit log, feed of changes, deleted recordings, alerts nobody mailed."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from trunkline.platform.setting.log import logger
from trunkline.platform.store.alert_mail import forget_unmailed
from trunkline.platform.store.audit import trim_audit
from trunkline.platform.store.change import trim_changes
from trunkline.platform.store.engine import Store
from trunkline.platform.store.errors import StoreError
from trunkline.platform.store.repository.recording import forget_deleted

EVERY_S: Final = 600.0
_CHANGES: Final = timedelta(days=7)
"""A gateway that has not read the feed for longer forgets all that it cached."""


_RECORDINGS: Final = timedelta(days=40)
"""Days that what is known of a deleted recording stays (rest.md 3.9)."""

UNMAILED: Final = timedelta(days=1)
"""How long an alert waits for a mail server that takes it."""


async def keep_bounded(store: Store, wall: Callable[[], datetime], audit: timedelta) -> None:
    """Runs until it is cancelled; a database that is away is tried again at the next turn."""
    while True:
        try:
            await let_go(store, wall(), audit)
        except StoreError as fault:
            logger(room="control").warning("old events wait for the database", reason=str(fault))
        await asyncio.sleep(EVERY_S)


async def let_go(store: Store, now: datetime, audit: timedelta) -> None:
    """In small transactions, so that nobody waits for it."""
    more = True
    while more:
        async with store.appending() as session:
            more = await trim_audit(session, now - audit)
            await session.commit()
    async with store.appending() as session:
        await trim_changes(session, now - _CHANGES)
        await forget_deleted(session, now - _RECORDINGS)
        await forget_unmailed(session, now - UNMAILED)
        await session.commit()
