"""A house for each test, out of one furnished template."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from tests.unit.platform_store import postgres
from tests.unit.service_control.house import House, furnish, furnished_template, open_house, open_house_at

_NUMBER = count()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(furnished_template(tmp_path_factory.mktemp("template")))


@pytest.fixture
async def house(template: Path, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(template, tmp_path) as opened:
        yield opened


async def _execute(server: str, statement: str) -> None:
    connection: Any = await asyncpg.connect(server.format(database="postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[tuple[str, str]]:
    """A server's URL, `{database}` in the place of the database's name, and the name of a furnished database."""

    async def make(server: str) -> tuple[str, str]:
        name = f"tl_control_{os.getpid()}"
        await _execute(server, f"CREATE DATABASE {name}")
        await furnish(server.format(database=name))
        return server, name

    named = os.environ.get(postgres.VARIABLE)
    if named:
        server, name = asyncio.run(
            make(make_url(named).set(database="{database}").render_as_string(hide_password=False))
        )
        yield server, name
        asyncio.run(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))
        return
    place = postgres.binaries()
    if place is None:
        pytest.skip(f"no PostgreSQL: set {postgres.VARIABLE} or install the Debian package postgresql")
    with postgres.running(place) as url:
        yield asyncio.run(make(url))


@pytest.fixture(params=["sqlite", "postgresql"])
def either_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a furnished store on either engine."""
    if request.param == "sqlite":
        path = tmp_path / "control.db"
        shutil.copy(request.getfixturevalue("template"), path)
        yield f"sqlite:///{path}"
        return
    server, template = request.getfixturevalue("postgres_template")
    name = f"{template}_{next(_NUMBER)}"
    asyncio.run(_execute(server, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield server.format(database=name)
    asyncio.run(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def any_house(either_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A house on either engine."""
    async with open_house_at(either_url, tmp_path) as opened:
        yield opened
