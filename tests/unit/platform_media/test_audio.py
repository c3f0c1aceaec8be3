"""What an endpoint plays and records."""

import wave
from array import array
from pathlib import Path

import pytest

from trunkline.platform.media.audio import (
    FRAME,
    MAX_ECHO_OCTETS,
    MAX_GAP_SAMPLES,
    AudioError,
    Clip,
    Echo,
    Nothing,
    Play,
    Recorder,
    Silence,
    Source,
    play_tone,
)
from trunkline.protocol.rtp import g711, tone


def written(path: Path, samples: bytes, *, width: int = 2, rate: int = 8000, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", "not compressed"))
        file.writeframes(samples)
    return path


def played(source: Source, frames: int, law: int = g711.PCMU) -> bytes:
    """What a source sends, as samples."""
    return b"".join(g711.decode(source.frame(law) or b"", law) for _ in range(frames))


def read(path: Path) -> bytes:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        return file.readframes(file.getnframes())


@pytest.mark.parametrize("law", [g711.PCMU, g711.PCMA])
def test_a_tone_goes_on_without_a_click(law: int) -> None:
    source = play_tone(440)
    assert tone.share(played(source, 120, law), 440) > 0.98
    assert not source.finished


def test_a_clip_ends_in_a_whole_frame_and_is_finished() -> None:
    source = Play(Clip(tone.sine([1000], 0.05)))
    frames = [source.frame(g711.PCMU) for _ in range(4)]
    assert [frame and len(frame) for frame in frames] == [FRAME, FRAME, FRAME, None]
    assert frames[2] is not None
    assert frames[2][80:] == g711.SILENCE[g711.PCMU][:80]
    assert source.finished


def test_an_empty_clip_is_finished_at_once_even_repeated() -> None:
    assert Play(Clip(b"")).finished
    assert Play(Clip(b""), repeat=True).frame(g711.PCMU) is None


def test_silence_and_nothing() -> None:
    assert Silence().frame(g711.PCMA) == g711.SILENCE[g711.PCMA]
    assert Nothing().frame(g711.PCMA) is None
    assert not Silence().finished
    assert not Nothing().finished


def test_echo_gives_back_what_it_heard_in_frames_of_its_own() -> None:
    """Packets of 30 ms come back as packets of 20 ms."""
    echo = Echo()
    echo.hear(b"a" * 240)
    echo.hear(b"b" * 240)
    assert echo.frame(0) == b"a" * 160
    assert echo.frame(0) == b"a" * 80 + b"b" * 80
    assert echo.frame(0) == b"b" * 160
    assert echo.frame(0) == g711.SILENCE[0]
    assert not echo.finished


def test_echo_is_bounded() -> None:
    echo = Echo()
    for _ in range(50):
        echo.hear(b"a" * 160)
    assert echo.dropped == 50 * 160 - MAX_ECHO_OCTETS


@pytest.mark.parametrize(
    ("width", "rate", "channels"), [(2, 8000, 1), (2, 16000, 1), (2, 44100, 2), (1, 8000, 1), (4, 8000, 2)]
)
def test_wav_files_of_every_shape_become_narrow_band(tmp_path: Path, width: int, rate: int, channels: int) -> None:
    mono = array("h")
    mono.frombytes(tone.sine([440], 0.5))
    stretched = [mono[at * 8000 // rate] for at in range(rate // 2)]
    octets = bytearray()
    for sample in stretched:
        one = {1: bytes((128 + (sample >> 8),)), 2: sample.to_bytes(2, "little", signed=True)}.get(width)
        octets += (one or (sample << 16).to_bytes(4, "little", signed=True)) * channels
    clip = Clip.of_wav(written(tmp_path / "in.wav", bytes(octets), width=width, rate=rate, channels=channels))
    heard = played(Play(clip), 24)
    assert len(clip.encoded(0)) == pytest.approx(4000, abs=FRAME)
    assert tone.share(heard, 440) > 0.8


def test_bare_samples_are_read(tmp_path: Path) -> None:
    path = tmp_path / "in.raw"
    path.write_bytes(b"".join(value.to_bytes(2, "little", signed=True) for value in (0, 32124, -32124)) + b"\x01")
    assert Clip.of_pcm(path).encoded(g711.PCMU)[:3].hex() == "ff8000"
    with pytest.raises(AudioError, match=r"absent\.raw"):
        Clip.of_pcm(tmp_path / "absent.raw")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF\x04\0\0\0nope")
    for path in (tmp_path / "absent.wav", broken, written(tmp_path / "three.wav", bytes(60), channels=3)):
        with pytest.raises(AudioError, match=path.name):
            Clip.of_wav(path)


def test_a_recording_holds_what_was_heard(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "out.wav")
    source = play_tone(440)
    for at in range(75):  # over one flush
        recorder.hear(1000 + 160 * at, source.frame(g711.PCMA) or b"", g711.PCMA)
    recorder.close()
    samples = read(tmp_path / "out.wav")
    assert len(samples) == 75 * 320
    assert tone.share(samples, 440) > 0.98


def test_a_recording_keeps_the_place_of_lost_packets_and_drops_late_ones(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "out.wav")
    loud = b"\x80" * 160
    start = 0xFFFFFFFF - 159  # the timestamp wraps after the first packet
    for at in (0, 1, 3, 2, 3, 4):
        recorder.hear(start + 160 * at & 0xFFFFFFFF, loud, g711.PCMU)
    recorder.close()
    samples = read(tmp_path / "out.wav")
    assert recorder.dropped == 2
    assert len(samples) == 5 * 320
    assert samples[640:960] == bytes(320)
    assert 0 not in samples[960:1280:2]


def test_a_jump_of_the_timestamp_leaves_no_gap(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "out.wav")
    for timestamp in (0, 160 + MAX_GAP_SAMPLES + 1, 5_000_000, 5_000_160, 100):
        recorder.hear(timestamp, b"\x80" * 160, g711.PCMU)
    recorder.close()
    assert len(read(tmp_path / "out.wav")) == 5 * 320
    assert recorder.dropped == 0
