"""docs/twilio-compatibility.md lists every operation, and lists it rightly (documentation that cannot rot)."""

import re

import pytest
from tools import compatibility

from tests.unit.service_control import oai

_ROW = re.compile(
    r"\| `(?P<path>[^`]+)` \| (?P<served>[A-Z ]+|-) \| (?P<word>same|differs: .+|absent: .+|ours)[^|]* \|"
)


def _rows() -> list[re.Match[str]]:
    page = compatibility.PAGE.read_text(encoding="utf-8")
    section = page.partition(compatibility.BEGIN)[2].partition(compatibility.END)[0]
    rows = [line for line in section.partition(compatibility.FIELDS)[0].splitlines() if line.startswith("| `")]
    matches = [_ROW.fullmatch(row) for row in rows]
    assert None not in matches, "a row that is neither same, different nor absent"
    return [match for match in matches if match]


def test_the_page_serves_what_we_serve() -> None:
    listed = {(method, row["path"]) for row in _rows() for method in row["served"].split() if method != "-"}
    assert listed == compatibility.served(), "run tools/compatibility.py"


def test_the_page_lists_every_published_operation() -> None:
    page = compatibility.PAGE.read_text(encoding="utf-8")
    assert compatibility.with_table(page, compatibility.table(oai.directory())) == page, "run tools/compatibility.py"


def test_what_is_absent_has_a_reason_and_what_differs_is_served() -> None:
    with pytest.raises(KeyError):
        compatibility.reason("/v9/Nothing")
    paths = {path for _, path in compatibility.served()}
    assert compatibility.DIFFERS.keys() <= paths
