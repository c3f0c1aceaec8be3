"""Edges on the running service: names of every edge, a call that leaves by another one, the name server."""

import os
import signal
from collections.abc import Iterator

import dns.resolver
import pytest

from tests.e2e.peer import Callee, Caller
from tests.e2e.place import Place, Town, wait_for
from tests.e2e.sip import Wire
from tests.e2e.tls import make_authority
from tests.interop.port import PortBlock
from tests.interop.service import DOMAIN, Trunkline
from trunkline.domain.trunk.edge.edges import LEGACY_IDS

pytestmark = pytest.mark.e2e


class EdgeTown(Town):
    """Gateways at ashburn and dublin, and a name server."""

    def __init__(self, service: Trunkline, dublin: int, nameserver: int) -> None:
        super().__init__(service, areas=40)
        self.dublin = dublin
        self.nameserver = nameserver

    def pid_of(self, port: int) -> int:
        rows = self.service.health()["processes"]
        return next(int(row["pid"]) for row in rows if row["instance"] == f"127.0.0.1:{port}")


@pytest.fixture(scope="module")
def edge_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeTown]:
    ports = PortBlock()
    ashburn, dublin = (ports.take(2, even=True) for _ in "12")
    nameserver = ports.take()
    directory = tmp_path_factory.mktemp("edges")
    (directory / "home").mkdir()
    authority = make_authority(directory / "home" / "tls")
    extra = {
        "TRUNKLINE_TLS_CA": str(authority),
        "TRUNKLINE_TLS_VERIFY_EDGES": "true",
        "TRUNKLINE_SIP_BIND": f"127.0.0.1:{ashburn},127.0.0.1:{dublin}",
        "TRUNKLINE_EDGE": "ashburn,ie1",
        "TRUNKLINE_EDGES": f"tokyo=127.0.0.1:{ports.take()}",  # nobody is there
        "TRUNKLINE_DNS_BIND": f"127.0.0.1:{nameserver}",
    }
    service = Trunkline(directory, ports, extra)
    service.sip_port = ashburn
    with service:
        yield EdgeTown(service, dublin, nameserver)
    ports.release()


@pytest.fixture
def place(edge_town: EdgeTown) -> Iterator[Place]:
    place = edge_town.place()
    yield place
    place.close()


def test_rows_17_and_18_a_trunk_is_reached_by_the_name_of_every_edge(place: Place) -> None:
    """One call by each name; the edge of the name is in the record, in its plain form."""
    place.open()
    carrier = place.carrier()
    labels = [*LEGACY_IDS, *LEGACY_IDS.values(), "Ashburn", "BR1"]
    for label in ["", *labels]:
        caller = place.customer()
        host = f"{place.name}.{'PSTN' if label.isupper() else 'pstn'}.{label}{label and '.'}{DOMAIN}"
        caller.uri = caller.target = f"sip:{place.far}@{host}"
        caller.invite(login=place.login)
        Callee.on(carrier).refuse(486)
        caller.refused(486)
    edges = [row["edge"] for row in place.records(1 + len(labels))]
    assert edges == [None, *LEGACY_IDS, *LEGACY_IDS, "ashburn", "sao-paulo"]


def _ports_of(callee: Callee) -> set[int]:
    """Where the customer is told to send: ports of Via and Contact."""
    via, contact = callee.invite.get("via"), callee.invite.contact()
    return {int(via.partition(";")[0].rpartition(":")[2]), int(contact.partition(";")[0].rpartition(":")[2])}


def _pbx(place: Place, kind: str = "pbx1") -> Wire:
    """A PBX that answers to the gateway at dublin; the peers of these tests know one address each."""
    town = place.town
    assert isinstance(town, EdgeTown)
    ashburn, town.gateway = town.gateway, ("127.0.0.1", town.dublin)
    try:
        return place.pbx(kind)
    finally:
        town.gateway = ashburn


def _talk(caller: Caller, pbx: Wire) -> Callee:
    callee = Callee.on(pbx)
    callee.ring()
    callee.answer()
    caller.established()
    callee.expect("ACK")
    return callee


@pytest.mark.parametrize("extra", [";edge=dublin", ";region=ie1"])
def test_row_49_the_customer_is_called_from_the_edge_of_its_uri(place: Place, edge_town: EdgeTown, extra: str) -> None:
    place.open(uris=[place.uri(rest=extra)])
    caller, pbx = place.from_carrier(), _pbx(place)
    caller.invite()
    callee = _talk(caller, pbx)
    assert _ports_of(callee) == {edge_town.dublin}
    assert "trunkline-hop" not in str(callee.invite).lower()
    callee.bye()
    caller.expect_bye()
    record = place.record()
    assert (record["status"], record["cause"]) == ("completed", "callee_hung_up")
    (attempt,) = place.attempts(record["sid"])
    assert (attempt["sip_status"], attempt["address"]) == (200, f"tcp:127.0.0.1:{edge_town.dublin}")


@pytest.mark.parametrize("extra", ["", ";edge=nowhere", ";edge=sydney", ";edge=ashburn"])
def test_row_49_else_from_where_the_call_came_in(place: Place, edge_town: EdgeTown, extra: str) -> None:
    place.open(uris=[place.uri(rest=extra)])
    caller, pbx = place.from_carrier(), place.pbx()
    caller.invite()
    callee = _talk(caller, pbx)
    assert _ports_of(callee) == {edge_town.gateway[1]}
    caller.bye()
    callee.expect_bye()


def test_an_edge_that_is_down_costs_its_uri_alone(place: Place, edge_town: EdgeTown) -> None:
    place.open(uris=[place.uri(rest=";edge=tokyo"), place.uri("pbx2", ";edge=dublin")])
    caller, pbx = place.from_carrier(), _pbx(place, "pbx2")
    caller.invite()
    callee = _talk(caller, pbx)
    assert _ports_of(callee) == {edge_town.dublin}
    caller.bye()
    callee.expect_bye()
    assert [attempt["sip_status"] for attempt in place.attempts(place.record()["sid"])] == [503, 200]


def test_the_way_between_gateways_is_tls_for_a_customer_called_by_tls(place: Place, edge_town: EdgeTown) -> None:
    """Nobody takes TLS at the first URI; that the other gateway says so proves that it heard, and who it is."""
    place.open(uris=[place.uri(rest=";transport=tls;edge=dublin"), place.uri("pbx2")])
    caller, pbx = place.from_carrier(), place.pbx("pbx2")
    caller.invite()
    callee = _talk(caller, pbx)
    caller.bye()
    callee.expect_bye()
    first, _second = place.attempts(place.record()["sid"])
    assert (first["sip_status"], first["address"]) == (500, f"tls:127.0.0.1:{edge_town.dublin + 1}")


def test_a_call_goes_on_when_the_gateway_that_it_leaves_by_is_killed(place: Place, edge_town: EdgeTown) -> None:
    place.open(uris=[place.uri(rest=";edge=dublin")])
    caller, pbx = place.from_carrier(), _pbx(place)
    caller.invite()
    callee = _talk(caller, pbx)
    former = edge_town.pid_of(edge_town.dublin)
    os.kill(former, signal.SIGKILL)
    back = wait_for(lambda: edge_town.pid_of(edge_town.dublin), lambda pid: pid not in {0, former}, 15)
    assert back not in {0, former}
    probe = callee.expect("OPTIONS", seconds=10)
    callee.respond(probe, 200)
    callee.bye()
    caller.expect_bye()
    assert place.record()["cause"] == "callee_hung_up"


def test_row_19_the_name_server_answers_for_every_edge_that_has_a_gateway(edge_town: EdgeTown) -> None:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.lifetime = ["127.0.0.1"], edge_town.nameserver, 5.0
    for label in ("", "ashburn.", "us1.", "dublin.", "ie1.", "tokyo."):
        answer = resolver.resolve(f"acme.pstn.{label}{DOMAIN}", "A")
        assert answer.rrset is not None
        assert ([rdata.to_text() for rdata in answer], answer.rrset.ttl) == (["127.0.0.1"], 600)
    services = resolver.resolve(f"_sip._udp.pstn.ie1.{DOMAIN}", "SRV", tcp=True)
    assert [rdata.to_text() for rdata in services] == [f"10 10 {edge_town.dublin} gw1.dublin.{DOMAIN}."]
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve(f"acme.pstn.sydney.{DOMAIN}", "A")
    with pytest.raises(dns.resolver.NoNameservers):
        resolver.resolve("example.org", "A")  # refused


def test_nothing_unhandled_happened(edge_town: EdgeTown) -> None:
    assert edge_town.bugs() == []
