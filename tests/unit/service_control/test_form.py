"""api.form and api.wire_date on their own."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData, QueryParams

from trunkline.service.control.api.form import Flag, Form, Number, read_form
from trunkline.service.control.api.wire_date import Window, iso_8601, read_window, rfc_2822
from trunkline.service.control.provisioning.refusal import Refusal


class _Sample(Form):
    friendly_name: str = "none"
    enabled: Flag = False
    cidr_prefix_length: Number = 32
    gateway: tuple[str, ...] = ()


_Recurring = Literal["daily", "monthly"]


class _Needy(Form):
    sip_url: str


def _read(*items: tuple[str, str]) -> _Sample:
    return read_form(_Sample, FormData(list(items)))


def test_row_3_only_what_was_sent_counts_and_empty_is_sent() -> None:
    assert _read().sent() == {}
    assert _read(("FriendlyName", ""), ("Other", "x")).sent() == {"friendly_name": ""}


def test_repeated_names_make_lists_and_else_the_last_counts() -> None:
    """rest.md 1.2."""
    assert _read(("Gateway", "a")).gateway == ("a",)
    assert _read(("Gateway", "a"), ("Gateway", "b")).gateway == ("a", "b")
    assert _read(("FriendlyName", "a"), ("FriendlyName", "b")).friendly_name == "b"


@pytest.mark.parametrize(("text", "value"), [("true", True), ("True", True), ("false", False), ("FALSE", False)])
def test_booleans(text: str, value: bool) -> None:
    assert _read(("Enabled", text)).enabled is value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Enabled", "1"),
        ("Enabled", ""),
        ("CidrPrefixLength", ""),
        ("CidrPrefixLength", "1.0"),
        ("CidrPrefixLength", "--1"),
        ("CidrPrefixLength", "²"),
        ("CidrPrefixLength", "1" * 10),
        ("FriendlyName", "a\x00"),
        ("Gateway", "\x00"),
    ],
)
def test_a_fault_is_20001_and_names_its_parameter(name: str, text: str) -> None:
    with pytest.raises(Refusal, match="20001") as caught:
        _read((name, text))
    assert name in caught.value.message


def test_row_129_a_parameter_is_named_without_parts_of_its_type() -> None:
    class Sample(Form):
        recurring: _Recurring | Literal[""] = ""

    with pytest.raises(Refusal, match=r"Invalid parameter Recurring: "):
        read_form(Sample, FormData({"Recurring": "weekly"}))


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(Refusal, match="Missing required parameter SipUrl in the post body"):
        read_form(_Needy, FormData())


@given(st.dictionaries(st.sampled_from(["FriendlyName", "Enabled", "CidrPrefixLength", "Gateway", "X"]), st.text()))
def test_any_text_is_read_or_refused(fields: dict[str, str]) -> None:
    with suppress(Refusal):  # anything else that is raised would be a 500
        _read(*fields.items())


def test_row_133_dates_have_the_two_shapes_in_utc_without_fraction() -> None:
    at = datetime(2015, 7, 30, 22, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert iso_8601(at) == "2015-07-30T20:00:00Z"
    assert rfc_2822(at) == "Thu, 30 Jul 2015 20:00:00 +0000"


def _window(**query: str) -> Window:
    return read_window(QueryParams(query), "T")


def _at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]  # year, month, day and so on


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ({}, None, None),
        ({"T": ""}, None, None),
        ({"T": "2026-01-02"}, _at(2026, 1, 2), _at(2026, 1, 3)),
        ({"T<": "2026-01-02"}, None, _at(2026, 1, 3)),
        ({"T>": "2026-01-02"}, _at(2026, 1, 2), None),
        ({"T>=": "2026-01-02", "T<=": "2026-01-03"}, _at(2026, 1, 2), _at(2026, 1, 4)),
        ({"T": "2026-01-02T03:04:05Z"}, _at(2026, 1, 2, 3, 4, 5), _at(2026, 1, 2, 3, 4, 6)),
        ({"T>": "2026-01-02T03:04:05"}, _at(2026, 1, 2, 3, 4, 5), None),
        ({"T>": "2026-01-02T03:04:05+02:00"}, _at(2026, 1, 2, 1, 4, 5), None),
        ({"T>": "2026-01-01", "T<": "2026-01-05", "T": "2026-01-03"}, _at(2026, 1, 3), _at(2026, 1, 4)),
    ],
)
def test_row_145_date_filters(query: dict[str, Any], since: datetime | None, until: datetime | None) -> None:
    """A day means all of it, on both sides."""
    assert _window(**query) == Window(since, until)


@pytest.mark.parametrize("text", ["20260102", "2026-W01", "2026-W01-5", "2026-01-02T03", "2026-01-02T03:04:05 01:00"])
def test_row_145_what_could_be_a_day_or_a_second_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="20001"):
        _window(T=text)


@given(st.text(max_size=30))
def test_any_date_is_read_or_refused(text: str) -> None:
    with suppress(Refusal):
        _window(T=text)
