"""When a process that died is started again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.cli.supervisor import Child, keep_bytecode
from trunkline.platform.setting.home import Home


def _pauses(state: str, deaths: int) -> list[float]:
    child = Child("gateway", "127.0.0.1:5060", "gateway", [])
    pauses = []
    for _ in range(deaths):
        child.state = state
        child.ended(100.0)
        pauses.append(child.restart_at - 100.0)
    return [round(pause, 6) for pause in pauses]


def test_a_process_that_never_gets_ready_is_started_ever_more_slowly() -> None:
    assert _pauses("starting", 9) == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_a_process_that_served_is_back_soon_however_often_it_dies() -> None:
    assert _pauses("ready", 6) == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


def test_bytecode_is_kept_where_the_installation_keeps_it(tmp_path: Path) -> None:
    compiled = tmp_path / "supervisor.cpython-311.pyc"
    compiled.touch()
    assert keep_bytecode(Home(tmp_path), compiled) == {}


@pytest.mark.e2e
def test_bytecode_is_kept_in_the_home_where_the_installation_keeps_none(tmp_path: Path) -> None:
    """A restart of the gateway is an outage: it must not compile what its first start has compiled."""
    kept = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **keep_bytecode(Home(tmp_path), tmp_path / "none.pyc")}
    subprocess.run([sys.executable, "-c", "import trunkline.kit.secret"], env=kept, check=True)
    assert [path.name.split(".")[0] for path in (tmp_path / "bytecode").rglob("secret.*.pyc")] == ["secret"]
