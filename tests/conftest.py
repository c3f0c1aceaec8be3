"""For all tests: the list of missing peers at the end, and what they left out."""

import pytest

from tests.interop.peer import report_missing


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """`make test` says which peers were missing; a skip that nobody sees is a hole."""
    report_missing(terminalreporter)
