"""What a connection of ours asks of a target's TLS, and that the journal keeps it."""

from dataclasses import replace

import pytest

from tests.kit.facts import ACCOUNT, CARRIER, OWNED, TRUNK
from trunkline.domain.call.call import Call
from trunkline.domain.record.call_record import Direction
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.edge.hop import HopPlan
from trunkline.domain.trunk.facts import NumberSid
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.origination.uri import OriginationTarget, parse_origination_uri
from trunkline.kit.ids import CallSid
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.uri import parse_uri
from trunkline.protocol.sip.transaction.flow import Flow, TlsTerms
from trunkline.protocol.sip.ua.invite_offer import InviteOffer
from trunkline.service.gateway.call.live_call import LiveCall, Plan
from trunkline.service.gateway.journal.entry import flow_fields
from trunkline.service.gateway.journal.saved_call import _flow
from trunkline.service.gateway.target.edge_hop import HopTarget
from trunkline.service.gateway.target.tls_terms import named, on_terms


def live_call(plan: Plan) -> LiveCall:
    request = Request("INVITE", "sip:+12025550101@192.0.2.1", [("call-id", "Call-ID", "c")])
    session = InviteSession(request, "c", "t", "", is_uac=False)
    live = LiveCall(Call(CallSid("CA1"), b"", NOW), Direction.ORIGINATING, request, FLOW, session)
    live.plan = plan
    return live


def target(away: str | None) -> OriginationTarget:
    uri = parse_origination_uri("sip:pbx.example;transport=tls")
    assert uri is not None
    return OriginationTarget(None, uri, Transport.TLS, OWNED, away)


FLOW = Flow("TLS", "192.0.2.1", 5061, 0, TlsTerms("pbx.example"))
NOW = Instant(0.0)
OFFER = InviteOffer("sip:x", "<sip:x>", "<sip:x>", b"")


@pytest.mark.parametrize(("verified", "deprecated"), [(False, False), (True, False), (False, True), (True, True)])
def test_sip_5_4_a_customer_is_asked_the_same_at_whatever_edge_it_is_called(verified: bool, deprecated: bool) -> None:
    """Rows 49, 75: by the gateway where the call came in, or by that of the other edge, which has it from there."""
    trunk, account = replace(TRUNK, tls_verified=verified), replace(ACCOUNT, deprecated_tls=deprecated)
    here = OriginationPlan(trunk, account, CARRIER, NumberSid("PN1"), OWNED, ())
    there = HopPlan.of_offer(OFFER, redirected=False, tls_verified=verified, deprecated_tls=deprecated)
    wanted = [replace(FLOW, tls=TlsTerms("pbx.example", verified, deprecated))]
    assert on_terms([FLOW], target(None), live_call(here)) == wanted
    assert on_terms([FLOW], HopTarget("sip:pbx.example;transport=tls", redirected=False), live_call(there)) == wanted


def test_what_is_asked_of_a_customer_is_not_asked_of_a_gateway_of_ours() -> None:
    """Row 49: a lax trunk does not make the hop lax."""
    account = replace(ACCOUNT, deprecated_tls=True)
    plan = OriginationPlan(TRUNK, account, CARRIER, NumberSid("PN1"), OWNED, ())
    gateway = Flow("TLS", "192.0.2.2", 5061, 0, TlsTerms("gateway.pstn.dublin.example.com", verified=True))
    assert on_terms([gateway], target("dublin"), live_call(plan)) == [gateway]


@pytest.mark.parametrize(
    "terms", [None, TlsTerms(), TlsTerms("pbx.example", verified=True), TlsTerms("192.0.2.1", deprecated=True)]
)
def test_a_flow_taken_back_from_the_journal_asks_the_same(terms: TlsTerms | None) -> None:
    """A gateway's death does not turn a verified connection into one that is not."""
    flow = Flow("TLS", "192.0.2.1", 5061, 7, terms)
    assert _flow(flow_fields(flow)) == flow.unconnected()


def test_entries_of_before_are_read_as_they_were() -> None:
    assert _flow(["TLS", "192.0.2.1", 5061]) == Flow("TLS", "192.0.2.1", 5061)


def test_only_flows_over_tls_name_the_host_of_the_uri() -> None:
    """RFC 5922 section 7.1: the URI's host, in lower case and without the dot of DNS."""
    plain, secure = Flow("UDP", "192.0.2.1", 5060), Flow("TLS", "192.0.2.1", 5061)
    assert named([plain], parse_uri("sip:pbx.example")) == [plain]
    found = named([plain, secure], parse_uri("sip:PBX.example.;transport=tls"))
    assert found == [plain, Flow("TLS", "192.0.2.1", 5061, 0, TlsTerms("pbx.example"))]
    [flow] = named([secure], parse_uri("sips:[2001:db8::1]"))
    assert flow.tls == TlsTerms("2001:db8::1")
