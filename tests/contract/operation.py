"""Operations of the REST API, as docs/twilio-compatibility.md lists them, and which of them a request is of."""

import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import urlsplit

from tools.compatibility import BEGIN, END, PAGE, Operation

REFUSED = frozenset({("POST", "~/Calls/{}/Recordings.json"), ("POST", "~/Calls/{}/Recordings/{}.json")})
"""Listed as different because they are always refused: asking is all that a client can do."""
_OWN = "\n### Of our own\n"
_ROW = re.compile(r"\| `(?P<path>[^`]+)` \| (?P<methods>[A-Z ]+) \| (?:same|differs)")


@cache
def published() -> frozenset[Operation]:
    """What is Twilio's and is served here, the same or with a difference."""
    section = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].partition(_OWN)[0]
    rows = (_ROW.match(line) for line in section.splitlines())
    return frozenset((method, row["path"]) for row in rows if row for method in row["methods"].split())


def listed(lines: Iterable[str]) -> set[Operation]:
    """`GET POST ~/Keys.json` is two operations."""
    found = set[Operation]()
    for line in lines:
        *methods, path = line.split()
        found |= {(method, path) for method in methods}
    return found


@cache
def operation_of(method: str, url: str) -> Operation | None:
    """The published operation that a request is of; the route with the fewest parameters fits best."""
    path = re.sub(r"^/2010-04-01/Accounts/[^/]+/", "~/", urlsplit(url).path)
    fitting = [operation for operation in published() if operation[0] == method and _fits(operation[1], path)]
    return min(fitting, key=lambda operation: operation[1].count("{}"), default=None)


def _fits(route: str, path: str) -> bool:
    return re.fullmatch(re.escape(route).replace(r"\{\}", "[^/]+"), path) is not None
