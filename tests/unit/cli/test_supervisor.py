"""When a process that died is started again."""

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trunkline.cli.supervisor import Child, Supervisor, keep_bytecode
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


@contextlib.contextmanager
def _supervisor(tmp_path: Path, children: list[Child]) -> Iterator[Supervisor]:
    home = Home(tmp_path / "home")
    home.prepare()
    supervisor = Supervisor(home, children)
    yield supervisor
    supervisor._notify.close()


def test_a_disk_that_takes_no_status_ends_nothing(tmp_path: Path) -> None:
    """Goals, 12: what cannot be written now is written as soon as it can be."""
    home = Home(tmp_path / "home")
    with _supervisor(tmp_path, [Child("relay", "127.0.0.1:22222", "relay", ["relay"])]) as supervisor:
        home.run.rename(tmp_path / "away")
        supervisor._tell()
        (tmp_path / "away").rename(home.run)
        supervisor._tell()
    assert json.loads(home.status.read_text())["processes"][0]["name"] == "relay"


def test_a_process_that_the_host_cannot_start_now_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Goals, 12: no memory, no process or no descriptor left; the other processes go on meanwhile."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(subprocess, "Popen", refuse)
    child = Child("relay", "127.0.0.1:22222", "relay", ["relay"])
    with _supervisor(tmp_path, [child]) as supervisor:
        supervisor._start(child)
        supervisor._look_after(child)
    assert (child.state, child.process, child.restart_at > child.started_at) == ("restarting", None, True)
    assert "relay 127.0.0.1:22222 cannot be started" in capsys.readouterr().err


def test_a_terminal_that_is_gone_does_not_end_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The death of one process is told on standard error; nobody need be there to read it."""
    child = Child("relay", "127.0.0.1:22222", "relay", ["relay"])
    child.process = subprocess.Popen([sys.executable, "-c", ""])
    child.process.wait()
    with _supervisor(tmp_path, [child]) as supervisor, open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stderr", full)
        assert supervisor._look_after(child) == 0
        with contextlib.suppress(OSError):
            full.close()
    assert child.state == "restarting"


@pytest.mark.e2e
def test_a_process_whose_supervisor_died_before_it_could_say_so_ends_itself() -> None:
    """Design, section 7: the kernel tells only of deaths to come; an orphan would hold its address for ever."""
    asks = "from trunkline.platform.setting.supervision import die_with_parent as ask; ask({!r}); print('lives')"
    orphan = subprocess.run([sys.executable, "-c", asks.format("1")], capture_output=True, check=False)
    assert (orphan.returncode, orphan.stdout) == (-signal.SIGTERM, b"")
    child = subprocess.run([sys.executable, "-c", asks.format(str(os.getpid()))], capture_output=True, check=True)
    assert child.stdout == b"lives\n"
