"""Reads the published OpenAPI files, and holds answers against what they say of each operation."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from tools import compatibility

Rule = dict[str, Any]
"""A schema, or a part of one."""


def directory() -> Path:
    """Beside the vectors; the test is skipped where the files are not."""
    vectors = Path(os.environ.get("TRUNKLINE_VECTORS", "../shared/vectors"))
    path = vectors.parent / "spec" / "oai"
    if not path.is_dir():
        pytest.skip(f"no OpenAPI files at {path}")
    return path


@dataclass(frozen=True, slots=True)
class Answer:
    """What is published of one success of an operation; `rule` is None for an answer without a body."""

    rule: Rule | None
    examples: Sequence[Any]
    headers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Operation:
    """`product` is the file's own name; `query` are the parameters of the query string by their names."""

    product: str
    schemas: Mapping[str, Rule]
    answers: Mapping[int, Answer]
    query: Mapping[str, Rule]


@cache
def published() -> Mapping[compatibility.Operation, Operation]:
    """Every operation of every file, by its method and the shape of its path."""
    found: dict[compatibility.Operation, Operation] = {}
    for product in compatibility.PRODUCTS:
        text = (directory() / f"twilio_{product}.yaml").read_text(encoding="utf-8")
        document = yaml.load(text, Loader=yaml.CSafeLoader)  # as safe as safe_load, and ten times as fast
        for path, item in document["paths"].items():
            for method in ("get", "post", "delete"):
                if method in item:
                    key = (method.upper(), compatibility.shape(path))
                    found[key] = _operation(product, document["components"]["schemas"], item[method])
    return found


def _operation(product: str, schemas: Mapping[str, Rule], told: Mapping[str, Any]) -> Operation:
    answers = {int(code): _answer(answer) for code, answer in told["responses"].items() if code.startswith("2")}
    query = {each["name"]: each["schema"] for each in told.get("parameters", ()) if each["in"] == "query"}
    return Operation(product, schemas, answers, query)


def _answer(told: Mapping[str, Any]) -> Answer:
    content = told.get("content", {}).get("application/json", {})
    examples = [each["value"] for each in content.get("examples", {}).values() if "value" in each]
    return Answer(content.get("schema"), examples, frozenset(told.get("headers") or ()))


_URI: Final = r"[a-z][a-z0-9+.\-]*:\S+|/\S*"
_STRINGS: Final = {
    "uri": _URI,
    "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "date-time-rfc-2822": r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000",
    "date": r"\d{4}-\d\d-\d\d",
    "http-method": "GET|POST",
    "phone-number": r"\+\d+",
    "currency": "[A-Za-z]{3}",
    "iso-country-code": "[A-Z]{2}",
}
_PRICE: Final = {"base_price", "current_price"}
_OBJECTS: Final = {
    "phone-number-capabilities": {"voice", "sms", "mms", "fax"},
    "inbound-call-price": _PRICE | {"number_type"},
    "outbound-call-price-with-origin": _PRICE | {"origination_prefixes"},
    "outbound-prefix-price-with-origin": _PRICE | {"destination_prefixes", "friendly_name", "origination_prefixes"},
}
"""The names that an object of a format has, where the files leave them to the format."""
_NUMBERS: Final = ("int64", "int32", "float")
_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "array": list,
    "object": dict,
    "number": (int, float),
}


def faults(
    schemas: Mapping[str, Rule], rule: Rule, value: Any, examples: Sequence[Any] = (), at: str = ""
) -> list[str]:
    """Where `value` differs from `rule`: fields missing and unknown, null, types, formats, patterns, enums, all the way
    down. `examples` name the keys of what is a map of addresses."""
    return sorted(_faults(schemas, rule, value, examples, at))


def resolved(schemas: Mapping[str, Rule], rule: Rule) -> Rule:
    """The rule with what it refers to."""
    return {**schemas[rule["$ref"].rsplit("/", 1)[1]], **rule} if "$ref" in rule else rule


def _faults(schemas: Mapping[str, Rule], rule: Rule, value: Any, examples: Sequence[Any], at: str) -> Iterator[str]:
    rule = resolved(schemas, rule)
    # The files call prices numbers and say beside it that they are written as strings.
    expected = _TYPES.get(rule.get("x-twilio", {}).get("overrideType") or rule.get("type", ""))
    if value is None:
        if not rule.get("nullable") and expected is not None:
            yield f"{at}: null"
    elif expected is not None and (
        not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool)
    ):
        yield f"{at}: {value!r} is not {rule['type']}"
    elif "enum" in rule and value not in rule["enum"]:
        yield f"{at}: {value!r} is not in {rule['enum']}"
    elif isinstance(value, str):
        yield from _string_faults(rule, value, at)
    elif isinstance(value, list):
        inner = [one for example in examples if isinstance(example, list) for one in example]
        for place, item in enumerate(value):
            yield from _faults(schemas, rule.get("items", {}), item, inner, f"{at}[{place}]")
    elif isinstance(value, dict):
        yield from _object_faults(schemas, rule, value, examples, at)


def _string_faults(rule: Rule, value: str, at: str) -> Iterator[str]:
    form = rule.get("format")
    patterns = [rule.get("pattern"), None if form is None else _STRINGS[form]]
    for pattern in patterns:
        if pattern is not None and not re.fullmatch(pattern, value):
            yield f"{at}: {value!r} is not {pattern}"
    if len(value) < rule.get("minLength", 0):
        yield f"{at}: {value!r} is too short"


def _object_faults(
    schemas: Mapping[str, Rule], rule: Rule, value: dict[str, Any], examples: Sequence[Any], at: str
) -> Iterator[str]:
    names = _names(rule, at, examples)
    if names is not None:
        yield from (f"{at}.{name}: missing" for name in names - value.keys())
        yield from (f"{at}.{name}: unknown" for name in value.keys() - names)
    if rule.get("format") == "uri-map":
        for name, address in value.items():
            yield from _faults(schemas, {"type": "string", "format": "uri"}, address, (), f"{at}.{name}")
    for name, inner in rule.get("properties", {}).items():
        if name in value:
            below = [example[name] for example in examples if isinstance(example, dict) and name in example]
            yield from _faults(schemas, inner, value[name], below, f"{at}.{name}")


def _names(rule: Rule, at: str, examples: Sequence[Any]) -> set[str] | None:
    """None: any."""
    form = rule.get("format")
    if "properties" in rule:
        return set(rule["properties"])
    if form == "uri-map":
        shown = [set(example) for example in examples if isinstance(example, dict)]
        return shown[0] if shown and shown[0] else None
    return None if form is None else _OBJECTS[form]
