"""For all tests: the length of a run, logging as it was, and the missing peers with what they left out."""

import gc
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from tests.interop.peer import report_missing
from tests.kit.length import PROFILES

for _name, _examples in PROFILES.items():
    settings.register_profile(_name, max_examples=_examples)
settings.load_profile("quick")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A test that starts a process's logging leaves no other test writing into its closed stream."""
    yield
    structlog.reset_defaults()


def pytest_collection_finish() -> None:
    """What is imported and collected stays to the end: the collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """`make test` says which peers were missing; a skip that nobody sees is a hole."""
    report_missing(terminalreporter)
