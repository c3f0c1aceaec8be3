"""`trunkline demo` where there is no service: a clear word, and status 1."""

import socket
from pathlib import Path

import pytest

from trunkline.cli.demo import main
from trunkline.platform.setting.home import Home


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def started_once(path: Path) -> None:
    """A home as a first start leaves it."""
    home = Home(path)
    home.prepare()
    home.keep_cli_values(
        {
            "account_sid": "AC" + "0" * 32,
            "auth_token": "token-of-the-account-01",
            "demo_domain": "demo.pstn.trunkline.localhost",
            "demo_username": "demo",
            "demo_password": "correct horse 9",
            "demo_number": "+12025550100",
        }
    )


def test_before_the_first_start(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 1
    assert "start the service first: make run" in capsys.readouterr().out


def test_while_the_service_does_not_run(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started_once(home)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("TRUNKLINE_HTTP_BIND", address)
        assert main() == 1
    printed = capsys.readouterr().out
    assert f"nothing answers at http://{address}" in printed
    assert "make run" in printed
    assert "token-of-the-account-01" not in printed


def test_without_the_sandbox(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TRUNKLINE_SANDBOX", "false")
    assert main() == 1
    assert "there is nobody to call" in capsys.readouterr().out
