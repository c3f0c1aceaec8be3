"""Looking for a number that is for sale: patterns of digits and letters, and what lies near a place."""

import re
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Final

_PATTERN: Final = re.compile(r"\+?[0-9A-Za-z*%]{2,16}\$?\Z", re.ASCII)
_WILD: Final = re.compile(r"[*%]")
_KEYPAD: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_EARTH_MILES: Final = 3_958.8
_MILES_OF_A_DEGREE: Final = 69.0
"""A little less than the shortest degree of latitude has, so that a box by it is never too small."""


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """Digits, `*` for any one of them and `%` for any run.

    A pattern is found anywhere in a number, an anchored one at its `+`, an ended one where the number ends.
    """

    text: str
    anchored: bool
    ended: bool = False

    @property
    def is_beginning(self) -> bool:
        """Whether every number with that beginning matches."""
        return self.anchored and not self.ended and not _WILD.search(self.text)

    @property
    def beginning(self) -> str:
        """What every number that matches begins with: at least its `+`."""
        return "+" + _WILD.split(self.text)[0] if self.anchored else "+"


def number_pattern(text: str, iso_country: str) -> NumberPattern | None:
    """2 to 16 digits, letters as on a keypad, `*` and `%`, with `+` in front or `$` behind; None for anything else.

    Beside `%` there are two digits at least. A pattern as long as a North American number stands for the whole of it.
    """
    if not _PATTERN.match(text) or ("%" in text and sum(map(str.isalnum, text)) < 2):
        return None
    digits, ended = text.removeprefix("+").removesuffix("$").upper().translate(_KEYPAD), text.endswith("$")
    if text.startswith("+"):
        return NumberPattern(digits, anchored=True, ended=ended)
    if iso_country in ("US", "CA") and len(digits) == 10 and "%" not in digits:
        return NumberPattern("1" + digits, anchored=True, ended=ended)
    return NumberPattern(digits, anchored=False, ended=ended)


def is_area_code(text: str) -> bool:
    """Three digits as the North American plan has them."""
    return len(text) == 3 and text.isascii() and text.isdecimal() and text[0] in "23456789"


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees, north and east positive."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Circle:
    """Everything within so many miles of a place."""

    center: Place
    miles: float

    @property
    def latitudes(self) -> tuple[float, float]:
        """The circle is between these."""
        reach = self.miles / _MILES_OF_A_DEGREE
        return self.center.latitude - reach, self.center.latitude + reach

    def holds(self, place: Place) -> bool:
        return miles_between(self.center, place) <= self.miles


def miles_between(one: Place, other: Place) -> float:
    """Along a great circle (haversine)."""
    north, south = radians(one.latitude), radians(other.latitude)
    east = radians(other.longitude - one.longitude)
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(east / 2) ** 2
    return 2 * _EARTH_MILES * asin(min(1.0, sqrt(half)))


def read_place(text: str) -> Place | None:
    """`37.840699,-122.461853`; None for what is no place on earth."""
    parts = text.split(",")
    if len(parts) != 2 or not all(_DEGREES.match(part.strip()) for part in parts):
        return None
    place = Place(float(parts[0]), float(parts[1]))
    return place if abs(place.latitude) <= 90 and abs(place.longitude) <= 180 else None


_DEGREES: Final = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,15})?\Z", re.ASCII)
