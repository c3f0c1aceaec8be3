"""Sessions: readers do not write, writers queue, nothing is committed unasked."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import exc, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from tests.unit.platform_store import postgres, rows
from trunkline.platform.store.engine import Store, open_store
from trunkline.platform.store.errors import StoreUnavailable
from trunkline.platform.store.table import AccountRow, TrunkRow


async def _count(store: Store) -> int:
    async with store.reading() as session:
        return await session.scalar(select(func.count()).select_from(AccountRow)) or 0


async def test_a_reading_session_does_not_write(store: Store) -> None:
    async with store.reading() as session:
        session.add(rows.account())
        with pytest.raises(TypeError):
            await session.flush()
        session.expunge_all()


async def test_what_is_not_committed_is_undone(store: Store) -> None:
    async with store.writing() as session:
        session.add(rows.account())
        await session.flush()
    assert await _count(store) == 0


async def test_a_reader_keeps_its_view_while_a_writer_commits(sqlite_store: Store) -> None:
    async with sqlite_store.reading() as reader:
        assert await reader.scalar(select(func.count()).select_from(AccountRow)) == 0
        async with sqlite_store.writing() as writer:
            writer.add(rows.account())
            await writer.commit()
        assert await reader.scalar(select(func.count()).select_from(AccountRow)) == 0
    assert await _count(sqlite_store) == 1


async def test_read_then_write_of_many_writers_loses_no_update(store: Store) -> None:
    async with store.writing() as session:
        session.add(rows.account())
        await session.commit()

    async def raise_limit() -> None:
        async with store.writing() as session:
            row = (await session.scalars(select(AccountRow))).one()
            row.cps = (row.cps or 0) + 1
            await session.commit()

    await asyncio.gather(*(raise_limit() for _ in range(20)))
    async with store.reading() as session:
        assert (await session.scalars(select(AccountRow))).one().cps == 21


async def test_two_stores_on_one_file_queue_their_writers(sqlite_store: Store) -> None:
    """As two processes do: each has a store of its own."""
    other = Store(sqlite_store.engine)

    async def add(store: Store, number: int) -> None:
        async with store.writing() as session:
            assert (await session.scalars(select(AccountRow))).all() is not None
            session.add(rows.account(number))
            await session.commit()

    await asyncio.gather(*(add(store, n) for n, store in enumerate([sqlite_store, other] * 10)))
    assert await _count(sqlite_store) == 20


async def test_rows_may_be_added_in_any_order_and_a_missing_parent_fails_the_commit(store: Store) -> None:
    async with store.writing() as session:
        session.add(rows.trunk())
        await session.flush()
        session.add(rows.account())
        await session.commit()

    async def orphan(session: AsyncSession) -> None:
        stray = rows.trunk(2)
        stray.account_sid = rows.sid("AC", 99)
        session.add(stray)
        await session.commit()

    async with store.writing() as session:
        with pytest.raises(IntegrityError):
            await orphan(session)
    async with store.reading() as session:
        assert [row.sid for row in await session.scalars(select(TrunkRow))] == [rows.sid("TK", 1)]


async def test_sqlite_survives_a_power_loss_by_its_settings(tmp_path: Path) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    async with store.reading() as session:
        for pragma, value in expected.items():
            assert (await session.execute(text(f"PRAGMA {pragma}"))).scalar() == value
    await store.close()


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql://u@127.0.0.1:1/d"])
async def test_a_database_that_is_not_there_is_told_as_ours(url: str) -> None:
    """Goals, reliability 12: the floors above can tell it from a bug."""
    away = open_store(url)
    for opened in (away.reading, away.writing, away.appending):
        with pytest.raises(StoreUnavailable):
            async with opened() as session:
                await session.execute(text("SELECT 1"))
    await away.close()


async def _write_account(url: str) -> None:
    store = open_store(url)
    try:
        async with store.appending() as session:
            session.add(rows.account())
            await session.commit()
    finally:
        await store.close()


@pytest.mark.parametrize("migrated_url", postgres.ENGINES[1:], indirect=True)
@pytest.mark.parametrize(
    ("refuse", "allow"),
    [
        ("ALTER DATABASE {name} SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
        ("ALTER DATABASE {name} ALLOW_CONNECTIONS false", "ALLOW_CONNECTIONS true"),
    ],
)
async def test_goal_12_a_database_that_refuses_for_now_is_away(
    store: Store, migrated_url: str, postgres_server: postgres.Server, refuse: str, allow: str
) -> None:
    """Failed over, starting, out of connections: nothing that was sent is to blame, and it is sent again."""
    name = make_url(migrated_url).database
    other = open_store(postgres_server.url("postgres"))

    async def alter(statement: str) -> None:
        async with other.engine.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text(statement))

    await alter(refuse.format(name=name))
    with pytest.raises(StoreUnavailable):
        await _write_account(migrated_url)
    await alter(f"ALTER DATABASE {name} {allow}")
    await _write_account(migrated_url)
    assert await _count(store) == 1
    await other.close()


@pytest.mark.parametrize(
    ("kind", "state", "is_away"),
    [
        ("DBAPIError", "57P03", True),  # the database system is starting up
        ("DBAPIError", "53100", True),  # disk full
        ("DBAPIError", "40P01", True),  # deadlock
        ("ProgrammingError", "42703", True),  # a column of another version's schema
        ("DBAPIError", "22001", False),  # too long
        ("IntegrityError", "23505", False),
        ("DatabaseError", None, True),  # SQLite: the file is damaged
        ("IntegrityError", None, False),
    ],
)
async def test_goal_12_what_was_sent_is_told_from_the_state_of_the_database(
    sqlite_store: Store, kind: str, state: str | None, is_away: bool
) -> None:
    class Refused(Exception):
        sqlstate = state

    fault: DBAPIError = getattr(exc, kind)("INSERT", {}, Refused("no"))
    with pytest.raises(StoreUnavailable if is_away else type(fault)):
        async with sqlite_store.appending():
            raise fault


@pytest.mark.parametrize("migrated_url", postgres.ENGINES[1:], indirect=True)
async def test_a_database_that_comes_back_is_used_again(store: Store, migrated_url: str) -> None:
    killer = open_store(migrated_url)

    async def lose_the_connection() -> None:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        async with store.reading() as session:
            await session.execute(text("SELECT 1"))
            async with killer.reading() as other:
                await other.execute(text(others))
            await session.execute(text("SELECT 1"))

    with pytest.raises(StoreUnavailable):
        await lose_the_connection()
    assert await _count(store) == 0
    await killer.close()
