"""Migrations: there and back, equal to the tables, alone, never of a newer program."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
from alembic.util.exc import CommandError
from sqlalchemy import Connection, inspect, select, text

from tests.unit.platform_store import rows
from tests.unit.platform_store.filling import counts, fill
from trunkline.platform.store.engine import open_store
from trunkline.platform.store.errors import ForeignStore, StoreError
from trunkline.platform.store.migrate import check, downgrade, migrate
from trunkline.platform.store.table import ChargeRow, PhoneNumberRow, Row

T = TypeVar("T")


async def _tables(url: str) -> set[str]:
    store = open_store(url)
    async with store.engine.connect() as connection:
        names = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    await store.close()
    return names


async def test_upgrade_downgrade_upgrade_ends_at_the_tables_of_the_code(empty_url: str) -> None:
    await migrate(empty_url)
    await check(empty_url)
    assert await _tables(empty_url) == {*Row.metadata.tables, "alembic_version"}
    await downgrade(empty_url, "base")
    assert await _tables(empty_url) == {"alembic_version"}
    await migrate(empty_url)
    await check(empty_url)


async def test_a_store_with_a_row_in_every_table_goes_up_and_down_and_loses_none(empty_url: str) -> None:
    """A table that SQLite makes anew takes the rows with it that refer to the old one, or refuses to go."""

    async def counted(work: Callable[[Connection], T]) -> T:
        store = open_store(empty_url)
        async with store.engine.begin() as connection:
            found = await connection.run_sync(work)
        await store.close()
        return found

    await migrate(empty_url, "r0001")
    await counted(fill)
    first = await counted(counts)
    await migrate(empty_url)
    await counted(fill)
    assert set((await counted(counts)).values()) == {1}
    await downgrade(empty_url, "r0001")
    assert await counted(counts) == first
    await migrate(empty_url)
    assert first.items() <= (await counted(counts)).items()


async def test_months_that_are_paid_before_the_upgrade_are_not_charged_again(empty_url: str) -> None:
    """r0020: charges were named by number and day before."""
    await migrate(empty_url)
    store = open_store(empty_url)
    async with store.appending() as session:
        kept, other = rows.number(1), rows.number(2)
        kept.charge_at, other.charge_at = rows.AT, rows.AT
        charge = ChargeRow(
            source=f"{kept.sid}:2026-02-02", service="number-month", account_sid=rows.ACCOUNT, day=date(2026, 2, 2),
            category="phonenumbers-local", seconds=0, sell=Decimal(1), buy=Decimal(0),
        )  # fmt: skip
        session.add_all([rows.account(), kept, other, rows.number(3, account_sid=None), charge])
        await session.commit()
    await store.close()
    await downgrade(empty_url, "r0019")
    await migrate(empty_url)
    store = open_store(empty_url)
    async with store.reading() as session:
        found = list(await session.scalars(select(PhoneNumberRow.charge_at).order_by(PhoneNumberRow.sid)))
    await store.close()
    assert found == [datetime(2026, 2, 3, tzinfo=UTC), rows.AT, None]


async def test_two_processes_that_start_together_migrate_one_after_the_other(empty_url: str) -> None:
    await asyncio.gather(migrate(empty_url), migrate(empty_url), migrate(empty_url))
    await check(empty_url)


async def test_a_table_that_differs_is_noticed(empty_url: str) -> None:
    await migrate(empty_url)
    store = open_store(empty_url)
    async with store.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE trunk DROP COLUMN cps"))
    await store.close()
    with pytest.raises(CommandError):
        await check(empty_url)


async def test_a_store_of_a_newer_program_is_left_alone(empty_url: str) -> None:
    await migrate(empty_url)
    store = open_store(empty_url)
    async with store.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))
    await store.close()
    with pytest.raises(ForeignStore, match="r9999"):
        await migrate(empty_url)


async def test_a_new_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    await migrate(f"sqlite:///{tmp_path / 'store.db'}")
    assert (tmp_path / "store.db").stat().st_mode & 0o777 == 0o600
    sqlite3.connect(tmp_path / "store.db").close()


@pytest.mark.parametrize("url", ["mysql://host/db", "not a url"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        open_store(url)
