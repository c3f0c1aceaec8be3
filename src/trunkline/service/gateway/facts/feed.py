"""Keeps the cached facts true: follows the store's change feed (design, decision 18)."""

from collections.abc import Callable

from trunkline.platform.store.feed import ChangeFeed
from trunkline.service.gateway.facts.cached_directory import CachedDirectory


async def follow(feed: ChangeFeed, directory: CachedDirectory, trunk_changed: Callable[[], None]) -> None:
    """Forget what changes, as it changes; a gap in the feed forgets everything. `trunk_changed` hears of trunks."""
    async for page in feed.pages():
        if page.gap:
            directory.forget_all()
        for change in page.changes:
            directory.changed(change.kind, change.sid, change.key)
        if page.gap or any(change.kind == "trunk" for change in page.changes):
            trunk_changed()
