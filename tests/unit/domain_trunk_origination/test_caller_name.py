"""CNAM: who is looked up and what is shown. Row 69; sip.md 4.5."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain_trunk.town import TRUNK
from trunkline.domain.trunk.origination.caller_name import LONGEST_NAME, caller_to_look_up, shown_name

NAMED = replace(TRUNK, cnam_lookup=True)


@pytest.mark.parametrize(
    ("caller", "number"),
    [
        ("+12025550101", "+12025550101"),
        ("12025550101", "+12025550101"),
        ("+14165550101", "+14165550101"),  # Canada
        ("+442079460101", None),
        ("+18765550101", None),  # Jamaica is within +1
        ("+17875550101", None),  # Puerto Rico has a code of its own in ISO 3166
        ("anonymous", None),
        ("", None),
        (None, None),
    ],
)
def test_row_69_callers_of_the_us_and_canada_are_looked_up(caller: str | None, number: str | None) -> None:
    assert caller_to_look_up(NAMED, caller) == number


def test_row_69_a_trunk_without_look_ups_has_none() -> None:
    assert caller_to_look_up(TRUNK, "+12025550101") is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ACME CORP", "ACME CORP"),
        ("Fifteen letters", "Fifteen letters"),
        ("Sixteen letters!", "Sixteen letters"),
        ("  spaced  ", "spaced"),
        ('A "B" <sip:x@y>', "A B <sip:x@y>"),
        ("A\\B", "AB"),
        ("A\r\nContact: x", "AContact: x"),
        ("Br\u00fccke", "Br\u00fccke"),
        ("\ud800", None),
        ("   ", None),
        ("", None),
        (None, None),
    ],
)
def test_row_69_a_name_is_shown_as_far_as_a_header_can_carry_it(text: str | None, shown: str | None) -> None:
    assert shown_name(text) == shown


@given(st.text())
def test_any_text_makes_a_harmless_name(text: str) -> None:
    shown = shown_name(text)
    assert shown is None or (0 < len(shown) <= LONGEST_NAME and shown.isprintable() and not set(shown) & set('"\\'))
    assert shown_name(shown) == shown
