"""Stores to test with: SQLite always, PostgreSQL where there is one."""

import os
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from tests.unit.platform_store import postgres
from trunkline.kit.secret import Secret
from trunkline.platform.store.engine import Store, open_store
from trunkline.platform.store.migrate import migrate
from trunkline.platform.store.vault import Vault

_NUMBER = count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server, `{database}` in the place of the database's name."""
    named = os.environ.get(postgres.VARIABLE)
    if named:
        yield make_url(named).set(database="{database}").render_as_string(hide_password=False)
        return
    place = postgres.binaries()
    if place is None:
        pytest.skip(f"no PostgreSQL: set {postgres.VARIABLE} or install the Debian package postgresql")
    with postgres.running(place) as url:
        yield url


async def _execute(server: str, statement: str) -> None:
    connection: Any = await asyncpg.connect(server.format(database="postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a database without tables, on either engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    server: str = request.getfixturevalue("postgres_server")
    name = f"tl_{os.getpid()}_{next(_NUMBER)}"
    await _execute(server, f"CREATE DATABASE {name}")
    yield server.format(database=name)
    await _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def store(empty_url: str) -> AsyncIterator[Store]:
    """A migrated store, on either engine."""
    await migrate(empty_url)
    opened = open_store(empty_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    await migrate(url)
    opened = open_store(url)
    yield opened
    await opened.close()


@pytest.fixture
def vault() -> Vault:
    return Vault(Secret("a test's secret key of enough characters"))
