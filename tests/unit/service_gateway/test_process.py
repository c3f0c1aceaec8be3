"""What the gateway loads before it answers: its restart is an outage."""

import subprocess
import sys

import pytest

from trunkline.service.gateway.process import _stream_limits


@pytest.mark.e2e
def test_what_only_a_setting_needs_is_not_loaded() -> None:
    """HTTP for caller names, PostgreSQL's driver, and the web framework of another process."""
    told = "import sys, trunkline.service.gateway.process; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert "trunkline.service.gateway.process" in loaded
    assert {"httpx2", "asyncpg", "fastapi", "alembic"}.isdisjoint(loaded)


@pytest.mark.parametrize(("files", "connections"), [(1_048_576, 5_000), (4_096, 1_948), (1_024, 412), (64, 1)])
def test_connections_leave_descriptors_for_the_journal_and_the_store(files: int, connections: int) -> None:
    """Goals, 14: as many that callers open, and as many of our own (docs/order.md)."""
    assert _stream_limits(files).total == connections
