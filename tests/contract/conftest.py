"""For the suites of the official SDKs: one control process, a client of its own for each test, what it asked."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.operation import REFUSED, listed
from tests.contract.rest_service import Service


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
