"""What the gateway loads before it answers: its restart is an outage."""

import subprocess
import sys

import pytest


@pytest.mark.e2e
def test_what_only_a_setting_needs_is_not_loaded() -> None:
    """HTTP for caller names, PostgreSQL's driver, and the web framework of another process."""
    told = "import sys, trunkline.service.gateway.process; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert "trunkline.service.gateway.process" in loaded
    assert {"httpx2", "asyncpg", "fastapi", "alembic"}.isdisjoint(loaded)
