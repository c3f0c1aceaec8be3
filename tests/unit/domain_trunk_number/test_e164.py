"""E.164 numbers in user parts: row 30 and the carrier's form."""

import pytest

from trunkline.domain.trunk.number.e164 import dialled_number, e164_of


@pytest.mark.parametrize(
    ("user", "number"),
    [
        ("+12025550101", "+12025550101"),
        ("%2B12025550101", "+12025550101"),
        ("+12025550101;npdi;rn=+12025550199", "+12025550101"),
        ("+12", "+12"),
        ("+123456789012345", "+123456789012345"),
        ("+1234567890123456", None),
        ("+1", None),
        ("+0123456", None),
        ("12025550101", None),
        ("0012025550101", None),
        ("+1202555o101", None),
        ("+1 202 555 0101", None),
        ("+1-202-555-0101", None),
        ("+12025550101\n", None),
        ("+12025550101%0d%0a", None),
        ("+\u0661\u0662\u0663", None),
        ("911", None),
        ("alice", None),
        ("+", None),
        ("", None),
        (None, None),
    ],
)
def test_row_30_only_plus_and_digits_are_e164(user: str | None, number: str | None) -> None:
    assert e164_of(user) == number


@pytest.mark.parametrize(
    ("user", "number"),
    [
        ("12025550101", "+12025550101"),
        ("+12025550101", "+12025550101"),
        ("12025550101;cpc=ordinary", "+12025550101"),
        ("012025550101", None),
        ("alice", None),
        (None, None),
    ],
)
def test_carrier_may_leave_the_plus_out(user: str | None, number: str | None) -> None:
    assert dialled_number(user) == number
