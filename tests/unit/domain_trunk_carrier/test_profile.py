"""Forms of numbers towards a carrier (sip.md 3.5)."""

import pytest

from trunkline.domain.trunk.carrier.profile import CarrierProfile, NumberFormat
from trunkline.kit.ids import E164

DIGITS = NumberFormat.DIGITS


@pytest.mark.parametrize(
    ("profile", "callee", "called"),
    [
        (CarrierProfile(), "+12025550101", "+12025550101"),
        (CarrierProfile(DIGITS), "+12025550101", "12025550101"),
        (CarrierProfile(tech_prefix="9981#"), "+12025550101", "9981#+12025550101"),
        (CarrierProfile(DIGITS, tech_prefix="9981"), "+12025550101", "998112025550101"),
        (CarrierProfile(strip_prefix="+1"), "+12025550101", "2025550101"),
        (CarrierProfile(strip_prefix="+1"), "+442079460123", "+442079460123"),
        (CarrierProfile(DIGITS, strip_prefix="+44", tech_prefix="0"), "+442079460123", "02079460123"),
    ],
)
def test_called_number_has_the_carriers_form(profile: CarrierProfile, callee: str, called: str) -> None:
    assert profile.called(E164(callee)) == called


def test_caller_has_the_format_and_no_prefix() -> None:
    profile = CarrierProfile(DIGITS, strip_prefix="+1", tech_prefix="9")
    assert profile.number(E164("+12025550101")) == "12025550101"
    assert CarrierProfile(tech_prefix="9").number(E164("+12025550101")) == "+12025550101"
