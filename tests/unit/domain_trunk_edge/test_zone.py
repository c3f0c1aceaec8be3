"""The zone: features row 19, sip.md 2.5; read back by dnspython's parser."""

from io import StringIO

import dns.name
import dns.rdatatype
import dns.zone
import pytest

from trunkline.domain.trunk.edge.edges import LEGACY_IDS, EdgeGateway
from trunkline.domain.trunk.edge.zone import Authority, Outcome, RecordType, Zone, edge_zone

PFX = "example.com"
ASHBURN = tuple(EdgeGateway("ashburn", f"192.0.2.{at}", 5060) for at in range(4))
DUBLIN = (EdgeGateway("dublin", "192.0.2.130", 5070), EdgeGateway("dublin", "2001:db8::1", 5060))


def zone_of(*gateways: EdgeGateway) -> Zone:
    return edge_zone(PFX, gateways, Authority(7, ("192.0.2.53",)))


def parsed(zone: Zone) -> dns.zone.Zone:
    """As a name server would load it; raises where it would not."""
    return dns.zone.from_file(StringIO(zone.master_file()), origin=f"{PFX}.", relativize=False)


def texts(zone: dns.zone.Zone, name: str, kind: str) -> list[str]:
    rdataset = zone.get_rdataset(dns.name.from_text(name + "."), kind)
    return [] if rdataset is None else sorted(rdata.to_text() for rdata in rdataset)


@pytest.mark.parametrize("label", ["ashburn.", "us1.", ""])
def test_row_19_every_trunk_of_an_edge_has_its_four_addresses_for_ten_minutes(label: str) -> None:
    zone = parsed(zone_of(*ASHBURN, *DUBLIN))
    for name in (f"*.pstn.{label}{PFX}", f"pstn.{label}{PFX}"):
        assert texts(zone, name, "A") == ["192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3"]
        found = zone.get_rdataset(dns.name.from_text(name + "."), "A")
        assert found is not None
        assert found.ttl == 600


def test_row_19_the_bare_name_of_an_edge_has_naptr_and_srv_for_each_transport() -> None:
    zone = parsed(zone_of(*DUBLIN))
    bare = f"pstn.ie1.{PFX}"
    assert texts(zone, bare, "NAPTR") == [
        f'10 10 "S" "SIP+D2U" "" _sip._udp.{bare}.',
        f'10 20 "S" "SIP+D2T" "" _sip._tcp.{bare}.',
        f'10 30 "S" "SIPS+D2T" "" _sips._tcp.{bare}.',
    ]
    for owner, extra in (("_sip._udp", 0), ("_sip._tcp", 0), ("_sips._tcp", 1)):
        assert texts(zone, f"{owner}.{bare}", "SRV") == [
            f"10 10 {5060 + extra} gw2.dublin.{PFX}.",
            f"10 10 {5070 + extra} gw1.dublin.{PFX}.",
        ]
    assert texts(zone, f"gw1.dublin.{PFX}", "A") == ["192.0.2.130"]
    assert texts(zone, f"gw2.dublin.{PFX}", "AAAA") == ["2001:db8::1"]


def test_row_18_every_edge_answers_by_its_legacy_id_too() -> None:
    gateways = [EdgeGateway(edge, f"192.0.2.{at}", 5060) for at, edge in enumerate(LEGACY_IDS)]
    zone = zone_of(*gateways)
    for gateway in gateways:
        for label in (gateway.edge, LEGACY_IDS[gateway.edge]):
            assert zone.answer(f"acme.pstn.{label}.{PFX}", "A").texts == (gateway.host,)


def test_an_edge_without_a_gateway_has_no_name() -> None:
    zone = zone_of(*ASHBURN)
    assert zone.answer(f"acme.pstn.tokyo.{PFX}", "A").outcome is Outcome.NO_NAME
    assert zone.answer(f"pstn.jp1.{PFX}", "NAPTR").outcome is Outcome.NO_NAME


def test_the_first_edge_listed_is_that_of_names_without_one() -> None:
    assert zone_of(*DUBLIN, *ASHBURN).answer(f"acme.pstn.{PFX}", "A").texts == ("192.0.2.130",)


@pytest.mark.parametrize(
    ("name", "kind", "outcome"),
    [
        (f"acme.pstn.{PFX}", "A", Outcome.FOUND),
        (f"a.b.pstn.{PFX}", "A", Outcome.FOUND),
        (f"a.b.pstn.us1.{PFX}", "A", Outcome.FOUND),
        (f"acme.pstn.{PFX}", "NAPTR", Outcome.NO_DATA),
        (f"acme.pstn.{PFX}", "AAAA", Outcome.NO_DATA),
        (f"_sip._udp.acme.pstn.{PFX}", "SRV", Outcome.NO_DATA),  # a customer's locator goes on to A
        (f"_udp.pstn.{PFX}", "A", Outcome.NO_DATA),  # names below it exist
        (f"acme._udp.pstn.{PFX}", "A", Outcome.NO_NAME),  # the wildcard does not reach below them
        (f"nobody.{PFX}", "A", Outcome.NO_NAME),
        (PFX, "SOA", Outcome.FOUND),
        (PFX, "NS", Outcome.FOUND),
        (PFX, "A", Outcome.NO_DATA),
        (PFX, "ANY", Outcome.FOUND),
        ("example.org", "A", Outcome.OUTSIDE),
        (f"not{PFX}", "A", Outcome.OUTSIDE),
        ("", "NS", Outcome.OUTSIDE),
        ("com", "NS", Outcome.OUTSIDE),
    ],
)
def test_a_question_and_what_it_comes_to(name: str, kind: str, outcome: Outcome) -> None:
    assert zone_of(*ASHBURN).answer(name, kind).outcome is outcome


def test_gateways_on_one_address_are_one_record_there_and_a_service_each() -> None:
    zone = zone_of(EdgeGateway("tokyo", "192.0.2.1", 5060), EdgeGateway("tokyo", "192.0.2.1", 5062))
    assert zone.answer(f"acme.pstn.jp1.{PFX}", "A").texts == ("192.0.2.1",)
    assert len(zone.answer(f"_sip._udp.pstn.jp1.{PFX}", "SRV").texts) == 2


def test_without_an_authority_it_is_records_for_another_zone() -> None:
    zone = edge_zone(PFX, ASHBURN)
    assert zone.answer(PFX, "SOA").outcome is Outcome.NO_DATA
    assert " SOA " not in zone.master_file()
    assert " NS " not in zone.master_file()


def test_the_authority_names_itself_and_its_data() -> None:
    zone = zone_of(*ASHBURN)
    assert zone.answer(PFX, "SOA").texts == (f"ns.{PFX}. hostmaster.{PFX}. 7 3600 600 604800 60",)
    assert zone.answer(PFX, "NS").texts == (f"ns.{PFX}.",)
    assert zone.answer(f"ns.{PFX}", RecordType.A).texts == ("192.0.2.53",)
