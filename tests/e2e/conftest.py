"""Fixtures of the wire tests: one service for all of them, and the long waits, begun before the first test."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.long_wait import CHECKS
from tests.e2e.place import Place, Town
from tests.e2e.tls import make_authority
from tests.interop.port import PortBlock
from tests.interop.service import Trunkline


@pytest.fixture(scope="session")
def ports() -> Iterator[PortBlock]:
    """One block for all that these tests start."""
    block = PortBlock()
    yield block
    block.release()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, ports: PortBlock, request: pytest.FixtureRequest) -> Iterator[Town]:
    """The running service, with the long waits of this run under way; it must end cleanly."""
    # Everything is logged, so that what must never be logged would show.
    home = tmp_path_factory.mktemp("town")
    settings = {"TRUNKLINE_LOG_LEVEL": "debug", "TRUNKLINE_TLS_CA": str(make_authority(home / "pbx-tls"))}
    with (
        Trunkline(home, ports, settings) as service,
        ThreadPoolExecutor(len(CHECKS)) as pool,
    ):
        town = Town(service)
        wanted = {getattr(item, "originalname", "") for item in request.session.items}
        for area, (name, check) in enumerate(CHECKS.items()):
            if name in wanted:
                town.waits[name] = pool.submit(_in_a_place_of_its_own, town, area, check)
        yield town


def _in_a_place_of_its_own(town: Town, area: int, check: Callable[[Place], Any]) -> Any:
    place = town.place(area)
    try:
        return check(place)
    finally:
        place.close()


@pytest.fixture
def waited(town: Town, request: pytest.FixtureRequest) -> Any:
    """What the long wait of this test saw."""
    future: Future[Any] = town.waits[request.node.originalname]
    return future.result(timeout=100)


@pytest.fixture
def place(town: Town) -> Iterator[Place]:
    """A place of the test's own."""
    place = town.place()
    yield place
    place.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long waits are judged last: they have passed by then."""
    items.sort(key=lambda item: item.path.name == "test_long_wait.py")
