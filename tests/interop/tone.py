"""Tones in WAV files: written for a peer to play, found by frequency in what a peer heard."""

import math
import struct
import wave
from pathlib import Path

RATE = 8000


def write_tone(file: Path, frequency_hz: float, seconds: float, level: float = 0.3) -> Path:
    """A sine as 16-bit mono at 8 kHz; `level` is the part of full scale."""
    step = 2 * math.pi * frequency_hz / RATE
    samples = (round(32767 * level * math.sin(step * index)) for index in range(round(RATE * seconds)))
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file


def tone_share(file: Path, frequency_hz: float, *, seconds: float | None = None) -> float:
    """The part (0 to 1) of the recording's power that lies at the frequency, silence before and after left out.

    Blocks of 0.1 s, Goertzel's method; 0.0 for silence or an empty file; `seconds` looks at the last ones only.
    """
    samples, rate = _read(file)
    loud = _without_silence(samples[-round(rate * seconds) :] if seconds else samples)
    size = rate // 10
    blocks = [loud[start : start + size] for start in range(0, len(loud) - size + 1, size)]
    powers = [(goertzel(block, frequency_hz, rate), sum(x * x for x in block) / len(block)) for block in blocks]
    total = sum(power for _, power in powers)
    return sum(at for at, _ in powers) / total if total else 0.0


def heard_seconds(file: Path) -> float:
    """How long the recording is from its first to its last sound."""
    samples, rate = _read(file)
    return len(_without_silence(samples)) / rate


def goertzel(block: tuple[int, ...], frequency_hz: float, rate: int) -> float:
    """The mean power of the block's component at the frequency."""
    turn = 2 * math.cos(2 * math.pi * frequency_hz / rate)
    before = last = 0.0
    for sample in block:
        before, last = last, sample + turn * last - before
    return 2 * (last * last + before * before - turn * last * before) / len(block) ** 2


def _read(file: Path) -> tuple[tuple[int, ...], int]:
    with wave.open(str(file), "rb") as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2), f"{file} is not 16-bit mono"
        frames = sound.readframes(sound.getnframes())
        return struct.unpack(f"<{len(frames) // 2}h", frames), sound.getframerate()


def _without_silence(samples: tuple[int, ...], floor: int = 300) -> tuple[int, ...]:
    loud = [index for index, sample in enumerate(samples) if abs(sample) > floor]
    return samples[loud[0] : loud[-1] + 1] if loud else ()
