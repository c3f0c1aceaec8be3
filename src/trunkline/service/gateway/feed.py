"""Keeps the cached facts true: follows the store's change feed (design, decision 18)."""

from trunkline.platform.store.feed import ChangeFeed
from trunkline.service.gateway.cached_directory import CachedDirectory


async def follow(feed: ChangeFeed, directory: CachedDirectory) -> None:
    """Forget what changes, as it changes; a gap in the feed forgets everything."""
    async for page in feed.pages():
        if page.gap:
            directory.forget_all()
        for change in page.changes:
            directory.changed(change.kind, change.sid, change.key)
