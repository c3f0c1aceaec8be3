"""Carriers: the operator's routing of design, section 7, and the owner of a source address."""

from ipaddress import ip_address, ip_network
from random import Random

import pytest

from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.facts import CarrierFacts, CarrierGateway, CarrierSid, source_networks_of
from trunkline.domain.trunk.carrier.route import carrier_of_source, carrier_route
from trunkline.kit.ids import E164


def carrier(
    sid: str,
    *prefixes: str,
    priority: int = 10,
    weight: int = 10,
    gateways: tuple[str, ...] = ("gw",),
    sources: tuple[str, ...] = (),
    enabled: bool = True,
) -> CarrierFacts:
    return CarrierFacts(
        CarrierSid(sid),
        tuple(CarrierGateway(f"{name}.{sid}.example") for name in gateways),
        prefixes,
        priority,
        weight,
        tuple(ip_network(source) for source in sources),
        enabled,
    )


def route(callee: str, *carriers: CarrierFacts, seed: int = 1) -> list[str]:
    return [target.gateway.host for target in carrier_route(carriers, E164(callee), Random(seed).randrange)]


WORLD = carrier("world", "+")
UK = carrier("uk", "+44")
LONDON = carrier("london", "+1900", "+4420794601")


@pytest.mark.parametrize(
    ("callee", "host"),
    [
        ("+442079460123", "gw.london.example"),
        ("+442079460923", "gw.uk.example"),
        ("+12025550101", "gw.world.example"),
        ("+19005550101", "gw.london.example"),
    ],
)
def test_longest_prefix_wins_alone(callee: str, host: str) -> None:
    for order in ((WORLD, UK, LONDON), (LONDON, UK, WORLD)):
        assert route(callee, *order) == [host]


def test_disabled_carrier_is_as_if_absent() -> None:
    assert route("+442079460123", WORLD, carrier("uk", "+44", enabled=False)) == ["gw.world.example"]


def test_number_that_no_prefix_matches_has_no_route() -> None:
    assert route("+12025550101", UK) == []
    assert route("+12025550101") == []
    assert route("+12025550101", carrier("none")) == []


def test_lowest_priority_first_and_gateways_as_listed() -> None:
    first = carrier("first", "+", priority=1, gateways=("a", "b", "c"))
    second = carrier("second", "+", priority=65535)
    for seed in range(20):
        assert route("+12025550101", second, first, seed=seed) == [
            "a.first.example",
            "b.first.example",
            "c.first.example",
            "gw.second.example",
        ]


def test_equals_share_by_weight() -> None:
    heavy, light = carrier("heavy", "+", weight=90), carrier("light", "+", weight=10)
    random = Random(3)
    firsts = [
        carrier_route((light, heavy), E164("+12025550101"), random.randrange)[0].carrier.sid for _ in range(5_000)
    ]
    assert abs(firsts.count(heavy.sid) - 4_500) < 110  # five standard deviations


@pytest.mark.parametrize(
    ("gateway", "request_uri"),
    [
        (CarrierGateway("192.0.2.9"), "sip:+12025550101@192.0.2.9"),
        (CarrierGateway("192.0.2.9", 5090), "sip:+12025550101@192.0.2.9:5090"),
        (CarrierGateway("h.example", 5091, Transport.TCP), "sip:+12025550101@h.example:5091;transport=tcp"),
    ],
)
def test_request_uri_towards_a_carrier(gateway: CarrierGateway, request_uri: str) -> None:
    facts = CarrierFacts(CarrierSid("CY1"), (gateway,), ("+",))
    (target,) = carrier_route([facts], E164("+12025550101"), Random(1).randrange)
    assert target.request_uri == request_uri


def test_source_belongs_to_the_carrier_that_names_it() -> None:
    one, other = (
        carrier("one", sources=("192.0.2.0/29", "192.0.2.64/32")),
        carrier("other", sources=("192.0.2.128/25",)),
    )
    assert carrier_of_source([one, other], ip_address("192.0.2.7")) == one
    assert carrier_of_source([one, other], ip_address("192.0.2.64")) == one
    assert carrier_of_source([one, other], ip_address("192.0.2.200")) == other
    assert carrier_of_source([one, other], ip_address("192.0.2.8")) is None
    assert carrier_of_source([one, other], ip_address("2001:db8::1")) is None


def test_shared_source_goes_to_the_lowest_priority_and_never_to_a_disabled_carrier() -> None:
    low = carrier("low", priority=1, sources=("192.0.2.0/24",))
    high = carrier("high", priority=2, sources=("192.0.2.7/32",))
    twin = carrier("aaa", priority=1, sources=("192.0.2.0/24",))
    off = carrier("off", priority=0, sources=("192.0.2.0/24",), enabled=False)
    source = ip_address("192.0.2.7")
    assert carrier_of_source([high, low, off], source) == low
    assert carrier_of_source([low, twin], source) == carrier_of_source([twin, low], source) == twin


def test_literal_gateways_count_as_sources() -> None:
    gateways = (CarrierGateway("192.0.2.9"), CarrierGateway("gw.example"), CarrierGateway("[2001:db8::9]"))
    given = (ip_network("192.0.2.128/25"), ip_network("192.0.2.9/32"))
    assert source_networks_of(gateways, given) == (*given, ip_network("2001:db8::9/128"))
