"""Tariffs: which one holds, and what seconds are billed (issue: money; rest.md 7)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from trunkline.domain.rating.tariff import Increments, Service, Tariff, TariffBook, to_millionths

JANUARY, MARCH, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 5))


def tariff(prefix: str, sell: str, at: datetime = JANUARY, number_type: str | None = None) -> Tariff:
    return Tariff(Service.TERMINATION, prefix, at, Decimal(sell), Decimal(0), number_type)


@pytest.mark.parametrize(
    ("first", "following", "seconds", "billed"),
    [
        (60, 60, 0, 0),
        (60, 60, 1, 60),
        (60, 60, 60, 60),
        (60, 60, 61, 120),
        (30, 6, 1, 30),
        (30, 6, 30, 30),
        (30, 6, 31, 36),
        (30, 6, 36, 36),
        (30, 6, 37, 42),
        (1, 1, 1, 1),
        (1, 1, 59, 59),
        (60, 1, 61, 61),
    ],
)
def test_begun_increments_are_billed(first: int, following: int, seconds: int, billed: int) -> None:
    assert Increments(first, following).billed(seconds) == billed


def test_the_longest_prefix_wins() -> None:
    book = TariffBook([tariff("+", "1"), tariff("+44", "2"), tariff("+4479", "3")])
    found = {number: book.find(Service.TERMINATION, number, MAY) for number in ("+447946", "+442079460000", "+4", "+1")}
    assert {number: str(t.sell) for number, t in found.items() if t} == {
        "+447946": "3", "+442079460000": "2", "+4": "1", "+1": "1",
    }  # fmt: skip


def test_a_service_without_tariffs_costs_nothing() -> None:
    assert TariffBook([tariff("+", "1")]).find(Service.ORIGINATION, "+15005550100", MAY) is None


def test_the_price_of_the_day_holds() -> None:
    book = TariffBook([tariff("+1", "3", MAY), tariff("+1", "1"), tariff("+1", "2", MARCH)])
    sells = [
        book.find(Service.TERMINATION, "+15005550100", at) for at in (JANUARY, datetime(2026, 4, 1, tzinfo=UTC), MAY)
    ]
    assert [str(found.sell) for found in sells if found] == ["1", "2", "3"]


def test_a_tariff_to_come_does_not_hide_a_shorter_prefix() -> None:
    book = TariffBook([tariff("+", "1"), tariff("+1", "2", MAY)])
    found = book.find(Service.TERMINATION, "+15005550100", MARCH)
    assert found is not None
    assert found.sell == 1


def test_a_number_type_of_its_own_wins_within_a_prefix_only() -> None:
    book = TariffBook([tariff("+44", "1"), tariff("+44", "2", number_type="mobile"), tariff("+4420", "3")])

    def sell(number: str, number_type: str | None) -> str:
        found = book.find(Service.TERMINATION, number, MAY, number_type)
        assert found is not None
        return str(found.sell)

    assert sell("+441618509999", "mobile") == "2"
    assert sell("+441618509999", "local") == "1"
    assert sell("+441618509999", None) == "1"
    assert sell("+442079460000", "mobile") == "3"


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.0000005", "0.000001"), ("0.00000049", "0.000000"), ("1.2345675", "1.234568")]
)
def test_halves_of_a_millionth_go_up(amount: str, rounded: str) -> None:
    assert str(to_millionths(Decimal(amount))) == rounded
