"""The home: private, made once, held by one."""

import errno
import multiprocessing
import os
import tomllib
from pathlib import Path

import pytest

from trunkline.platform.setting.errors import AlreadyRunning, SettingsError
from trunkline.platform.setting.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "state")
    home.prepare()
    return home


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_everything_in_it_is_its_owners_alone(home: Home) -> None:
    home.secret_key()
    home.keep_cli_values({"auth_token": "x"})
    with home.held("relay"):
        assert _mode(home.pid_file("relay")) == 0o600
    directories = (home.path, home.journal, home.spool, home.recordings, home.tls, home.run)
    assert {_mode(path) for path in directories} == {0o700}
    assert (_mode(home.secret_key_file), _mode(home.cli_file)) == (0o600, 0o600)
    home.prepare()


def test_a_secret_key_is_made_once_and_not_guessable(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.prepare()
    assert home.secret_key() == home.secret_key()
    assert home.secret_key() != other.secret_key()
    assert len(home.secret_key().reveal()) == 64


def _make_key(path: Path) -> str:
    return Home(path).secret_key().reveal()


@pytest.mark.e2e
def test_processes_that_start_together_agree_on_the_key(home: Home) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(_make_key, [home.path] * 8, chunksize=1)
    assert set(keys) == {home.secret_key().reveal()}
    assert [path.name for path in home.path.iterdir() if path.name.startswith("secret")] == ["secret.key"]


def test_a_secret_that_others_could_read_is_made_private_again(home: Home) -> None:
    home.secret_key()
    home.secret_key_file.chmod(0o644)
    home.secret_key()
    assert _mode(home.secret_key_file) == 0o600


def test_a_broken_key_is_told_not_replaced(home: Home) -> None:
    home.secret_key_file.write_text("short")
    with pytest.raises(SettingsError, match=r"secret\.key"):
        home.secret_key()


def test_values_for_the_tools_are_added_and_replaced(home: Home) -> None:
    assert home.cli_values() == {}
    home.keep_cli_values({"account_sid": "AC1", "auth_token": 'quo"te\\ and ü'})
    home.keep_cli_values({"account_sid": "AC2"})
    assert home.cli_values() == {"account_sid": "AC2", "auth_token": 'quo"te\\ and ü'}
    assert tomllib.loads(home.cli_file.read_text()) == home.cli_values()
    assert [path.name for path in home.path.iterdir() if path.name.startswith("cli")] == ["cli.toml"]


def test_a_broken_file_of_the_tools_is_told(home: Home) -> None:
    home.cli_file.write_text("x = [")
    with pytest.raises(SettingsError, match=r"cli\.toml"):
        home.cli_values()


def test_a_home_that_cannot_be_made_names_setting_and_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"TRUNKLINE_HOME=.*file"):
        Home(tmp_path / "file" / "state").prepare()


def _hold_and_die(path: Path) -> None:
    with Home(path).held("gateway"):
        os._exit(9)


def test_one_holder_at_a_time_told_by_its_process(home: Home) -> None:
    with home.held("gateway"):
        assert home.pid_file("gateway").read_text() == f"{os.getpid()}\n"
        with pytest.raises(AlreadyRunning, match=f"gateway is running already as process {os.getpid()}"):
            home.held("gateway").__enter__()
        with home.held("relay"):
            pass
    with home.held("gateway"):
        pass
    assert home.pid_file("gateway").read_text() == ""


@pytest.mark.e2e
def test_a_holder_that_was_killed_holds_no_longer(home: Home) -> None:
    child = multiprocessing.get_context("spawn").Process(target=_hold_and_die, args=(home.path,))
    child.start()
    child.join()
    assert child.exitcode == 9
    assert home.pid_file("gateway").read_text() == f"{child.pid}\n"
    with home.held("gateway"):
        pass


def test_a_home_that_takes_no_files_is_one_line(home: Home) -> None:
    """A disk that is read-only or full, a home of somebody else's: no traceback (docs/settings.md)."""
    home.pid_file("up").mkdir()
    with pytest.raises(SettingsError, match=r"up\.pid: Is a directory"), home.held("up"):
        pass


def test_a_full_disk_is_one_line_and_leaves_the_pid_file_free(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(SettingsError, match=r"up\.pid: No space left"), home.held("up"):
            pass
    with home.held("up"):
        pass
