"""Fixtures of the interop tests: a block of ports, and the list of missing peers at the end of the run."""

from collections.abc import Iterator

import pytest

from tests.interop.peer import report_missing
from tests.interop.port import PortBlock
from tests.interop.process import end_all


@pytest.fixture
def ports() -> Iterator[PortBlock]:
    block = PortBlock()
    yield block
    block.release()


@pytest.fixture(autouse=True)
def _no_peer_outlives_its_test() -> Iterator[None]:
    yield
    end_all()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    report_missing(terminalreporter)
