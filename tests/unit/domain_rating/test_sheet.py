"""Tariff sheets: every row read or its fault told, with its line."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.domain.rating.sheet import COLUMNS, read_sheet
from trunkline.domain.rating.tariff import Increments, Service, Tariff

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HEAD = "service,prefix,number_type,name,sell,buy,first,next,effective_from\n"


def test_a_whole_row_and_a_bare_one() -> None:
    sheet = read_sheet(
        HEAD + "termination,+4479,mobile,UK mobile,0.045,0.02,1,1,2026-05-01\norigination,1,,,0.0034,0.001,,,\n", NOW
    )
    assert sheet.faults == ()
    assert sheet.tariffs == (
        Tariff(
            Service.TERMINATION, "+4479", datetime(2026, 5, 1, tzinfo=UTC), Decimal("0.045"), Decimal("0.02"),
            "mobile", Increments(1, 1), "UK mobile",
        ),
        Tariff(Service.ORIGINATION, "+1", NOW, Decimal("0.0034"), Decimal("0.001")),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("fax,+1,,,1,1,,,", "service"),
        ("termination,+0,,,1,1,,,", "prefix"),
        ("termination,+1234567890123456,,,1,1,,,", "prefix"),
        ("termination,+1x,,,1,1,,,", "prefix"),
        ("termination,+1,pager,,1,1,,,", "number_type"),
        ("termination,+1,,,cheap,1,,,", "sell"),
        ("termination,+1,,,1,-1,,,", "buy"),
        ("termination,+1,,,NaN,1,,,", "sell"),
        ("termination,+1,,,Infinity,1,,,", "sell"),
        ("termination,+1,,,0.0000001,1,,,", "six decimals"),
        ("termination,+1,,,1e99,1,,,", "sell"),
        ("termination,+1,,,1,1,0,,", "first"),
        ("termination,+1,,,1,1,,9999,", "next"),
        ("termination,+1,,,1,1,,,tomorrow", "effective_from"),
        ("termination,+1,,,1,1,,,0001-01-01T00:00:00+23:59", "effective_from"),
        ("termination,+1,,,1,1,,,9999-12-31T23:59:59-23:59", "effective_from"),
        ("termination,+1,,a\0b,1,1,,,", "name"),
        ("termination,+1,,\x1b[31m,1,1,,,", "name"),
        ("termination,+1,,,1_000,1,,,", "sell"),
        ("termination,+1,,,1,\uff11,,,", "buy"),
        ("termination,+1,,,1,1,,,,more", "more fields"),
    ],
)
def test_a_faulty_row_is_told_by_its_line_and_the_others_are_read(row: str, told: str) -> None:
    sheet = read_sheet(HEAD + "termination,+,,,1,1,,,\n" + row + "\nsecure,+,,,1,0,,,\n", NOW)
    assert [tariff.service for tariff in sheet.tariffs] == [Service.TERMINATION, Service.SECURE]
    assert [fault.line for fault in sheet.faults] == [3]
    assert told in sheet.faults[0].text


def test_the_same_tariff_twice_is_a_fault() -> None:
    sheet = read_sheet(HEAD + "termination,+1,,,1,1,,,2026-01-01\n" * 2, NOW)
    assert [(fault.line, "line 2" in fault.text) for fault in sheet.faults] == [(3, True)]


@pytest.mark.parametrize(
    "text", ["", "\n", "prefix,sell\n", "service,prefix,sell,buy,sell\n", "service,prefix,sell,buy,colour\n", "\r0"]
)
def test_a_header_that_will_not_do_is_one_fault_in_line_1(text: str) -> None:
    sheet = read_sheet(text, NOW)
    assert [fault.line for fault in sheet.faults] == [1]


@given(st.text(max_size=200), st.lists(st.text(max_size=12), min_size=1, max_size=12))
def test_any_text_is_read_or_told(text: str, fields: list[str]) -> None:
    for sheet in (read_sheet(text, NOW), read_sheet(",".join(COLUMNS) + "\n" + ",".join(fields), NOW)):
        for fault in sheet.faults:
            assert fault.line >= 1
            assert fault.text
