"""The table of compliance: every row and every section named there has a module and tests, and no link is dead."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "compliance.md").read_text(encoding="utf-8")
LINES = [line for line in PAGE.splitlines() if re.match(r"\| (\d+|RFC \d{4}[ \d.]*) \|", line)]
LINK = re.compile(r"\[`([^`]+)`\]\(\.\./([^)]+)\)")
SIGNALLING = {11, *range(15, 71), 75, 76, *range(89, 93), 109, 110} - {31}
"""Rows of the signalling policy; 31 (emergency calls) is work of its own."""


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_row_of_the_signalling_policy_is_there() -> None:
    rows = {int(line.split("|")[1]) for line in LINES if not line.startswith("| RFC")}
    assert rows >= SIGNALLING


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split("|")[1].strip())
def test_a_row_has_a_module_and_tests_that_exist(line: str) -> None:
    modules = [(name, path) for name, path in LINK.findall(line) if path.startswith("src/")]
    tests = [(name, path) for name, path in LINK.findall(line) if path.startswith("tests/")]
    assert modules, "no module answers for it"
    assert tests, "no test shows it"
    for name, path in modules:
        assert path == f"src/trunkline/{name}"
        assert (ROOT / path).is_file(), path
    for name, path in tests:
        assert name in names_in(path), f"{path} has no {name}"
