"""`trunkline drain`: waits for the calls of every gateway, or until its time is up (design, section 7)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service_control.asking import answering
from trunkline.cli.drain import _drain, _take_new, main


async def test_it_refuses_new_calls_and_waits_for_the_last_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.cli.drain._LOOK_EVERY_S", 0.0)
    asked: list[str] = []
    left = [2, 1, 0]

    def answer(question: dict[str, Any]) -> bytes:
        asked.append(question["verb"])
        ongoing = left.pop(0) if question["verb"] == "state" else 2
        return json.dumps({"ongoing": ongoing, "draining": True}).encode() + b"\n"

    async with answering(tmp_path / "gateway-a.sock", answer):
        assert await _drain(tmp_path, 60.0) == 0
    assert asked == ["drain", "state", "state", "state"]
    assert capsys.readouterr().out.splitlines() == [
        *(f"calls that live: {number}" for number in (2, 1, 0)),
        "Drained: the gateways may end now. To take new calls again: trunkline drain --off",
    ]


async def test_its_time_may_be_up_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with answering(tmp_path / "gateway-a.sock", lambda _: b'{"ongoing": 1, "draining": true}\n'):
        assert await _drain(tmp_path, 0.0) == 1
    assert "Not drained in 0 s, new calls are still refused." in capsys.readouterr().out


async def test_a_gateway_that_falls_silent_may_still_have_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goals, 10: whoever stops the host upon a 0 would cut them off."""
    monkeypatch.setattr("trunkline.cli.drain._LOOK_EVERY_S", 0.0)
    idle = b'{"ongoing": 0, "draining": true}\n'
    answers = [idle, b"busy\n"]

    def answer(_: dict[str, Any]) -> bytes:
        return answers.pop(0) if answers else idle

    async with answering(tmp_path / "gateway-a.sock", answer):
        assert await _drain(tmp_path, 0.0) == 1
        answers.extend([idle, b"busy\n"])
        assert await _drain(tmp_path, 60.0) == 0
        assert answers == []


async def test_a_gateway_that_takes_calls_meanwhile_ends_the_wait(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was restarted, or somebody else said `--off`."""
    async with answering(tmp_path / "gateway-a.sock", lambda _: b'{"ongoing": 0, "draining": false}\n'):
        assert await _drain(tmp_path, 60.0) == 1
    assert "Not drained: gateway-a takes new calls" in capsys.readouterr().out


async def test_sockets_without_gateways_are_no_gateways(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gateway-a.sock").touch()
    assert await _drain(tmp_path, 60.0) == 2
    assert "no gateway answers" in capsys.readouterr().err


async def test_off_takes_new_calls_at_every_gateway(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[dict[str, Any]] = []

    def answer(question: dict[str, Any]) -> bytes:
        asked.append(question)
        return b"{}\n"

    async with answering(tmp_path / "gateway-a.sock", answer), answering(tmp_path / "gateway-b.sock", answer):
        assert await _take_new(tmp_path) == 0
    assert asked == [{"verb": "undrain"}] * 2
    assert capsys.readouterr().out.splitlines() == ["gateway-a takes new calls", "gateway-b takes new calls"]
    assert await _take_new(tmp_path) == 2, "their sockets are there, they are not"


def test_without_a_gateway_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRUNKLINE_HOME", str(tmp_path))
    assert main(1.0) == 2
    assert "no gateway" in capsys.readouterr().err
