"""Hearing a tone in a recording."""

import wave
from pathlib import Path

import pytest

from trunkline.protocol.rtp import tone
from trunkline.service.sandbox.hearing import hear, hear_file


def test_a_tone_is_heard_for_as_long_as_it_sounds() -> None:
    found = hear(tone.silence(1.0) + tone.sine([440], 2.0) + tone.silence(1.0), 440)
    assert found.heard
    assert found.seconds == pytest.approx(2.0)
    assert found.share > 0.95


@pytest.mark.parametrize(
    "samples", [b"", tone.silence(3.0), tone.sine([1000], 3.0), tone.sine([440], 0.2) + tone.silence(2.0)]
)
def test_silence_another_tone_and_a_click_are_not_the_tone(samples: bytes) -> None:
    assert not hear(samples, 440).heard


def test_a_recording_is_read(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        file.writeframes(tone.sine([440], 1.0))
    assert hear_file(path, 440).heard


def test_no_recording_is_silence(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    assert not hear_file(tmp_path / "empty.wav", 440).heard
    assert not hear_file(tmp_path / "none.wav", 440).heard
