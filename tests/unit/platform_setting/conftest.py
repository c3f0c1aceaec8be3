"""An empty environment in an empty directory."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from trunkline.platform.setting.settings import Settings, load_settings

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads settings with the given ones set: `load(sip_bind="127.0.0.1:5060")`."""
    for name in [name for name in os.environ if name.startswith("TRUNKLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def loaded(**values: str) -> Settings:
        for name, value in values.items():
            monkeypatch.setenv(f"TRUNKLINE_{name.upper()}", value)
        return load_settings()

    return loaded
