"""CNAM on the wire: a name service over HTTP, the name in the INVITE, the record and the API (row 69)."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from tests.e2e.peer import Callee
from tests.e2e.place import Place, Town
from tests.e2e.sip import Wire
from tests.interop.port import PortBlock
from tests.interop.service import Trunkline

pytestmark = pytest.mark.e2e
NAME = "EXAMPLE BAKERY"


class Names(BaseHTTPRequestHandler):
    """Knows every number but those that end in 98."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        found = not self.path.endswith("98")
        body = json.dumps({"name": NAME}).encode() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Nothing on stderr."""


@pytest.fixture(scope="module")
def named_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A service with a name service beside it."""
    ports = PortBlock()
    names = HTTPServer(("127.0.0.1", 0), Names)
    threading.Thread(target=names.serve_forever, daemon=True).start()
    settings = {"TRUNKLINE_CNAM_URL": f"http://127.0.0.1:{names.server_port}/names/{{number}}"}
    with Trunkline(tmp_path_factory.mktemp("names"), ports, settings) as service:
        yield Town(service, areas=20)
    names.shutdown()
    names.server_close()
    ports.release()


@pytest.fixture
def place(named_town: Town) -> Iterator[Place]:
    place = named_town.place()
    yield place
    place.close()


def _call(place: Place, pbx: Wire, number: str) -> Callee:
    caller = place.from_carrier(number=number)
    caller.invite()
    callee = Callee.on(pbx)
    callee.refuse(486)
    caller.refused(486)
    return callee


def test_row_69_the_name_of_a_caller_is_looked_up_and_shown(place: Place) -> None:
    """Name in From, Contact and PAI; one accountable look-up; the API tells it."""
    place.open(uris=[place.uri()], cnam_lookup_enabled=True)
    invite = _call(place, place.pbx(), place.far).invite
    for header in ("from", "contact", "p-asserted-identity"):
        assert invite.get(header).startswith(f'"{NAME}" <sip:{place.far}@'), header
    record = place.record()
    assert (record["caller_name"], record["cnam_lookups"]) == (NAME, 1)
    assert place.town.api.calls(record["sid"]).fetch().caller_name == NAME
    assert Names.asked[-1].endswith(place.far.removeprefix("+"))


def test_row_69_a_miss_is_charged_and_a_foreign_caller_is_not_asked_about(place: Place) -> None:
    place.open(uris=[place.uri()], cnam_lookup_enabled=True)
    pbx = place.pbx()
    unknown = _call(place, pbx, place.far[:-2] + "98").invite
    assert unknown.get("from").startswith("<sip:")
    asked = len(Names.asked)
    foreign = _call(place, pbx, "+442079460123").invite
    assert foreign.get("from").startswith("<sip:")
    assert len(Names.asked) == asked
    records = place.records(2)
    assert [(record["caller_name"], record["cnam_lookups"]) for record in records] == [(None, 1), (None, 0)]
