"""Row 142: patterns and places that numbers are looked for by (rest.md 3.5)."""

import pytest

from trunkline.domain.trunk.number.search import (
    Circle,
    NumberPattern,
    Place,
    is_area_code,
    miles_between,
    number_pattern,
    read_place,
)

SAN_FRANCISCO, NEW_YORK = Place(37.7749, -122.4194), Place(40.7128, -74.0060)


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("20", "US", NumberPattern("20", False)),
        ("KATE", "GB", NumberPattern("5283", False)),
        ("adgjmptw", "US", NumberPattern("23456789", False)),
        ("cfilosvz", "US", NumberPattern("23456789", False)),
        ("QRy*", "US", NumberPattern("779*", False)),
        ("202555****", "US", NumberPattern("1202555****", True)),
        ("202555****", "GB", NumberPattern("202555****", False)),
        ("+4420", "GB", NumberPattern("4420", True)),
        ("*" * 16, "GB", NumberPattern("*" * 16, False)),
        ("202%99", "US", NumberPattern("202%99", False)),
        ("202555%100", "US", NumberPattern("202555%100", False)),
        ("0100$", "US", NumberPattern("0100", False, ended=True)),
        ("+1202*55$", "US", NumberPattern("1202*55", True, ended=True)),
    ],
)
def test_row_142_a_pattern_is_digits_letters_and_stars(text: str, country: str, expected: NumberPattern) -> None:
    assert number_pattern(text, country) == expected


@pytest.mark.parametrize("text", ["2", "+2", "*" * 17, "20 2", "2$0", "20$$", "%%", "%2%", "20_2", "2٣", "20\n"])
def test_row_142_anything_else_is_no_pattern(text: str) -> None:
    assert number_pattern(text, "US") is None


def test_an_anchored_pattern_says_what_every_match_begins_with() -> None:
    assert NumberPattern("1202*55", True).beginning == "+1202"
    assert NumberPattern("1202%55", True).beginning == "+1202"
    assert NumberPattern("202", False).beginning == "+"
    assert NumberPattern("1202", True).is_beginning
    assert not NumberPattern("1202", True, ended=True).is_beginning


@pytest.mark.parametrize(
    ("code", "is_one"), [("202", True), ("102", False), ("20", False), ("2025", False), ("20٢", False)]
)
def test_an_area_code_is_three_digits_from_two_on(code: str, is_one: bool) -> None:
    assert is_area_code(code) is is_one


def test_row_142_distances_are_along_the_earth() -> None:
    assert miles_between(SAN_FRANCISCO, NEW_YORK) == pytest.approx(2_566, abs=3)
    assert miles_between(Place(0, 179.9), Place(0, -179.9)) == pytest.approx(13.8, abs=0.1)
    assert miles_between(NEW_YORK, NEW_YORK) == 0


def test_row_142_a_circle_lies_between_its_latitudes() -> None:
    circle = Circle(SAN_FRANCISCO, 100)
    south, north = circle.latitudes
    assert not circle.holds(Place(north, SAN_FRANCISCO.longitude))
    assert not circle.holds(Place(south, SAN_FRANCISCO.longitude))
    assert circle.holds(Place(SAN_FRANCISCO.latitude + 1.4, SAN_FRANCISCO.longitude))


@pytest.mark.parametrize("text", ["", "37", "37,-122,1", "91,0", "0,181", "nan,0", "1e1,0", "37;122"])
def test_what_is_no_place_on_earth_is_none(text: str) -> None:
    assert read_place(text) is None


def test_a_place_is_two_decimals() -> None:
    assert read_place("37.840699, -122.461853") == Place(37.840699, -122.461853)
