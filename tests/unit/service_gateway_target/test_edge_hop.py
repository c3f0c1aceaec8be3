"""The two ends of a hop: which gateways, which way, which answer. The whole is in tests/sim/test_edge_hop.py."""

from dataclasses import replace

import pytest

from tests.kit.facts import ACCOUNT, CARRIER, OWNED, TRUNK
from tests.kit.ids import CountingIds
from trunkline.domain.call.release_cause import (
    CALLER_CANCELLED,
    OVERLOADED,
    TARGET_SILENT,
    Party,
    ReleaseCause,
    from_response,
)
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.edge.edges import EdgeGateway, Edges
from trunkline.domain.trunk.edge.hop import HopPlan, HopSeal
from trunkline.domain.trunk.facts import NumberSid, OriginationUrlSid
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.origination.uri import OriginationTarget, parse_origination_uri
from trunkline.kit.instant import Instant
from trunkline.kit.secret import Secret
from trunkline.platform.setting.address import HostPort
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.transaction.flow import Flow, TlsTerms
from trunkline.protocol.sip.ua.invite_offer import InviteOffer
from trunkline.service.gateway.target.edge_hop import EdgeHops, EdgeLocator, HopTarget, hop_refusal

GATEWAYS = tuple(EdgeGateway("dublin", f"192.0.2.{at}", 5070) for at in range(6))
KEY = Secret(b"k" * 32)
NOW = Instant(1000.0)
OFFER = InviteOffer("sip:+12025550100@203.0.113.9", "<sip:+1@x>", "<sip:+12025550100@203.0.113.9>", b"v=0")


def hops(seed: int = 0, gateways: tuple[EdgeGateway, ...] = GATEWAYS, suffix: str = "") -> EdgeHops:
    seal = HopSeal(KEY, "192.0.2.99:5060")
    return EdgeHops(Edges("ashburn", gateways), seal, CountingIds(seed=seed), lambda at: at, suffix)


def call(*, tls_verified: bool = False, deprecated_tls: bool = False) -> OriginationPlan:
    trunk, account = replace(TRUNK, tls_verified=tls_verified), replace(ACCOUNT, deprecated_tls=deprecated_tls)
    return OriginationPlan(trunk, account, CARRIER, NumberSid("PN1"), OWNED, ())


def as_request(offer: InviteOffer) -> Request:
    """As the far gateway reads it."""
    lines = [
        ("from", "From", f"{offer.from_text};tag=1"),
        ("to", "To", offer.to_text),
        ("contact", "Contact", "<sip:x>"),
    ]
    headers = [*lines, *((name.lower(), name, value) for name, value in offer.headers)]
    return Request("INVITE", offer.request_uri, headers, offer.body)


def target(uri: str = "sip:203.0.113.9;edge=dublin", away: str | None = "dublin") -> OriginationTarget:
    parsed = parse_origination_uri(uri)
    assert parsed is not None
    return OriginationTarget(OriginationUrlSid("OU1"), parsed, parsed.transport, "+12025550100", away)


class Everywhere:
    """The locator behind: every name has a public and a private address."""

    def __init__(self) -> None:
        self.flows = [Flow("UDP", "203.0.113.9", 5060), Flow("UDP", "10.0.0.1", 5060)]

    def locate(self, _target: object, done: object) -> None:
        assert callable(done)
        done(self.flows)


def located(what: OriginationTarget | HopTarget, *, allow_private: bool = False) -> list[Flow]:
    found: list[Flow] = []
    EdgeLocator(Everywhere(), hops(), allow_private=allow_private).locate(what, found.extend)
    return found


def test_row_49_every_gateway_of_the_edge_has_its_turn_at_being_the_first() -> None:
    orders = [[flow.address for flow in hops(seed).flows("dublin", secure=False)] for seed in range(60)]
    assert all(sorted(order) == sorted(gateway.host for gateway in GATEWAYS) for order in orders)
    assert {order[0] for order in orders} == {gateway.host for gateway in GATEWAYS}


def test_a_target_of_another_edge_is_at_its_gateways_and_any_other_where_it_was() -> None:
    assert {flow.transport for flow in located(target())} == {"TCP"}
    assert {flow.port for flow in located(target())} == {5070}
    assert located(target(away=None)) == Everywhere().flows


def test_row_74_the_way_is_tls_where_the_customer_is_called_by_tls() -> None:
    secure = replace(target(), transport=Transport.TLS)
    flows = located(secure)
    assert {(flow.transport, flow.port) for flow in flows} == {("TLS", 5071)}
    sealed = hops().sealed(OFFER, call(), secure, flows[0], NOW)
    plan = HopPlan.of_offer(OFFER, redirected=False)
    far_end = HopSeal(KEY, f"{flows[0].address}:5070")
    assert far_end.admits(plan, sealed.headers[0][1], NOW) == ""


def test_a_gateway_with_an_ipv6_address_is_named_as_it_names_itself() -> None:
    edges = hops(gateways=(EdgeGateway("dublin", "2001:db8::1", 5060),))
    (flow,) = edges.flows("dublin", secure=False)
    assert flow == Flow("TCP", "2001:db8::1", 5060)
    value = edges.sealed(OFFER, call(), target(), flow, NOW).headers[0][1]
    plan = HopPlan.of_offer(OFFER, redirected=False)
    assert HopSeal(KEY, str(HostPort("2001:db8::1", 5060))).admits(plan, value, NOW) == ""


def test_row_66_a_redirects_target_is_called_at_public_addresses_alone() -> None:
    public, private = Everywhere().flows
    assert located(HopTarget("sip:x@name.example.com", redirected=True)) == [public]
    assert located(HopTarget("sip:x@name.example.com", redirected=True), allow_private=True) == [public, private]
    assert located(HopTarget("sip:x@name.example.com", redirected=False)) == [public, private]


def test_an_invite_that_goes_to_the_customer_itself_has_no_seal() -> None:
    flow = Flow("UDP", "203.0.113.9", 5060)
    assert hops().sealed(OFFER, call(), target(away=None), flow, NOW) is OFFER


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize("deprecated", [False, True])
def test_sip_5_4_what_the_trunk_asks_of_the_customers_tls_goes_over_the_hop(verified: bool, deprecated: bool) -> None:
    """Rows 49, 75: a customer called from another edge is verified there as it would be from here."""
    secure = replace(target(), transport=Transport.TLS)
    (flow, *_) = hops().flows("dublin", secure=True)
    sealed = hops().sealed(OFFER, call(tls_verified=verified, deprecated_tls=deprecated), secure, flow, NOW)
    came = HopPlan.of_request(as_request(sealed))
    assert HopSeal(KEY, f"{flow.address}:5070").admits(came, sealed.headers[0][1], NOW) == ""
    assert (came.tls_verified, came.deprecated_tls) == (verified, deprecated)


def test_a_seal_says_what_is_asked_of_the_customer_and_nobody_changes_it() -> None:
    (flow, *_) = hops().flows("dublin", secure=True)
    sealed = hops().sealed(OFFER, call(tls_verified=True), target(), flow, NOW)
    (name, value), *others = sealed.headers
    changed = replace(sealed, headers=((name, value.replace(";v=1", ";v=0")), *others))
    came = HopPlan.of_request(as_request(changed))
    assert HopSeal(KEY, f"{flow.address}:5070").admits(came, changed.headers[0][1], NOW) == "wrong seal"


def test_the_certificate_of_a_gateway_is_asked_for_where_the_operator_wants_it() -> None:
    """Row 49: over TLS it names the trunks' domain at its edge; TCP has none to show."""
    assert {flow.tls for flow in hops().flows("dublin", secure=True)} == {None}
    strict = hops(suffix="example.com")
    assert {flow.tls for flow in strict.flows("dublin", secure=False)} == {None}
    wanted = TlsTerms("gateway.pstn.dublin.example.com", verified=True)
    assert {flow.tls for flow in strict.flows("dublin", secure=True)} == {wanted}


@pytest.mark.parametrize(
    ("cause", "status", "told"),
    [
        (OVERLOADED, None, (503, "Service Unavailable")),
        (from_response(486, "Busy Here", Party.CALLEE), 486, (486, "Busy Here")),
        (from_response(503, "Down", Party.CALLEE), 503, (500, "")),
        (from_response(401, "Who?", Party.CALLEE), 401, (401, "")),
        (from_response(302, "Moved", Party.CALLEE), 302, (302, "")),
        (TARGET_SILENT, 408, (408, "")),
        (CALLER_CANCELLED, None, (487, "Request Terminated")),
        (OVERLOADED, 200, (503, "Service Unavailable")),
    ],
)
def test_row_56_the_first_gateway_hears_what_the_customer_said(
    cause: ReleaseCause, status: int | None, told: tuple[int, str]
) -> None:
    assert hop_refusal(cause, status) == told
