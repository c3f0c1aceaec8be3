"""Row 148: which class of risk a number is in, and that each class is allowed by itself."""

from dataclasses import replace

import pytest

from tests.unit.domain_trunk.town import ACCOUNT
from trunkline.domain.call.release_cause import COUNTRY_NOT_ALLOWED
from trunkline.domain.trunk.facts import Risk
from trunkline.domain.trunk.number.geo import calling_codes, countries, country_of, country_refusal
from trunkline.domain.trunk.number.risk import EXAMPLES, risk_of
from trunkline.kit.ids import E164


@pytest.mark.parametrize(
    ("number", "risk"),
    [
        ("+12025550101", Risk.LOW),
        ("+19005550101", Risk.SPECIAL),
        ("+442079460123", Risk.LOW),
        ("+449098790123", Risk.SPECIAL),
        ("+37190123456", Risk.TOLLFRAUD),
        ("+37167123456", Risk.LOW),
        ("+15005550100", Risk.LOW),
    ],
)
def test_row_148_the_examples(number: str, risk: Risk) -> None:
    assert risk_of(E164(number), EXAMPLES) is risk
    assert risk_of(E164(number), {}) is Risk.LOW


def test_the_longest_prefix_counts() -> None:
    risks = {"+44": Risk.TOLLFRAUD, "+4420": Risk.LOW, "+442079460123": Risk.SPECIAL}
    numbers = ("+442079460123", "+442079460124", "+44161", "+33199005501")
    assert [risk_of(E164(number), risks) for number in numbers] == [
        *(Risk.SPECIAL, Risk.LOW, Risk.TOLLFRAUD, Risk.LOW),
    ]


@pytest.mark.parametrize("risk", Risk)
def test_row_148_each_class_is_allowed_by_itself(risk: Risk) -> None:
    number, risks = E164("+449098790123"), {"+449": risk}
    gb = frozenset({"GB"})
    allowed = {
        Risk.LOW: replace(ACCOUNT, countries=gb),
        Risk.SPECIAL: replace(ACCOUNT, countries=frozenset(), special_countries=gb),
        Risk.TOLLFRAUD: replace(ACCOUNT, countries=frozenset(), tollfraud_countries=gb),
    }
    for class_, account in allowed.items():
        assert country_refusal(account, number, risks) == (None if class_ is risk else COUNTRY_NOT_ALLOWED)
        assert country_refusal(account, E164("+33199005501"), {"+33": class_}) is COUNTRY_NOT_ALLOWED


def test_every_example_is_of_a_country() -> None:
    assert all(country_of(E164(prefix)) is not None for prefix in EXAMPLES)


def test_calling_codes_are_of_the_country_or_shared() -> None:
    assert calling_codes("GB") == calling_codes("JE") == ("+44",)
    assert calling_codes("CA") == ("+1",)
    assert calling_codes("EH") == ("+212",)
    assert all(calling_codes(country) for country in countries())
