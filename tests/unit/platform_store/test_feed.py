"""The feed of a gateway: changes arrive soon, in order, and survive a lost database."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.unit.platform_store import postgres, rows
from trunkline.platform.store import feed as feed_room
from trunkline.platform.store.change import ChangePage, changes_since
from trunkline.platform.store.engine import Store
from trunkline.platform.store.feed import follow_changes


async def _add(store: Store, *numbers: int) -> None:
    async with store.writing() as session:
        session.add_all([rows.account(number) for number in numbers])
        await session.commit()


def _sids(page: ChangePage) -> list[str]:
    return [change.sid for change in page.changes]


async def test_a_change_arrives_within_a_second(store: Store) -> None:
    """Design, decision 18: a change over REST holds for the next call within a second."""
    async with follow_changes(store) as feed:
        pages = feed.pages()
        waiting = asyncio.gather(anext(pages))
        await _add(store, 1)
        async with asyncio.timeout(1):
            (page,) = await waiting
    assert _sids(page) == [rows.sid("AC", 1)]


async def test_a_feed_begins_now_or_where_it_is_told(store: Store) -> None:
    await _add(store, 1)
    async with follow_changes(store) as fresh, follow_changes(store, 0) as whole:
        await _add(store, 2)
        assert _sids(await anext(fresh.pages())) == [rows.sid("AC", 2)]
        assert sorted(_sids(await anext(whole.pages()))) == [rows.sid("AC", 1), rows.sid("AC", 2)]


async def test_more_changes_than_a_page_come_in_order(sqlite_store: Store) -> None:
    await _add(sqlite_store, *range(1, 1502))
    async with follow_changes(sqlite_store, 0) as feed:
        pages = feed.pages()
        ids = [change.id for _ in range(2) for change in (await anext(pages)).changes]
    assert ids == list(range(1, 1502))


@pytest.mark.parametrize("migrated_url", postgres.ENGINES[1:], indirect=True)
async def test_postgresql_wakes_the_reader_long_before_the_poll(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_room, "WOKEN_POLL_S", 30.0)
    async with follow_changes(store) as feed:
        pages = feed.pages()
        waiting = asyncio.gather(anext(pages))
        # The change is made when the reader has read, found nothing, and sleeps.
        while not feed._wake._waiters:
            await asyncio.sleep(0)
        await _add(store, 1)
        async with asyncio.timeout(10):
            (page,) = await waiting
    assert _sids(page) == [rows.sid("AC", 1)]


async def test_a_lost_database_delays_the_changes(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_room, "_RETRY_S", 0.0)
    failures = iter([OSError("gone"), OSError("gone")])

    async def flaky(session: AsyncSession, last: int) -> ChangePage:
        for failure in failures:
            raise failure
        return await changes_since(session, last)

    monkeypatch.setattr("trunkline.platform.store.feed.changes_since", flaky)
    async with follow_changes(sqlite_store) as feed:
        await _add(sqlite_store, 1)
        assert _sids(await anext(feed.pages())) == [rows.sid("AC", 1)]
    assert next(failures, None) is None


async def test_an_idle_reader_on_sqlite_opens_no_session(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle gateway looks five times a second: through the engine that took 3 % of a core."""
    monkeypatch.setattr(feed_room, "POLL_S", 0.001)
    read = 0

    async def counted(session: AsyncSession, last: int) -> ChangePage:
        nonlocal read
        read += 1
        return await changes_since(session, last)

    monkeypatch.setattr("trunkline.platform.store.feed.changes_since", counted)
    async with follow_changes(sqlite_store) as feed:
        waiting = asyncio.gather(anext(feed.pages()))
        await asyncio.sleep(0.05)
        assert read == 0
        await _add(sqlite_store, 1)
        (page,) = await waiting
    assert _sids(page) == [rows.sid("AC", 1)]
    assert read == 1
