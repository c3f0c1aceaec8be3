"""What was heard: the share of one tone in a recording."""

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trunkline.protocol.rtp import tone

HEARD_SHARE: Final = 0.5
"""A tone is heard when it has at least half of the power of a fifth of a second."""
_BLOCK_OCTETS: Final = 2 * tone.SAMPLE_RATE // 5


@dataclass(frozen=True, slots=True)
class Hearing:
    """`share` of the power at `frequency` in the best fifth of a second, and the seconds in which it prevailed."""

    frequency: int
    share: float
    seconds: float

    @property
    def heard(self) -> bool:
        return self.seconds >= 0.4


def hear(samples: bytes, frequency: int) -> Hearing:
    """Listen to 16-bit samples at 8 kHz, a fifth of a second at a time."""
    shares = [
        tone.share(samples[at : at + _BLOCK_OCTETS], frequency)
        for at in range(0, len(samples) - _BLOCK_OCTETS + 1, _BLOCK_OCTETS)
    ]
    prevailing = sum(share >= HEARD_SHARE for share in shares)
    return Hearing(frequency, max(shares, default=0.0), prevailing / 5)


def hear_file(path: Path, frequency: int) -> Hearing:
    """Listen to a recording of `platform.media.audio.Recorder`; one that is missing or empty is silence."""
    try:
        with wave.open(str(path), "rb") as file:
            return hear(file.readframes(file.getnframes()), frequency)
    except (OSError, EOFError, wave.Error):
        return Hearing(frequency, 0.0, 0.0)
