"""The Extension of a validation request: digits to key in once the call is answered, `w` and `W` as pauses."""

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeAlias

MOST_CHARACTERS: Final = 32
SHORT_PAUSE_S: Final = 0.5
"""`w`."""
LONG_PAUSE_S: Final = 1.0
"""`W`."""
DIGIT_S: Final = 0.2
"""Of each digit: 100 ms of sound, 60 ms of silence, and room for the one that comes next."""
LONGEST_EXTENSION_S: Final = MOST_CHARACTERS * LONG_PAUSE_S

_EXTENSION: Final = re.compile(rf"[0-9*#wW]{{0,{MOST_CHARACTERS}}}")


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Digits:
    digits: str

    @property
    def seconds(self) -> float:
        """How long keying them in takes."""
        return DIGIT_S * len(self.digits)


Step: TypeAlias = Pause | Digits


def is_extension(text: str) -> bool:
    """At most 32 of `0-9 * # w W`; none at all is fine."""
    return _EXTENSION.fullmatch(text) is not None


def extension_steps(text: str) -> list[Step]:
    """Runs of digits, and the pauses between them."""
    steps: list[Step] = []
    for is_pause, run in groupby(text, key=lambda character: character in "wW"):
        characters = "".join(run)
        if is_pause:
            steps.append(Pause(SHORT_PAUSE_S * characters.count("w") + LONG_PAUSE_S * characters.count("W")))
        else:
            steps.append(Digits(characters))
    return steps
