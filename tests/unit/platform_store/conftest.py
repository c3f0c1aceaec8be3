"""Stores to test with: SQLite always, PostgreSQL where there is one; copies of a migrated one."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.kit.unsynced import unsynced
from tests.unit.platform_store import postgres
from trunkline.kit.secret import Secret
from trunkline.platform.store.engine import Store, open_store
from trunkline.platform.store.migrate import migrate
from trunkline.platform.store.vault import Vault


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    with postgres.server() as server:
        yield server


@pytest.fixture(params=postgres.ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables, on either engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.database() as name:
        yield server.url(name)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy."""
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres_server: postgres.Server) -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy."""
    with postgres_server.database() as name:
        asyncio.run(migrate(postgres_server.url(name)))
        yield name


@pytest.fixture(params=postgres.ENGINES)
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database, on either engine."""
    if request.param == "sqlite":
        yield _copied(request.getfixturevalue("migrated_file"), tmp_path)
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with server.database(request.getfixturevalue("migrated_database")) as name:
        yield server.url(name)


def _copied(migrated_file: Path, directory: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated_file, directory / 'store.db')}"


@pytest.fixture
async def store(migrated_url: str) -> AsyncIterator[Store]:
    """A migrated store, on either engine."""
    opened = unsynced(open_store(migrated_url))
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(migrated_file: Path, tmp_path: Path) -> AsyncIterator[Store]:
    opened = unsynced(open_store(_copied(migrated_file, tmp_path)))
    yield opened
    await opened.close()


@pytest.fixture
def vault() -> Vault:
    return Vault(Secret("a test's secret key of enough characters"))
