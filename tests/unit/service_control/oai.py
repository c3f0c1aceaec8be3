"""Reads the published OpenAPI files as far as the contract tests need: the schemas, names and types of their fields.

Not a YAML reader: nested maps of plain scalars and lists of scalars, by indentation, which is all that schemas use.
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest

_LINE = re.compile(r"(?P<indent> *)(?P<key>[^\s:][^:]*):( (?P<value>.*))?")


def directory() -> Path:
    """Beside the vectors; the test is skipped where the files are not."""
    vectors = Path(os.environ.get("TRUNKLINE_VECTORS", "../shared/vectors"))
    path = vectors.parent / "spec" / "oai"
    if not path.is_dir():
        pytest.skip(f"no OpenAPI files at {path}")
    return path


def read_schemas(file: Path) -> dict[str, Any]:
    """`components.schemas` by name."""
    lines = file.read_text(encoding="utf-8").splitlines()
    start = lines.index("  schemas:")
    end = next(at for at in range(start + 1, len(lines)) if lines[at].strip() and not lines[at].startswith("    "))
    return _read_map(lines[start + 1 : end])


def _read_map(lines: list[str]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    open_maps: list[tuple[int, dict[str, Any]]] = [(-1, root)]
    scalar_indent: int | None = None
    last: tuple[dict[str, Any], str, int] | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if not line.strip() or (scalar_indent is not None and indent > scalar_indent):
            continue  # a blank, or the continuation of a long scalar
        if line.lstrip().startswith("- "):
            if last is not None and indent >= last[2]:
                held = last[0].setdefault(last[1], [])
                if not isinstance(held, list):
                    held = last[0][last[1]] = []
                held.append(line.strip()[2:].strip("'\""))
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        while open_maps[-1][0] >= indent:
            open_maps.pop()
        parent, key, value = open_maps[-1][1], match["key"].strip("'\""), match["value"]
        scalar_indent = indent if value else None
        if value:
            parent[key] = value.strip("'\"")
        else:
            parent[key] = {}
            open_maps.append((indent, parent[key]))
        last = (parent, key, indent)
    return root


_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_RFC_2822 = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000")
_FORMATS = {
    "date-time": _ISO,
    "date-time-rfc-2822": _RFC_2822,
    "http-method": re.compile("GET|POST"),
    "phone-number": re.compile(r"\+\d+"),
}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "array": list,
    "object": dict,
    "number": (int, float),
}


def faults(schemas: dict[str, Any], name: str, body: dict[str, Any]) -> list[str]:
    """Where `body` differs from schema `name`: missing and unknown fields, wrong types, formats and enums."""
    properties = schemas[name]["properties"]
    found = [f"missing {key}" for key in properties.keys() - body.keys()]
    found += [f"unknown {key}" for key in body.keys() - properties.keys()]
    for key in properties.keys() & body.keys():
        found += [f"{key}={body[key]!r}: {fault}" for fault in _value_faults(schemas, properties[key], body[key])]
    return sorted(found)


def _value_faults(schemas: dict[str, Any], rule: dict[str, Any], value: Any) -> list[str]:
    reference = rule.get("$ref")
    if reference:
        rule = {**schemas[reference.rsplit("/", 1)[1]], **rule}
    if value is None:
        return [] if rule.get("nullable") == "true" else ["null"]
    expected = _TYPES.get(rule.get("type", ""))
    if expected is not None and not isinstance(value, expected):
        return [f"not {rule['type']}"]
    if isinstance(value, bool) and rule.get("type") == "integer":
        return ["not integer"]
    if "enum" in rule and value not in rule["enum"]:
        return [f"not in {rule['enum']}"]
    if isinstance(value, str):
        patterns = [rule.get("pattern"), getattr(_FORMATS.get(rule.get("format", "")), "pattern", None)]
        return [f"not {pattern}" for pattern in patterns if pattern and not re.search(f"^(?:{pattern})$", value)]
    return []
