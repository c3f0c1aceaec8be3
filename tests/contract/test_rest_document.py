"""Our own OpenAPI document against what is really answered and read (row 151; rows 130-133 for paging)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
from tools import compatibility
from tools.compatibility import shape

from tests.contract import tour
from tests.contract.tour import Document, Key, Visit
from tests.unit.service_control import oai
from tests.unit.service_control.house import furnished_template, open_house


def _operations(document: Document) -> Iterator[tuple[Key, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield (method.upper(), path), operation


def _closed(schema: Any) -> Any:
    """The schema with no field beyond those that it names: an answer shows nothing that is not told."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(one) for name, one in schema.items()}
    return closed | {"additionalProperties": False} if isinstance(schema.get("properties"), dict) else closed


def test_row_151_every_answer_is_what_our_document_says(visits: list[Visit], document: Document) -> None:
    """Of customers' and of the operator's routes, those that are nowhere published among them."""
    components = _closed(document["components"])
    operations = dict(_operations(document))
    faults = []
    for visit in visits:
        refused = document["components"]["responses"]["Refused"]
        told = operations[visit.route]["responses"].get(str(visit.status), refused)
        if visit.body is None:
            assert "content" not in told, visit.route
            continue
        rule = _closed(told["content"]["application/json"]["schema"])
        assert rule, f"{visit.route} is answered with anything"
        validator = jsonschema_rs.Draft202012Validator({**rule, "components": components})
        faults += [(visit.route, fault.message) for fault in validator.iter_errors(visit.body)]
    assert faults == []
    assert len(visits) > 250


def test_the_document_is_held_to_its_words() -> None:
    """A contract test that cannot fail shows nothing."""
    rule = _closed({"type": "object", "required": ["sid"], "properties": {"sid": {"type": "string"}}})
    validator = jsonschema_rs.Draft202012Validator(rule)
    assert validator.is_valid({"sid": "TK"})
    for bad in ({}, {"sid": 7}, {"sid": "TK", "more": None}):
        assert not validator.is_valid(bad)


PAGING = {"PageSize", "Page", "PageToken"}
NOT_PAGED = {"/operator/v1/Gateways", "/operator/v1/Bans", "/operator/v1/Bans/{source}"}
"""Lists of the operator's that are whole."""


def _lists(document: Document) -> Iterator[tuple[str, Document]]:
    """Lists that are paged, told by their answers."""
    schemas = document["components"]["schemas"]
    for (method, path), operation in _operations(document):
        content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
        if method == "GET" and {"meta", "page_size"} & schemas.get(name, {}).get("properties", {}).keys():
            yield path, operation


def _query(operation: Document) -> dict[str, Document]:
    return {each["name"]: each["schema"] for each in operation.get("parameters", ()) if each["in"] == "query"}


def test_row_132_every_list_documents_its_paging(visits: list[Visit], document: Document) -> None:
    """What was answered page by page says so, and so does nothing else."""
    paged = {
        visit.route[1]
        for visit in visits
        if visit.route[0] == "GET" and isinstance(visit.body, dict) and {"meta", "page_size"} & visit.body.keys()
    }
    assert {path for path, _ in _lists(document)} == paged
    for path, operation in _lists(document):
        assert _query(operation).keys() >= PAGING, path
        assert _query(operation)["PageSize"] == {"type": "integer", "minimum": 1, "maximum": 1000}
        assert _query(operation)["Page"] == {"type": "integer", "minimum": 0}
    for (_, path), operation in _operations(document):
        assert path in paged or not _query(operation).keys() & {"Page", "PageToken"}, path


UNREAD = {
    "~/AvailablePhoneNumbers/{}/": PAGING - {"PageSize"},
    "~/AvailablePhoneNumbers": PAGING,
    "/v1/Voice/Summaries": {
        "FromCarrier", "ToCarrier", "FromCountryCode", "ToCountryCode", "VerifiedCaller", "HasTag", "AbnormalSession",
        "AnsweredBy", "BrandedEnabled", "VoiceIntegrityEnabled", "BrandedBundleSid", "BrandedLogo", "BrandedType",
        "BrandedUseCase", "BrandedCallReason", "VoiceIntegrityBundleSid", "VoiceIntegrityUseCase",
        "BusinessProfileIdentity", "BusinessProfileIndustry", "BusinessProfileBundleSid", "BusinessProfileType",
    },
}  # fmt: skip
"""Parameters that are published and not taken: lists that are not paged, facts that are not known of a call."""


def test_row_151_every_published_parameter_of_a_query_is_documented(document: Document) -> None:
    looked_at = 0
    for (method, path), operation in _operations(document):
        published = oai.published().get((method, shape(path)))
        if method != "GET" or published is None:
            continue
        unread = next((names for start, names in UNREAD.items() if shape(path).startswith(start)), set())
        ours = _query(operation)
        assert published.query.keys() - ours.keys() - unread == set(), path
        for name in published.query.keys() & ours.keys() - TAKEN_AS_TEXT:
            wanted = _kind(oai.resolved(published.schemas, published.query[name]))
            assert wanted in ("string", _kind(ours[name])), (path, name)
            looked_at += 1
    assert looked_at > 200


TAKEN_AS_TEXT = {"AreaCode", "Log"}
"""Published as whole numbers; digits of a fixed form, really."""


def _kind(rule: Document) -> object:
    """What values a parameter takes: one of some words, a date, or any of its type."""
    forms = {choice.get("format") for choice in rule.get("anyOf", [rule])}
    if forms & {"date", "date-time"}:
        return "date"
    return set(rule["enum"]) if "enum" in rule else rule.get("type")


def test_what_we_read_beyond_the_published_is_said(document: Document) -> None:
    page = compatibility.PAGE.read_text(encoding="utf-8")
    for (method, path), operation in _operations(document):
        published = oai.published().get((method, shape(path)))
        if method == "GET" and published is not None:
            for name in _query(operation).keys() - published.query.keys():
                assert f"`{name}`" in page, (path, name)


def _bad(name: str, rule: Document) -> list[str]:
    """Values that the rule of a parameter shuts out, in the words of a query string."""
    kinds = [*(choice.get("format", choice.get("pattern")) for choice in rule.get("anyOf", ())), rule.get("format")]
    if "enum" in rule:
        return ["nonsense"]
    if rule.get("type") == "boolean":
        return ["maybe"]
    if rule.get("type") == "integer":
        outside = [str(rule[end] + step) for end, step in (("minimum", -1), ("maximum", 1)) if end in rule]
        return ["many", *outside]
    if any(kinds):
        return ["yesterday", "2026-13-01", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
    return []


async def test_row_145_no_bad_value_of_any_filter_is_taken(tmp_path: Path, document: Document) -> None:
    """Dates, enums, sizes, flags of every list: 20001, 20007 for a page too large, 21481 for a token."""
    tried = 0
    async with (
        open_house(await furnished_template(tmp_path), tmp_path) as house,
        house.client() as client,
        house.client("operator") as operator,
    ):
        await tour.furnish(house)
        for (method, path), operation in _operations(document):
            asker = operator if path.startswith("/operator") else client
            for name, rule in _query(operation).items() if method == "GET" else ():
                for text in _bad(name, rule):
                    answer = await asker.get(tour.filled(path), params={name: text})
                    too_large = name == "PageSize" and text == "1001"
                    expected = {20001, 20007} if too_large else {20001}
                    assert (answer.status_code, answer.json().get("code") in expected) == (400, True), (
                        path,
                        name,
                        text,
                    )
                    tried += 1
            if method == "GET" and _query(operation):
                nothing = await asker.get(tour.filled(path), params=dict.fromkeys(_query(operation), ""))
                assert nothing.status_code in (200, 404), path
            if "PageToken" in _query(operation):
                answer = await asker.get(tour.filled(path), params={"PageToken": "PAnonsense"})
                assert answer.json()["code"] == 21481, path
    assert tried > 250, tried


def test_every_header_is_documented(document: Document, visits: list[Visit]) -> None:
    """But for those of HTTP itself."""
    plain = {"content-type", "content-length"}
    told = {name.lower() for name in document["components"]["headers"]}
    for visit in visits:
        assert visit.headers.keys() - plain <= told, visit.route


def test_row_151_every_published_header_is_there(visits: list[Visit]) -> None:
    """Rest.md 1.5: an answer of a published operation lets browsers read it."""
    looked_at = 0
    for visit in visits:
        published = oai.published().get((visit.route[0], shape(visit.route[1])))
        if published is not None and visit.status in published.answers:
            wanted = published.answers[visit.status].headers
            assert {name.lower() for name in wanted} <= visit.headers.keys(), visit.route
            looked_at += len(wanted)
    assert looked_at > 500
