"""Every answer of every route against the published OpenAPI files (row 151; rows 130-150 each have answers here)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tools import compatibility
from tools.compatibility import DEVIATIONS, NULL, shape

from tests.contract import tour
from tests.contract.tour import Visit
from tests.unit.service_control import oai
from tests.unit.service_control.house import BASE

NOT_TAKEN = {
    ("POST", "/2010-04-01/Accounts/{account_sid}/Calls/{call_sid}/Recordings.json"),
    ("POST", "/2010-04-01/Accounts/{account_sid}/Calls/{call_sid}/Recordings/{sid}.json"),
}
"""Routes that refuse whoever asks: there is no recorder yet (21220)."""


def _compared(visits: list[Visit]) -> Iterator[tuple[Visit, oai.Operation]]:
    """The successes of routes that are published."""
    for visit in visits:
        method, path = visit.route
        operation = oai.published().get((method, shape(path)))
        if operation is not None and visit.status < 300:
            yield visit, operation


def _faults(visit: Visit, operation: oai.Operation) -> set[str]:
    """Without the places in lists, so that a fault of a thousand rows is one."""
    answer = operation.answers.get(visit.status)
    if answer is None:
        return {f"{visit.status} is not published"}
    if answer.rule is None:
        return set() if visit.body is None else {"a body"}
    found = oai.faults(operation.schemas, answer.rule, visit.body, answer.examples)
    return {re.sub(r"\[\d+\]", "", fault) for fault in found}


def _excuse(visit: Visit, fault: str) -> compatibility.Deviation | None:
    path = shape(visit.route[1])
    for deviation in DEVIATIONS:
        if path.startswith(deviation.path) and re.fullmatch(deviation.fault, fault):
            return deviation
    return None


def test_row_151_no_route_is_left_out(visits: list[Visit]) -> None:
    """Over the application's own routes: whoever adds one adds it to the tour."""
    seen = {visit.route for visit in visits if visit.status < 300}
    assert set(tour.CUSTOMER_ROUTES) - seen == NOT_TAKEN
    assert set(tour.OPERATOR_ROUTES) - seen == set()
    refused = {visit.route: visit.body["code"] for visit in visits if visit.status >= 300}
    assert refused == dict.fromkeys(NOT_TAKEN, 21220)


def test_row_151_lists_are_looked_at_with_something_in_them(visits: list[Visit]) -> None:
    empty = {visit.route for visit in visits if isinstance(visit.body, dict) and _rows(visit.body) == []}
    full = {visit.route for visit in visits if isinstance(visit.body, dict) and _rows(visit.body)}
    assert {path for _, path in empty - full} == {"/2010-04-01/Accounts/{account_sid}/Calls/{call_sid}/Events.json"}


def _rows(body: dict[str, Any]) -> list[Any] | None:
    """The items of a list's answer."""
    if "meta" in body:
        return body[body["meta"]["key"]]  # type: ignore[no-any-return]
    if "page_size" in body or "available_phone_numbers" in body or "countries" in body:
        return next(value for value in body.values() if isinstance(value, list))
    return None


@pytest.mark.parametrize("product", compatibility.PRODUCTS)
def test_row_151_every_answer_has_the_published_shape(visits: list[Visit], product: str) -> None:
    """Status, names, types, formats, enums and nulls of every field; envelopes of lists (rows 130, 131, 133)."""
    looked_at, found = 0, []
    for visit, operation in _compared(visits):
        if operation.product == product:
            looked_at += 1
            found += [(visit.route, fault) for fault in _faults(visit, operation) if _excuse(visit, fault) is None]
    assert found == []
    assert looked_at > 3


def test_no_deviation_is_excused_that_is_not_there(visits: list[Visit]) -> None:
    used = {_excuse(visit, fault) for visit, operation in _compared(visits) for fault in _faults(visit, operation)}
    assert set(DEVIATIONS) - used == set()


def test_row_151_every_field_is_shown_with_a_value_or_is_said_to_have_none(visits: list[Visit]) -> None:
    """A null shows nothing of a type: each field has a value in some answer, or stands in the compatibility page."""
    filled: dict[tuple[str, str], bool] = {}
    for visit, operation in _compared(visits):
        for name, value in _leaves(visit.body):
            key = operation.product, name
            filled[key] = filled.get(key, False) or value not in (None, [], {})
    assert {key for key, is_filled in filled.items() if not is_filled} == NULL.keys()


def _leaves(body: Any) -> Iterator[tuple[str, Any]]:
    """The fields of an answer and of its items, not what is inside of them."""
    for name, value in body.items() if isinstance(body, dict) else ():
        items = value if isinstance(value, list) else [value] if name == "meta" else ()
        yield name, value
        for item in items:
            yield from _leaves(item)


def test_rows_130_131_addresses_of_pages_are_absolute_in_v1_and_relative_in_2010(visits: list[Visit]) -> None:
    for visit in visits:
        if isinstance(visit.body, dict) and "meta" in visit.body:
            pages = [url for name, url in visit.body["meta"].items() if name.endswith("url") and url is not None]
            assert all(url.startswith((BASE + "/v1/", BASE + "/v2/", BASE + "/operator/")) for url in pages), (
                visit.route
            )
        if isinstance(visit.body, dict) and "first_page_uri" in visit.body:
            pages = [uri for name, uri in visit.body.items() if name.endswith("uri") and uri is not None]
            assert all(uri.startswith("/2010-04-01/") for uri in pages), visit.route


TRUNK: oai.Rule = {
    "type": "object",
    "properties": {
        "sid": {"type": "string", "pattern": "^TK[0-9a-fA-F]{32}$", "minLength": 34},
        "mode": {"$ref": "#/components/schemas/mode"},
        "weight": {"type": "integer"},
        "secure": {"type": "boolean", "nullable": True},
        "created": {"type": "string", "format": "date-time"},
        "updated": {"type": "string", "format": "date-time-rfc-2822"},
        "price": {"type": "number", "x-twilio": {"overrideType": "string"}},
        "links": {"type": "object", "format": "uri-map"},
        "urls": {"type": "array", "items": {"type": "object", "properties": {"sip_url": {"type": "string"}}}},
    },
}
SCHEMAS: dict[str, oai.Rule] = {"mode": {"type": "string", "enum": ["one", "two"]}}
GOOD: dict[str, Any] = {
    "sid": "TK" + "a" * 32, "mode": "one", "weight": 1, "secure": None, "created": "2026-03-01T12:00:00Z",
    "updated": "Sun, 01 Mar 2026 12:00:00 +0000", "price": "0.01", "links": {"numbers": "http://control.test/v1"},
    "urls": [{"sip_url": "sip:a"}],
}  # fmt: skip


def _against(body: Any) -> list[str]:
    return oai.faults(SCHEMAS, TRUNK, body, [{"links": {"numbers": "https://example.com"}}])


def test_the_comparison_finds_nothing_where_nothing_is() -> None:
    assert _against(GOOD) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"sid": "CL" + "a" * 32}, ".sid: 'CL"),
        ({"sid": None}, ".sid: null"),
        ({"mode": "three"}, ".mode: 'three' is not in"),
        ({"weight": "1"}, ".weight: '1' is not integer"),
        ({"weight": True}, ".weight: True is not integer"),
        ({"secure": "true"}, ".secure: 'true' is not boolean"),
        ({"created": "Sun, 01 Mar 2026 12:00:00 +0000"}, ".created:"),
        ({"created": "2026-03-01T12:00:00.5Z"}, ".created:"),
        ({"updated": "2026-03-01T12:00:00Z"}, ".updated:"),
        ({"price": 0.01}, ".price: 0.01 is not"),
        ({"links": {}}, ".links.numbers: missing"),
        ({"links": {"numbers": "http://a", "more": "http://a"}}, ".links.more: unknown"),
        ({"links": {"numbers": "not an address"}}, ".links.numbers: 'not"),
        ({"urls": [{"sip_url": "sip:a"}, {}]}, ".urls[1].sip_url: missing"),
        ({"urls": [{"sip_url": 7}]}, ".urls[0].sip_url: 7 is not string"),
        ({"urls": {}}, ".urls: {} is not array"),
        ({"extra": None}, ".extra: unknown"),
    ],
)
def test_the_comparison_finds_every_kind_of_fault(change: dict[str, Any], fault: str) -> None:
    """A contract test that cannot fail shows nothing."""
    found = _against({**GOOD, **change})
    assert len(found) == 1, found
    assert found[0].startswith(fault)


def test_the_comparison_misses_no_name_and_knows_every_format() -> None:
    assert _against({}) == sorted(f".{name}: missing" for name in TRUNK["properties"])
    with pytest.raises(KeyError):
        oai.faults({}, {"type": "string", "format": "unheard-of"}, "x")
