"""Every test of the command line starts from no settings but its own home."""

import os
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
