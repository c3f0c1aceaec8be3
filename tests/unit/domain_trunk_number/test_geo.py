"""Row 35: which country a number is of, held against the phone number library; who may call it."""

from dataclasses import replace

import phonenumbers
import pytest

from tests.unit.domain_trunk.town import ACCOUNT
from trunkline.domain.call.release_cause import COUNTRY_NOT_ALLOWED
from trunkline.domain.trunk.number.geo import country_of, country_refusal
from trunkline.kit.ids import E164

SHARED = {"MA", "EH", "GP", "BL", "MF"}
"""Territories that share number ranges with a neighbour: the library names the first, or the first that fits."""
ELSEWHERE = {"+447924123456": "IM", "+13101234": "US"}
"""One fits two patterns of the library, and it names the wider one; one is Canadian and too short to have an area."""
ITU_ONLY = {800, 808, 870, 878, 881, 882, 883, 888, 979}


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+12025550101", "US"),
        ("+15005550100", "US"),
        ("+18005550100", "US"),
        ("+14165550101", "CA"),
        ("+16045550101", "CA"),
        ("+18765550101", "JM"),
        ("+12425550101", "BS"),
        ("+442079460123", "GB"),
        ("+441534960123", "JE"),
        ("+74955550101", "RU"),
        ("+77275550101", "KZ"),
        ("+390669812345", "VA"),
        ("+390612345678", "IT"),
        ("+999123456", None),
        ("+8811234567", None),
        ("+21", None),
        ("+1", "US"),
    ],
)
def test_row_35_country_of_a_number(number: str, country: str | None) -> None:
    assert country_of(E164(number)) == country


def test_every_calling_code_is_of_the_librarys_main_country() -> None:
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        expected = None if code in ITU_ONLY else regions[0]
        assert (expected is None) == (regions[0] == "001"), code
        assert country_of(E164(f"+{code}500000")) == expected, code


def test_every_example_number_of_the_library_is_of_its_country() -> None:
    seen = 0
    for region in phonenumbers.SUPPORTED_REGIONS - SHARED:
        for kind in range(10):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is None or not phonenumbers.is_valid_number(number):
                continue
            text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            expected = ELSEWHERE.get(text, phonenumbers.region_code_for_number(number))
            assert country_of(E164(text)) == expected, (region, text)
            seen += 1
    assert seen > 800


@pytest.mark.parametrize("number", ["+212528812345", "+590590271234"])
def test_a_shared_range_is_one_of_its_territories(number: str) -> None:
    assert country_of(E164(number)) in SHARED


def test_every_area_code_of_north_america_is_of_its_country() -> None:
    """Codes that nobody has been given count as US."""
    for area in range(200, 1000):
        regions = {
            phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{area}{rest}"))
            for rest in ("2345678", "5550101", "2010000", "9992345")
        } - {None}
        assert regions <= {country_of(E164(f"+1{area}2345678"))}, area
        if not regions:
            assert country_of(E164(f"+1{area}2345678")) == "US", area


@pytest.mark.parametrize(
    ("countries", "number", "allowed"),
    [
        ({"US"}, "+12025550101", True),
        ({"US"}, "+14165550101", False),
        ({"CA", "GB"}, "+14165550101", True),
        ({"US", "CA", "GB"}, "+18765550101", False),
        (set(), "+12025550101", False),
        ({"US", "CA", "GB"}, "+881612345678", False),
    ],
)
def test_row_35_an_account_calls_its_countries_and_no_other(countries: set[str], number: str, allowed: bool) -> None:
    account = replace(ACCOUNT, countries=frozenset(countries))
    assert country_refusal(account, E164(number), {}) == (None if allowed else COUNTRY_NOT_ALLOWED)
