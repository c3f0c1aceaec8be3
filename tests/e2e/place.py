"""A place of its own for each test: addresses, numbers, trunk and carrier that no other test touches."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from twilio.rest import Client

from tests.e2e.peer import Callee, Caller
from tests.e2e.sip import TcpWire, TlsDoor, TlsWire, Wire
from tests.e2e.tls import callee_context, caller_context
from tests.interop.service import CHANGE_S, DOMAIN, Trunkline

AREAS = 600
SLOW = 10
"""Places 0 to SLOW - 1 are for what runs beside the tests: each has a carrier address of its own."""
_SHARED = 10
_FIRST_AREA = 301
_KINDS = ("customer", "carrier", "pbx1", "pbx2", "pbx3", "stranger", "media", "other")
_FIRST_OCTET = 10
_STREETS = 30
Login = tuple[str, str]
T = TypeVar("T")


class Town:
    """One running service, and the places in it; every area code has its carrier from the start."""

    def __init__(self, service: Trunkline, areas: int = AREAS) -> None:
        self.service = service
        self.api: Client = service.api()
        self.gateway = ("127.0.0.1", service.sip_port)
        self._areas = count(SLOW)
        self._places: list[Place] = []
        self.waits: dict[str, Future[Any]] = {}
        # Runs that go on at the same time on one machine hold different ports, and so live in different streets.
        self._street = service.sip_port // 100 % _STREETS
        hosts: dict[str, list[str]] = {}
        for area in range(areas):
            hosts.setdefault(self.carrier_host(area), []).append(f"+1{_FIRST_AREA + area}")
        for host, prefixes in hosts.items():
            self.add_carrier([f"sip:{host}:5060"], prefixes)

    def host(self, kind: str, area: int) -> str:
        """The address of one kind of peer in one place."""
        second = _FIRST_OCTET + self._street * len(_KINDS) + _KINDS.index(kind)
        return f"127.{second}.{area % 250}.{1 + area // 250}"

    def carrier_host(self, area: int) -> str:
        """Those of the tests that run one after the other are used again."""
        return self.host("carrier", area if area < SLOW else SLOW + area % _SHARED)

    def add_carrier(self, gateways: list[str], prefixes: list[str], priority: int = 1, **fields: Any) -> str:
        """A carrier by the operator's own resource; its SID."""
        form = {"FriendlyName": "carrier", "Gateway": gateways, "Prefix": prefixes, "Priority": str(priority)}
        form |= {"OptionsPing": "false", **fields}
        answer = self.service.operator.post("/Carriers", data=form)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["sid"])

    def place(self, area: int | None = None) -> "Place":
        """A place that nobody has had; with `area` one of those for the slow checks."""
        found = next(self._areas) if area is None else area
        assert found < AREAS, "too few areas were prepared"
        place = Place(self, found)
        self._places.append(place)
        return place

    def forget_wires(self) -> None:
        for place in self._places:
            place.forget_wires()

    @property
    def authority(self) -> Path:
        """What callers over TLS trust."""
        return self.service.home / "home" / "tls" / "ca.pem"

    @property
    def pbx_authority(self) -> Path:
        """A directory with the authority of the PBXs, which the service trusts (TRUNKLINE_TLS_CA)."""
        return self.service.home / "pbx-tls"

    @property
    def log(self) -> str:
        return (self.service.home / "up.log").read_text(errors="replace")

    def bugs(self) -> list[str]:
        """Lines of the log that speak of something unhandled."""
        words = ("Traceback", '"exception"', '"level": "error"', "held a bug", "crashed")
        return [line for line in self.log.splitlines() if any(word in line for word in words)]

    def pids(self) -> dict[str, int]:
        """As the supervisor tells them to its health page."""
        told = json.loads((self.service.home / "home" / "run" / "status.json").read_text())
        return {each["name"]: each["pid"] for each in told["processes"]}

    def call(self, sid: str, seconds: float = 8.0) -> dict[str, Any]:
        """The row of one call, once it is there."""
        query = "SELECT * FROM call WHERE sid = ?"
        [row] = wait_for(lambda: self.rows(query, sid), bool, seconds)
        return row

    @property
    def database(self) -> Path:
        return self.service.home / "home" / "trunkline.db"

    def rows(self, query: str, *values: str) -> list[dict[str, Any]]:
        """What the store holds, read beside the service."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query, values)]
        finally:
            connection.close()


class Place:
    """Trunk, numbers and peers of one test."""

    def __init__(self, town: Town, area: int) -> None:
        self.town = town
        self._area = area
        self.name = f"place{area}"
        self.domain = f"{self.name}.pstn.{DOMAIN}"
        self.number, self.foreign, self.far = (f"+1{_FIRST_AREA + area}55501{last}" for last in ("01", "77", "99"))
        self.customer_host, self.carrier_host = town.host("customer", area), town.carrier_host(area)
        self.login: Login = (self.name, f"Aa1-{self.name}-Secret")
        self.sid = ""
        self._ports = count(5060, 2)
        self._opened: list[Wire] = []
        self._users = ""

    def wire(self, host: str, port: int = 5060) -> Wire:
        wire = Wire(host, self.town.gateway, port)
        self._opened.append(wire)
        return wire

    def tcp(self, host: str) -> TcpWire:
        wire = TcpWire(host, self.town.gateway)
        self._opened.append(wire)
        return wire

    def tls(self, host: str = "", server: str = "", **context: Any) -> TlsWire:
        """A customer's connection over TLS that trusts the service's authority and wants this trunk's name."""
        found = caller_context(self.town.authority, **context)
        wire = TlsWire(host or self.customer_host, self.town.gateway, server or self.domain, found)
        self._opened.append(wire)
        return wire

    def tcp_to_tls(self, host: str) -> TcpWire:
        """A plain connection to where TLS is spoken."""
        address, port = self.town.gateway
        wire = TcpWire(host, (address, port + 1))
        self._opened.append(wire)
        return wire

    def allow_deprecated_tls(self, *, allowed: bool) -> None:
        """The account's switch, and time for the gateway to hear of it."""
        path = f"/Accounts/{self.town.service.account_sid}/Tls"
        answer = self.town.service.operator.post(path, data={"DeprecatedVersions": str(allowed).lower()})
        assert answer.status_code == 200, answer.text
        self.settle()

    def settle(self) -> None:
        time.sleep(CHANGE_S)

    def tls_pbx(
        self, kind: str = "pbx1", *, port: int = 5061, names: list[str] | None = None, **context: Any
    ) -> TlsDoor:
        """A PBX that takes TLS on 5061, with a certificate of its own for `pbx.place.test` and its address."""
        found = callee_context(self.town.pbx_authority, names or ["pbx.place.test", self.host(kind)], **context)
        wire = TlsDoor(self.host(kind), self.town.gateway, found, port)
        self._opened.append(wire)
        return wire

    def forget_wires(self) -> None:
        for wire in self._opened:
            wire.close()
        self._opened.clear()

    def close(self) -> None:
        """Leave no socket behind, nor what counts against the account's limits."""
        self.forget_wires()
        if self.sid:
            self.town.api.trunking.v1.trunks(self.sid).delete()
        if self._users:
            self.town.api.sip.credential_lists(self._users).delete()

    def host(self, kind: str) -> str:
        """One more address of this place: `pbx1`, `pbx2`, `stranger`."""
        return self.town.host(kind, self._area)

    # ---- set-up over REST

    def open(
        self,
        *,
        acl: Sequence[str] = (),
        credentials: bool = True,
        uris: Sequence[str | tuple[str, dict[str, Any]]] = (),
        **settings: Any,
    ) -> "Place":
        """A trunk with a number, and what is asked for; `uris` in order of priority, or each with its own fields."""
        api, town = self.town.api, self.town
        trunk = api.trunking.v1.trunks.create(friendly_name=self.name, domain_name=self.domain, **settings)
        self.sid = str(trunk.sid)
        if credentials:
            users = api.sip.credential_lists.create(friendly_name=self.name)
            self._users = str(users.sid)
            users.credentials.create(username=self.login[0], password=self.login[1])
            trunk.credentials_lists.create(credential_list_sid=users.sid)
        if acl:
            self.restrict(acl)
        town.service.own_numbers(self.sid, [self.number], api)
        for priority, uri in enumerate(uris):
            self.add_uri(*(uri if isinstance(uri, tuple) else (uri, {"priority": priority})))
        return self

    def restrict(self, addresses: Sequence[str]) -> None:
        api = self.town.api
        allowed = api.sip.ip_access_control_lists.create(friendly_name=self.name)
        for address in addresses:
            ip, _, prefix = address.partition("/")
            allowed.ip_addresses.create(friendly_name=address, ip_address=ip, cidr_prefix_length=int(prefix or 32))
        api.trunking.v1.trunks(self.sid).ip_access_control_lists.create(ip_access_control_list_sid=allowed.sid)

    def set(self, **fields: str) -> None:
        """Fields of the trunk that the SDK has no parameter for."""
        self.town.api.request("POST", f"{self.town.service.url}/v1/Trunks/{self.sid}", data=dict(fields))

    def add_uri(self, uri: str, fields: dict[str, Any]) -> str:
        """An origination URL; its SID."""
        wanted = {"weight": 10, "priority": 0, "enabled": True, "friendly_name": "pbx", "sip_url": uri, **fields}
        return str(self.town.api.trunking.v1.trunks(self.sid).origination_urls.create(**wanted).sid)

    # ---- peers

    def customer(self, *, number: str = "", to: str = "", tcp: bool = False, host: str = "") -> Caller:
        """A caller of this trunk, from a socket of its own."""
        host = host or self.customer_host
        wire = self.tcp(host) if tcp else self.wire(host, next(self._ports))
        return Caller(wire, number or self.number, to or self.far, self.domain)

    def carrier(self) -> Wire:
        """Where calls out of this place arrive."""
        return self.wire(self.carrier_host)

    def pbx(self, kind: str = "pbx1") -> Wire:
        return self.wire(self.host(kind))

    def uri(self, kind: str = "pbx1", rest: str = "") -> str:
        return f"sip:{self.host(kind)}:5060{rest}"

    def from_carrier(self, *, to: str = "", number: str = "") -> Caller:
        """A call from the carrier's address to a number of this place."""
        wire = self.wire(self.carrier_host, next(self._ports) + 1)
        host, port = self.town.gateway
        return Caller(wire, number or self.far, to or self.number, f"{host}:{port}")

    @contextmanager
    def call_out(self) -> Iterator[tuple[Caller, Callee]]:
        """A call from the customer to the carrier, talking."""
        carrier = self.carrier()
        caller = self.customer()
        caller.invite(login=self.login)
        callee = Callee.on(carrier)
        callee.ring()
        callee.answer()
        caller.established()
        callee.expect("ACK")
        yield caller, callee

    @contextmanager
    def call_in(self) -> Iterator[tuple[Caller, Callee]]:
        """A call from the carrier to the first PBX, talking."""
        pbx = self.pbx()
        caller = self.from_carrier()
        caller.invite()
        callee = Callee.on(pbx)
        callee.ring()
        callee.answer()
        caller.established()
        callee.expect("ACK")
        yield caller, callee

    # ---- what is left of the calls

    def records(self, number: int = 1, seconds: float = 8.0) -> list[dict[str, Any]]:
        """The call rows of this trunk, oldest first, once there are `number` of them; never more."""
        query = "SELECT * FROM call WHERE trunk_sid = ? ORDER BY invited_at"
        rows = wait_for(lambda: self.town.rows(query, self.sid), lambda rows: len(rows) >= number, seconds)
        assert len(rows) == number, rows
        return rows

    def record(self) -> dict[str, Any]:
        """The one record of this trunk; REST must tell the same of it, in Twilio's words."""
        row = self.records(1)[0]
        call = self.town.api.calls(row["sid"]).fetch()
        status = {"cancelled": "canceled"}.get(row["status"], row["status"])
        assert (call.status, call.direction, call.duration) == (status, row["direction"], str(row["duration_s"]))
        assert (call.trunk_sid, call.account_sid) == (self.sid, self.town.service.account_sid)
        assert (call._from, call.to) == (row["from_number"], row["to_number"])
        assert row["duration_s"] == _whole_seconds(row)
        assert call.end_time is not None
        assert call.end_time >= call.start_time
        return row

    def attempts(self, call_sid: str) -> list[dict[str, Any]]:
        query = "SELECT * FROM call_attempt WHERE call_sid = ? ORDER BY position"
        return self.town.rows(query, call_sid)

    def alerts(self, number: int = 1, seconds: float = 8.0) -> list[int]:
        """The error codes of this trunk's alerts, once there are `number` of them."""

        query = """SELECT error_code FROM alert WHERE resource_sid = ?
            OR resource_sid IN (SELECT sid FROM call WHERE trunk_sid = ?) ORDER BY date_created, error_code"""

        def codes() -> list[int]:
            return [row["error_code"] for row in self.town.rows(query, self.sid, self.sid)]

        return wait_for(codes, lambda found: len(found) >= number, seconds)


def _whole_seconds(row: dict[str, Any]) -> int:
    """From answer to end, to the nearest second; 0 for a call that nobody answered."""
    if row["answered_at"] is None:
        return 0
    talked = datetime.fromisoformat(row["released_at"]) - datetime.fromisoformat(row["answered_at"])
    return int(talked.total_seconds() + 0.5)


def wait_for(look: Callable[[], T], enough: Callable[[T], bool], seconds: float) -> T:
    """The first sight that is enough; the last one when the time is up, for the caller's assertion to show."""
    deadline = time.monotonic() + seconds
    while not enough(seen := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return seen
