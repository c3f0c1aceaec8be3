"""A house for each test, out of one furnished template."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.unit.platform_store import postgres
from tests.unit.service_control.house import House, furnish, furnished_template, open_house, open_house_at


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(furnished_template(tmp_path_factory.mktemp("template")))


@pytest.fixture
async def house(template: Path, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(template, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[tuple[postgres.Server, str]]:
    """A server and the name of a furnished database to copy."""
    with postgres.server() as server, server.database() as name:
        asyncio.run(furnish(server.url(name)))
        yield server, name


@pytest.fixture(params=postgres.ENGINES)
def either_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a furnished store on either engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('template'), tmp_path / 'control.db')}"
        return
    server, template = request.getfixturevalue("postgres_template")
    with server.database(template) as name:
        yield server.url(name)


@pytest.fixture
async def any_house(either_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A house on either engine."""
    async with open_house_at(either_url, tmp_path) as opened:
        yield opened
