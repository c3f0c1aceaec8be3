"""For the suites of the official SDKs: one control process, a client of its own for each test, what it asked.

For the comparisons of shapes: one tour of the API.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.operation import REFUSED, listed
from tests.contract.rest_service import Service
from tests.contract.tour import Document, Visit, read_document, walk
from tests.unit.service_control.house import furnished_template, open_house


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("sdk")) as running:
        yield running


@pytest.fixture
def client(service: Service) -> Any:
    """A client with an account of its own, so that tests do not see each other's resources."""
    return service.client_of_its_own()


@pytest.fixture(autouse=True)
def _asks_what_it_says(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test marked with operations (`asks`) has to have asked each of them, and been answered."""
    marked = request.node.get_closest_marker("asks")
    if marked is None:
        yield
        return
    service: Service = request.getfixturevalue("service")
    service.asked.clear()
    yield
    answered = {asked.operation for asked in service.asked if asked.status < 300 or asked.operation in REFUSED}
    assert listed(marked.args) <= answered, f"never answered: {sorted(listed(marked.args) - answered)}"


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Visit], Document]:
    async def tour(directory: Path) -> tuple[list[Visit], Document]:
        async with open_house(await furnished_template(directory), directory) as house:
            return await walk(house), await read_document(house)

    return asyncio.run(tour(tmp_path_factory.mktemp("tour")))


@pytest.fixture(scope="session")
def visits(walked: tuple[list[Visit], Document]) -> list[Visit]:
    """Everything that was said on one tour of every route."""
    return walked[0]


@pytest.fixture(scope="session")
def document(walked: tuple[list[Visit], Document]) -> Document:
    """Our own OpenAPI document."""
    return walked[1]
