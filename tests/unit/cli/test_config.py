"""`trunkline config show`: values, sources, and no secret."""

from pathlib import Path

import pytest

from trunkline.cli.config import Shown, settings_shown, show
from trunkline.platform.setting.settings import load_settings
from trunkline.platform.setting.text import SettingsText

SECRETS = ("a-key-of-thirty-two-characters-0001", "token-of-the-account-01", "token-of-the-operator-1", "pass/word@1")


def shown() -> dict[str, Shown]:
    return {line.name: line for line in settings_shown(load_settings())}


def test_every_setting_has_a_line() -> None:
    assert set(shown()) == {f"TRUNKLINE_{name.upper()}" for name in SettingsText.model_fields}


def test_sources_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trunkline.toml").write_text('domain = "voice.example.test"\ndigest = "sha256"\n')
    (tmp_path / "edge").write_text("umatilla\n")
    monkeypatch.setenv("TRUNKLINE_EDGE_FILE", str(tmp_path / "edge"))
    monkeypatch.setenv("TRUNKLINE_DIGEST", "md5+sha256")
    lines = shown()
    assert lines["TRUNKLINE_DOMAIN"] == Shown("TRUNKLINE_DOMAIN", "voice.example.test", "trunkline.toml")
    assert lines["TRUNKLINE_EDGE"] == Shown("TRUNKLINE_EDGE", "umatilla", f"file {tmp_path / 'edge'}")
    assert lines["TRUNKLINE_DIGEST"] == Shown("TRUNKLINE_DIGEST", "md5+sha256", "environment")
    assert lines["TRUNKLINE_HTTP_BIND"] == Shown("TRUNKLINE_HTTP_BIND", "127.0.0.1:8080", "default")


def test_what_follows_from_others_is_shown_as_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_SIP_BIND", "192.0.2.1:5060,192.0.2.2:5060")
    lines = shown()
    assert lines["TRUNKLINE_SIP_ADVERTISE"].value == "192.0.2.1:5060,192.0.2.2:5060"
    assert lines["TRUNKLINE_RTP_BIND"].value == "192.0.2.1,192.0.2.2"
    assert lines["TRUNKLINE_ALLOW_PRIVATE"] == Shown("TRUNKLINE_ALLOW_PRIVATE", "false", "default")
    assert lines["TRUNKLINE_RELAY"].value == "built in"


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    key, token, operator, password = SECRETS
    monkeypatch.setenv("TRUNKLINE_SECRET_KEY", key)
    monkeypatch.setenv("TRUNKLINE_ACCOUNT_SID", "AC" + "0" * 32)
    monkeypatch.setenv("TRUNKLINE_AUTH_TOKEN", token)
    monkeypatch.setenv("TRUNKLINE_OPERATOR_TOKEN", operator)
    monkeypatch.setenv(
        "TRUNKLINE_DATABASE_URL", f"postgresql://trunk:{password}@192.0.2.5/calls?sslpassword={password}"
    )
    monkeypatch.setenv("TRUNKLINE_VALKEY_URL", f"redis://:{password}@192.0.2.6/0")
    monkeypatch.setenv("COLUMNS", "200")
    assert show() == 0
    printed = capsys.readouterr().out
    assert not [secret for secret in SECRETS if secret in printed]
    assert "word@1" not in printed
    assert "postgresql://trunk:***@192.0.2.5/calls?***" in printed
    assert "192.0.2.6/0" in printed


def test_a_slip_of_the_pen_is_pointed_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TRUNKLINE_DOMIAN", "x")
    monkeypatch.setenv("COLUMNS", "200")
    show()
    assert "TRUNKLINE_DOMIAN is set, and there is no such setting" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("sqlite:////var/lib/trunkline.db", "sqlite:////var/lib/trunkline.db"),
        ("postgresql://192.0.2.5/calls", "postgresql://192.0.2.5/calls"),
        ("postgresql://trunk@192.0.2.5/calls", "postgresql://trunk@192.0.2.5/calls"),
        ("postgresql://trunk:a@b/c@192.0.2.5/calls", "postgresql://trunk:***@192.0.2.5/calls"),
        ("postgresql://trunk:a?b@192.0.2.5/calls", "postgresql://***"),
        ("redis://:secret@192.0.2.6/0?x=1", "redis://:***@192.0.2.6/0?***"),
        ("smtps://trunks:a%40b@192.0.2.7", "smtps://trunks:***@192.0.2.7"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, masked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"redis": "TRUNKLINE_VALKEY_URL", "smtps": "TRUNKLINE_SMTP_URL"}
    setting = settings.get(url.partition(":")[0], "TRUNKLINE_DATABASE_URL")
    monkeypatch.setenv("TRUNKLINE_MAIL_FROM", "trunks@example.com")
    monkeypatch.setenv(setting, url)
    assert shown()[setting].value == masked
