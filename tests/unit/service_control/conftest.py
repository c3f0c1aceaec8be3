"""A house for each test, out of one migrated template."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.service_control.house import House, migrated_template, open_house


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(migrated_template(tmp_path_factory.mktemp("template")))


@pytest.fixture
async def house(template: Path, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(template, tmp_path) as opened:
        yield opened
