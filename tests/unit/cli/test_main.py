"""The verbs of `trunkline`, and what a wrong word gets."""

import os
import ssl
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trunkline.cli.main import app, main

VERBS = {"voice", "up", "gateway", "relay", "control", "sandbox", "demo", "drain", "phone", "version"}


def test_every_verb_of_the_design_is_there() -> None:
    """Design, section 2, and the verbs of `make run` and `make demo`."""
    names = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    assert names == VERBS
    assert [group.name for group in app.registered_groups] == ["config", "dns", "ca"]


def test_ca_bundle_is_the_certificate_that_signs_the_gateways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUNKLINE_HOME", "home")
    told = CliRunner().invoke(app, ["ca", "bundle"])
    assert told.exit_code == 0
    assert told.output == (tmp_path / "home" / "tls" / "ca.pem").read_text()
    assert ssl.create_default_context(cadata=told.output).get_ca_certs()
    monkeypatch.setenv("TRUNKLINE_TLS_CERTIFICATE", "home/tls/ca.pem")
    monkeypatch.setenv("TRUNKLINE_TLS_KEY", "home/tls/ca.key")
    assert CliRunner().invoke(app, ["ca", "bundle"]).exit_code == 1


def test_the_version_is_that_of_the_package() -> None:
    told = CliRunner().invoke(app, ["version"])
    assert (told.exit_code, told.output) == (0, "trunkline 0.1.0\n")


def test_row_19_the_zone_is_printed_whole_with_a_name_server_and_as_records_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRUNKLINE_DOMAIN", "voice.example.test")
    monkeypatch.setenv("TRUNKLINE_EDGES", "ashburn=192.0.2.1,ashburn=192.0.2.2,dublin=192.0.2.129")
    monkeypatch.setenv("TRUNKLINE_SIP_BIND", "192.0.2.1:5060")
    told = CliRunner().invoke(app, ["dns", "zone"])
    assert told.exit_code == 0
    lines = told.output.splitlines()
    assert [line for line in lines if line.startswith("*.pstn.us1.")] == [
        "*.pstn.us1.voice.example.test. 600 IN A 192.0.2.1",
        "*.pstn.us1.voice.example.test. 600 IN A 192.0.2.2",
    ]
    assert "*.pstn.dublin.voice.example.test. 600 IN A 192.0.2.129" in lines
    assert not [line for line in lines if " SOA " in line or " NS " in line]
    monkeypatch.setenv("TRUNKLINE_DNS_BIND", "192.0.2.53:53")
    whole = CliRunner().invoke(app, ["dns", "zone"]).output
    assert "voice.example.test. 600 IN NS ns.voice.example.test." in whole
    assert "ns.voice.example.test. 600 IN A 192.0.2.53" in whole


def test_a_bad_setting_is_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRUNKLINE_SANDBOX_CARRIER", "somewhere")
    monkeypatch.setattr("sys.argv", ["trunkline", "sandbox"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "trunkline: TRUNKLINE_SANDBOX_CARRIER=somewhere: ADDRESS:PORT is needed\n"


@pytest.mark.parametrize(
    ("words", "variable", "said"),
    [
        ("gateway nonsense", "LOG_LEVEL=info", "trunkline: no gateway nonsense in TRUNKLINE_SIP_BIND"),
        ("up", "RTP_PORTS=10-20", "trunkline: TRUNKLINE_RTP_PORTS=10-20: ports below 1024 are the system's"),
        ("up", "DATABASE_URL=sqlite:///no/where.db", "where.db.lock: No such file or directory"),
        ("up", "DATABASE_URL=sqlite:///note.txt", "trunkline: the database cannot be brought to this version: file is"),
        (
            "up",
            "DATABASE_URL=postgresql://a@/b?host=/no/where",
            "trunkline: the database does not answer: No such file",
        ),
    ],
)
def test_what_cannot_start_says_why_in_one_line_and_ends_with_status_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
    variable: str,
    said: str,
) -> None:
    (tmp_path / "note.txt").write_text("no database " * 100)
    name, _, value = variable.partition("=")
    monkeypatch.setenv(f"TRUNKLINE_{name}", value)
    monkeypatch.setattr("sys.argv", ["trunkline", *words.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "a number to call is needed"),
        (["abc"], "abc: a number such as +15005550100 or a sip: URI is needed"),
        (["+15005550100"], "has no demo trunk"),
        (["+15005550100", "--trunk", "a b"], "--trunk a b: a host name is needed"),
        (["+15005550100", "--trunk", "t.example.test", "--user", "me"], "--user needs --password-env"),
        (
            ["+15005550100", "--trunk", "t.example.test", "--password-env", "NO_SUCH"],
            "NO_SUCH: that variable is not set",
        ),
        (["+15005550100", "--trunk", "t.example.test", "--password-file", "none"], "none: No such file"),
        (["sip:x@127.0.0.1", "--play", "none.wav"], "cannot read none.wav"),
        (["sip:x@127.0.0.1", "--play", "tone:high"], "whole frequencies from 20 to 3999 Hz"),
        (["sip:x@127.0.0.1", "--record", "none/heard.wav"], "there is no such directory"),
        (["sip:x@127.0.0.1", "--record", "."], "--record .: no file can be written there"),
        (["sip:x@127.0.0.1", "--digits", "12x"], "--digits 12x: DTMF has 0-9, A-D, * and #"),
        (["--listen", "127.0.0.1:7700", "--certificate", "note.txt"], "note.txt: no PEM of a certificate and its key"),
        (["--listen", "here"], "ADDRESS:PORT is needed"),
    ],
)
def test_words_that_make_no_call_are_named(
    tmp_path: Path, words: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "note.txt").write_text("no certificate")
    told = CliRunner().invoke(app, ["phone", *words])
    assert told.exit_code == 2
    assert said in told.output + capfd.readouterr().err


def test_what_is_written_is_its_owners_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database too, in a home that was made beforehand and that others may enter."""
    monkeypatch.setattr("sys.argv", ["trunkline", "version"])
    with pytest.raises(SystemExit):
        main()
    assert os.umask(0o022) == 0o077
