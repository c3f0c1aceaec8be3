"""Tones as 16-bit linear samples at 8 kHz, and Goertzel's detector of them."""

from array import array
from collections.abc import Iterable, Sequence
from math import cos, log10, pi, sin
from typing import Final

SAMPLE_RATE: Final = 8000
FULL_SCALE: Final = 32767

LOW: Final = (697, 770, 852, 941)
HIGH: Final = (1209, 1336, 1477, 1633)
_KEYPAD: Final = ("123A", "456B", "789C", "*0#D")
DTMF: Final = {
    digit: (low, high) for low, row in zip(LOW, _KEYPAD, strict=True) for high, digit in zip(HIGH, row, strict=True)
}
"""The two frequencies of each digit (ITU-T Q.23)."""

_REVERSE_TWIST_DB: Final = 8.0
_MIN_SHARE: Final = 0.6


def sine(frequencies: Sequence[float], seconds: float, amplitude: float = 0.3) -> bytes:
    """The sum of sines, each of `amplitude` (0 to 1) divided by their number."""
    peak = FULL_SCALE * amplitude / max(1, len(frequencies))
    steps = [2 * pi * frequency / SAMPLE_RATE for frequency in frequencies]
    samples = range(round(seconds * SAMPLE_RATE))
    return array("h", [round(sum(peak * sin(step * at) for step in steps)) for at in samples]).tobytes()


def silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * SAMPLE_RATE))


def cadence(frequencies: Sequence[float], on_off_s: Iterable[tuple[float, float]], amplitude: float = 0.3) -> bytes:
    """One period of a tone that goes on and off (ITU-T E.180)."""
    return b"".join(sine(frequencies, on, amplitude) + silence(off) for on, off in on_off_s)


def dtmf(digit: str, seconds: float = 0.1, amplitude: float = 0.5) -> bytes:
    """The tone of one digit; raises KeyError for none."""
    return sine(DTMF[digit.upper()], seconds, amplitude)


def ringback() -> bytes:
    """One period of North America's ringing tone: 440 and 480 Hz, 2 s on and 4 s off."""
    return cadence((440, 480), ((2.0, 4.0),))


def busy() -> bytes:
    """One period of North America's busy tone: 480 and 620 Hz, half a second on and off."""
    return cadence((480, 620), ((0.5, 0.5),))


def share(samples: bytes, frequency: float) -> float:
    """The share of the power of 16-bit samples that is at one frequency: about 1 for a pure sine, 0 for silence.

    Goertzel's recurrence over the whole block; neighbours nearer than 8000 / block length run together.
    """
    block = array("h")
    block.frombytes(samples)
    energy = sum(sample * sample for sample in block)
    return _at(block, frequency) / energy if energy else 0.0


def strongest(samples: bytes, frequencies: Iterable[float]) -> tuple[float, float]:
    """The frequency with the greatest share, and that share."""
    return max(((frequency, share(samples, frequency)) for frequency in frequencies), key=lambda found: found[1])


def dtmf_digit(samples: bytes) -> str | None:
    """The digit that sounds throughout a block of 20 ms or more, None for speech, silence or anything else.

    Both tones together must make up most of the power, and neither be 8 dB above the other (ITU-T Q.24 allows 4
    and 8 by direction).
    """
    block = array("h")
    block.frombytes(samples)
    energy = sum(sample * sample for sample in block)
    if energy <= len(block) * 100 * 100:  # below -50 dB of full scale nothing was pressed
        return None
    low_power, row = max((_at(block, frequency), at) for at, frequency in enumerate(LOW))
    high_power, column = max((_at(block, frequency), at) for at, frequency in enumerate(HIGH))
    if (low_power + high_power) / energy < _MIN_SHARE or low_power <= 0 or high_power <= 0:
        return None
    if abs(10 * log10(low_power / high_power)) > _REVERSE_TWIST_DB:
        return None
    return _KEYPAD[row][column]


def _at(block: Sequence[int], frequency: float) -> float:
    """The energy of a block at one frequency, scaled to that of the whole block."""
    coefficient = 2 * cos(2 * pi * frequency / SAMPLE_RATE)
    before = last = 0.0
    for sample in block:
        before, last = last, sample + coefficient * last - before
    power = last * last + before * before - coefficient * last * before
    return 2 * power / len(block)
