"""Follows the change feed: SQLite is looked at every 200 ms, PostgreSQL wakes its reader (design, decision 18)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, final

from trunkline.platform.setting.log import logger
from trunkline.platform.store.change import CHANNEL, ChangePage, changes_since, latest_change
from trunkline.platform.store.engine import Store
from trunkline.platform.store.errors import StoreUnavailable
from trunkline.platform.store.glance import Glance

POLL_S: Final = 0.2
WOKEN_POLL_S: Final = 1.0
"""Where the database wakes us: should its word have been lost."""
_RETRY_S: Final = 1.0


@final
class ChangeFeed:
    """The changes after `last`, page by page, for one reader. A lost database delays pages and loses none."""

    __slots__ = ("_glance", "_last", "_listener", "_store", "_wake")

    def __init__(self, store: Store, last: int) -> None:
        self._store = store
        self._last = last
        self._listener: Any = None
        self._glance = Glance(str(store.engine.url.database)) if store.dialect == "sqlite" else None
        self._wake = asyncio.Event()

    async def pages(self) -> AsyncIterator[ChangePage]:
        """Never ends; a page holds at least one change, or says that there was a gap."""
        while True:
            self._wake.clear()
            if self._glance is not None and self._glance.shows_nothing_after(self._last):
                await asyncio.sleep(POLL_S)
                continue
            try:
                page = await self._read()
            except (StoreUnavailable, OSError) as error:
                logger().warning("change feed lost", reason=type(error).__name__)
                await asyncio.sleep(_RETRY_S)
                continue
            if page.latest == self._last:
                await self._pause()
                continue
            self._last = page.latest
            if page.changes or page.gap:
                yield page

    async def _read(self) -> ChangePage:
        # Listening begins before the reading, so that nothing falls between them.
        if self._store.dialect == "postgresql" and (self._listener is None or self._listener.is_closed()):
            await self._listen()
        async with self._store.reading() as session:
            return await changes_since(session, self._last)

    async def _listen(self) -> None:
        import asyncpg  # the driver is of no use to a host on SQLite, and takes its time to load

        url = self._store.engine.url.set(drivername="postgresql")
        try:
            self._listener = await asyncpg.connect(url.render_as_string(hide_password=False))
            await self._listener.add_listener(CHANNEL, self._on_notify)
            self._listener.add_termination_listener(self._on_notify)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StoreUnavailable(f"the database does not tell of changes: {type(error).__name__}") from error

    def _on_notify(self, *_: object) -> None:
        self._wake.set()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), POLL_S if self._listener is None else WOKEN_POLL_S)

    async def close(self) -> None:
        if self._glance is not None:
            self._glance.close()
        if self._listener is not None:
            await self._listener.close()


@asynccontextmanager
async def follow_changes(store: Store, last: int | None = None) -> AsyncIterator[ChangeFeed]:
    """A feed from `last` on, by default from now: open it with empty caches, before the first look-up."""
    if last is None:
        async with store.reading() as session:
            last = await latest_change(session)
    feed = ChangeFeed(store, last)
    try:
        yield feed
    finally:
        await feed.close()
