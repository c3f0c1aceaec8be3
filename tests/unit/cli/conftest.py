"""Every test of the command line starts from no settings but its own home."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty TRUNKLINE_HOME, and no other variable of ours."""
    for name in [name for name in os.environ if name.upper().startswith("TRUNKLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUNKLINE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """The command line sets its own, which would go on to other tests."""
    before = os.umask(0o022)
    yield
    os.umask(before)
