"""What calls, look-ups, recordings and numbers cost."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.domain.rating.charge import CallFacts, charge_of_number_month, charge_of_recording, charges_of_call
from trunkline.domain.rating.tariff import Increments, Service, Tariff, TariffBook

AT = datetime(2026, 3, 1, tzinfo=UTC)
BOOK = TariffBook(
    [
        Tariff(Service.TERMINATION, "+1", AT, Decimal("0.0070"), Decimal("0.0031")),
        Tariff(Service.TERMINATION, "+44", AT, Decimal("0.01"), Decimal("0.004"), increments=Increments(1, 1)),
        Tariff(Service.ORIGINATION, "+1", AT, Decimal("0.0034"), Decimal("0.001")),
        Tariff(Service.ORIGINATION, "+1", AT, Decimal("0.013"), Decimal("0.009"), "toll-free"),
        Tariff(Service.SECURE, "+", AT, Decimal("0.001"), Decimal(0)),
        Tariff(Service.RECORDING, "+", AT, Decimal("0.0025"), Decimal(0)),
        Tariff(Service.CNAM_LOOKUP, "+", AT, Decimal("0.01"), Decimal("0.004")),
        Tariff(Service.NUMBER_MONTH, "+1", AT, Decimal("1.15"), Decimal("0.50"), "local"),
    ]
)


def rated(call: CallFacts) -> dict[str, tuple[str, str, int]]:
    return {c.category: (str(c.sell), str(c.buy), c.seconds) for c in charges_of_call(call, BOOK)}


def test_a_termination_call_by_the_minute() -> None:
    call = CallFacts(True, "+15005550100", None, 61, AT)
    assert rated(call) == {"trunking-termination": ("0.014000", "0.006200", 120)}


def test_a_termination_call_by_the_second_is_rounded_to_the_millionth() -> None:
    call = CallFacts(True, "+442079460000", None, 7, AT)
    assert rated(call) == {"trunking-termination": ("0.001167", "0.000467", 7)}
    assert [charge.margin for charge in charges_of_call(call, BOOK)] == [Decimal("0.000700")]


@pytest.mark.parametrize(
    ("number_type", "category", "sell"),
    [
        ("local", "trunking-origination-local", "0.003400"),
        ("toll-free", "trunking-origination-tollfree", "0.013000"),
        ("mobile", "trunking-origination-mobile", "0.003400"),
        (None, "trunking-origination", "0.003400"),
    ],
)
def test_an_origination_call_by_the_type_of_its_number(number_type: str | None, category: str, sell: str) -> None:
    found = rated(CallFacts(False, "+15005550100", number_type, 5, AT))
    assert {name: figures[0] for name, figures in found.items()} == {category: sell}


def test_security_is_charged_on_top() -> None:
    call = CallFacts(True, "+15005550100", None, 90, AT, secure=True)
    assert rated(call)["trunking-secure"] == ("0.002000", "0.000000", 120)


def test_row_69_a_look_up_is_charged_even_if_nobody_answered() -> None:
    call = CallFacts(False, "+15005550100", "local", 0, AT, cnam_lookups=1)
    assert rated(call) == {"calleridlookups": ("0.010000", "0.004000", 0)}


def test_an_unanswered_call_and_one_before_every_tariff_cost_nothing() -> None:
    assert rated(CallFacts(True, "+15005550100", None, 0, AT, secure=True)) == {}
    assert rated(CallFacts(True, "+15005550100", None, 9, datetime(2026, 2, 28, tzinfo=UTC))) == {}


def test_a_recording_and_a_month_of_a_number() -> None:
    recording = charge_of_recording("+15005550100", 30, AT, BOOK)
    month = charge_of_number_month("+15005550100", "local", AT, BOOK)
    assert recording is not None
    assert month is not None
    assert (recording.category, str(recording.sell)) == ("trunking-recordings", "0.002500")
    assert (month.category, str(month.sell), str(month.buy)) == ("phonenumbers-local", "1.150000", "0.500000")
    assert charge_of_number_month("+442079460000", "local", AT, BOOK) is None


@given(st.lists(st.tuples(st.integers(0, 100_000), st.booleans()), max_size=30))
def test_rating_again_gives_the_same_sum(calls: list[tuple[int, bool]]) -> None:
    facts = [CallFacts(terminating, "+15005550100", "local", seconds, AT, True, 1) for seconds, terminating in calls]
    once = sum((charge.sell for call in facts for charge in charges_of_call(call, BOOK)), Decimal(0))
    again = sum((charge.sell for call in reversed(facts) for charge in charges_of_call(call, BOOK)), Decimal(0))
    assert once == again
    assert once == once.quantize(Decimal("0.000001"))
