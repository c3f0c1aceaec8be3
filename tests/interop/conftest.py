"""Fixtures of the interop tests: a block of ports."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.port import PortBlock
from tests.interop.process import end_all, running
from tests.interop.service import Trunkline


@pytest.fixture(scope="module")
def ports() -> Iterator[PortBlock]:
    """For all tests of a module: a port that was dead for one would be held against the next that listens on it."""
    block = PortBlock()
    yield block
    block.release()


@pytest.fixture
def trunkline(tmp_path: Path, ports: PortBlock) -> Iterator[Trunkline]:
    """The running service with a home of its own; it must end cleanly when the test has passed."""
    with Trunkline(tmp_path, ports) as service:
        yield service


@pytest.fixture(autouse=True)
def _no_peer_outlives_its_test() -> Iterator[None]:
    before = running()
    yield
    end_all(keep=before)
