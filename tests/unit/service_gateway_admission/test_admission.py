"""Who may call: requests become questions to the policies, over cached facts or by a job."""

import pytest

from tests.kit.facts import PFX, REALM, Facts
from tests.kit.ids import CountingIds
from tests.kit.paused import PausedRunner, pause
from tests.kit.port import offer_sdp
from tests.kit.scene import open_facts
from tests.kit.world import World
from trunkline.domain.call.release_cause import TRUNK_CPS_EXCEEDED, ReleaseCause
from trunkline.domain.trunk.carrier.health import CarrierHealth
from trunkline.domain.trunk.decision import Challenge, Drop, Reject
from trunkline.domain.trunk.edge.edges import Edges
from trunkline.domain.trunk.edge.hop import HopSeal
from trunkline.domain.trunk.facts import AccountFacts
from trunkline.domain.trunk.limits import Caller, CallLimits, Limiter
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.termination.decision import TerminationPlan
from trunkline.domain.trunk.termination.request import Offer
from trunkline.domain.trunk.termination.settings import RoutingSettings
from trunkline.kit.instant import Instant
from trunkline.kit.secret import Secret
from trunkline.protocol.sip.digest.server import DigestServer
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.gateway.admission.admission import (
    ROUTING_DEADLINE_S,
    Admission,
    Admissions,
    Admitted,
)
from trunkline.service.gateway.admission.invite_reading import identities_of, ordered_for_customer, read_offer
from trunkline.service.gateway.call.calls import Calls
from trunkline.service.gateway.facts.cached_directory import CachedDirectory
from trunkline.service.gateway.target.edge_hop import EdgeHops

CUSTOMER = Flow("UDP", "192.0.2.50", 5060)
CARRIER = Flow("UDP", "192.0.2.200", 5060)
TRUNK_URI = f"sip:+442079460123@acme.pstn.{PFX}"
NUMBER_URI = "sip:+12025550101@192.0.2.1"


def request(uri: str = TRUNK_URI, method: str = "INVITE", body: bytes = b"", extra: str = "") -> Request:
    text = (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.50;branch=z9hG4bK-1;rport\r\nMax-Forwards: 70\r\n"
        f'From: "Alice" <sip:+12025550101@192.0.2.50>;tag=1\r\nTo: <{uri}>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n'
        f"{extra}Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    message = parse(text.encode() + body)
    assert isinstance(message, Request)
    return message


class Desk:
    """Admissions over fake facts; `found` collects what came later."""

    def __init__(self, facts: Facts, limiter: Limiter | None = None) -> None:
        self.facts = facts
        self.world = World()
        self.runner = PausedRunner(self.world, lambda: None)
        self.directory = CachedDirectory(facts)
        digest = DigestServer(REALM, "192.0.2.1:5060", Secret(b"k" * 32))
        hosts, limits = frozenset({"192.0.2.1"}), limiter or CallLimits(Calls())
        seal = HopSeal(Secret(b"h" * 32), "192.0.2.1:5060")
        hops = EdgeHops(Edges("ashburn"), seal, CountingIds(), lambda at: at)
        draw, health = CountingIds().number, CarrierHealth()
        self.admissions = Admissions(
            self.directory, digest, RoutingSettings(PFX), hosts, draw, self.runner, limits, hops, health
        )
        self.found: list[Admission] = []

    def ask(self, message: Request, flow: Flow = CUSTOMER) -> Admission | None:
        return self.admissions.ask(message, flow, self.world.now, self.found.append)

    def decide(self, message: Request, flow: Flow = CUSTOMER) -> Admission:
        """By whichever way."""
        at_once = self.ask(message, flow)
        if at_once is not None:
            return at_once
        self.world.settle()
        return self.found.pop()


OFFER = offer_sdp("192.0.2.50")
SRTP = OFFER.replace(b"RTP/AVP", b"RTP/SAVP")
KEY = b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
AUDIO = b"m=audio 40002 RTP/AVP 0\r\n"
WRONG = (
    f'Digest username="alice",realm="{REALM}",nonce="n",uri="{TRUNK_URI}",response="{"0" * 32}",'
    'cnonce="c",qop=auth,nc=00000001'
)


def test_first_asked_by_a_job_then_at_once() -> None:
    desk = Desk(open_facts())
    assert desk.ask(request(body=OFFER)) is None
    desk.world.settle()
    (admitted,) = desk.found
    assert isinstance(admitted, Admitted)
    assert isinstance(admitted.plan, TerminationPlan)
    assert [target.gateway.host for target in admitted.carriers] == ["192.0.2.200", "192.0.2.201"]
    asked = len(desk.facts.asked)
    assert isinstance(desk.ask(request(body=OFFER)), Admitted)
    assert (desk.runner.started, len(desk.facts.asked), len(desk.found)) == (1, asked, 1)


class WaitingLimiter:
    """Implements Limiter, as one that asks somebody else for half a second."""

    shared = True

    def __init__(self, cause: ReleaseCause | None = None) -> None:
        self.cause = cause
        self.admitted = 0
        self.withdrawals = 0

    def waits_for(self, caller: Caller) -> bool:
        return True

    async def admit(self, caller: Caller, now: Instant) -> ReleaseCause | None:
        await pause(0.5)
        self.admitted += 1
        return self.cause

    def concurrency_refusal(self, account: AccountFacts) -> ReleaseCause | None:
        return None

    def withdrawn(self, account: AccountFacts) -> None:
        self.withdrawals += 1


def test_decision_7_limits_that_have_to_be_asked_for_are_asked_by_a_job_and_once() -> None:
    limiter = WaitingLimiter()
    desk = Desk(open_facts(), limiter)
    for _ in range(2):  # with cold caches, and with warm ones
        assert isinstance(desk.decide(request(body=OFFER)), Admitted)
    assert (desk.runner.started, limiter.admitted, limiter.withdrawals) == (2, 2, 0)


def test_a_call_that_is_refused_after_it_was_admitted_is_withdrawn() -> None:
    limiter = WaitingLimiter()
    assert isinstance(Desk(open_facts(), limiter).decide(request(body=b"v=0")), Reject)
    assert (limiter.admitted, limiter.withdrawals) == (1, 1)


def test_a_call_that_limits_refused_is_not_withdrawn() -> None:
    limiter = WaitingLimiter(TRUNK_CPS_EXCEEDED)
    assert isinstance(Desk(open_facts(), limiter).decide(request(body=b"v=0")), Reject)
    assert (limiter.admitted, limiter.withdrawals) == (1, 0)


def test_a_job_that_takes_too_long_is_a_refusal_for_want_of_facts() -> None:
    facts = open_facts()
    facts.delay_s = ROUTING_DEADLINE_S
    decision = Desk(facts).decide(request(body=OFFER))
    assert isinstance(decision, Reject)
    assert (decision.cause.name, decision.recorded) == ("facts_unavailable", False)


def test_carrier_calls_a_number_of_the_platform() -> None:
    decision = Desk(Facts()).decide(request(NUMBER_URI, body=OFFER), CARRIER)
    assert isinstance(decision, Admitted)
    assert isinstance(decision.plan, OriginationPlan)
    assert decision.carriers == ()


@pytest.mark.parametrize(
    ("message", "flow", "kind"),
    [
        (request(NUMBER_URI, body=OFFER), CUSTOMER, Drop),
        (request("sip:+12025550101@nobody.example", body=OFFER), CUSTOMER, Drop),
        (request(f"sip:+442079460123@nobody.pstn.{PFX}", body=OFFER), CUSTOMER, Drop),
        (request("sip:+442079460199@192.0.2.1", body=OFFER), CARRIER, Reject),
        (request(NUMBER_URI, "OPTIONS"), CARRIER, Drop),
        (request(f"sip:acme.pstn.{PFX}", "REGISTER"), CUSTOMER, Reject),
        (request(body=OFFER), CUSTOMER, Challenge),
        (request(body=OFFER, extra="Proxy-Authorization: Basic YTpi\r\n"), CUSTOMER, Challenge),
        (request(body=OFFER, extra=f"Proxy-Authorization: {WRONG}\r\n"), CUSTOMER, Reject),
        (request(body=OFFER, extra=f"Proxy-Authorization: {WRONG.replace(REALM, 'else')}\r\n"), CUSTOMER, Challenge),
    ],
)
def test_everything_else(message: Request, flow: Flow, kind: type) -> None:
    """Design, section 7: who is calling. Rows 20, 23, 24, 26."""
    assert isinstance(Desk(Facts()).decide(message, flow), kind)


def test_challenge_is_one_header_for_one_source() -> None:
    desk = Desk(Facts())
    decision = desk.decide(request(body=OFFER))
    assert isinstance(decision, Challenge)
    ((name, value),) = desk.admissions.challenge(decision, CUSTOMER, desk.world.now)
    assert name == "Proxy-Authenticate"
    assert value.startswith(f'Digest realm="{REALM}",qop="auth",nonce="')


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (b"", Offer.ABSENT),
        (b"no SDP at all", Offer.UNREADABLE),
        (OFFER, Offer.PLAIN),
        (offer_sdp("192.0.2.50", codecs="18 101"), Offer.NO_CODEC),
        (OFFER.replace(b"m=audio 40000", b"m=audio 0"), Offer.NO_CODEC),
        (SRTP + KEY, Offer.SECURE),
        (SRTP + KEY.replace(b"_80", b"_32"), Offer.SECURE),
        (SRTP, Offer.KEYLESS),
        (SRTP + KEY.replace(b"_80", b"_81"), Offer.KEYLESS),
        (SRTP + KEY[:-4] + b"\r\n", Offer.KEYLESS),
        (SRTP + KEY[:-2] + b"|1:4\r\n", Offer.KEYLESS),
        (SRTP + KEY[:-2] + b" UNENCRYPTED_SRTP\r\n", Offer.KEYLESS),
        (SRTP + KEY.replace(b"_80", b"_81") + KEY.replace(b":1", b":2"), Offer.SECURE),
        (SRTP.replace(b" 0 8 101", b" 18") + KEY, Offer.NO_CODEC),
        (OFFER + AUDIO.replace(b"AVP", b"SAVP") + KEY, Offer.EITHER),
        (SRTP + KEY + AUDIO, Offer.EITHER),
        (SRTP + AUDIO, Offer.PLAIN),
    ],
)
def test_verdict_on_the_offer(body: bytes, verdict: Offer) -> None:
    """Rows 44, 72, 73, 78, 79, 82."""
    media = read_offer(request(body=body), "192.0.2.50")
    assert media.verdict is verdict
    assert bool(media.plain) == (verdict in {Offer.PLAIN, Offer.EITHER})
    assert bool(media.secured) == (verdict in {Offer.SECURE, Offer.EITHER})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "224.2.1.1/127", "255.255.255.255", "0.1.2.3"])
@pytest.mark.parametrize("own_line", [False, True])
def test_row_44_media_that_is_to_go_to_our_own_host_or_to_many_is_no_offer(address: str, own_line: bool) -> None:
    """Sip.md 3.6 for media: the relay would speak to services of this host in the caller's name."""
    body = OFFER.replace(b"c=IN IP4 192.0.2.50", f"c=IN IP4 {address}".encode())
    if own_line:
        body = OFFER + f"c=IN IP4 {address}\r\n".encode()
    assert read_offer(request(body=body), "192.0.2.50").verdict is Offer.UNREADABLE
    local = address.startswith("127.")
    assert (read_offer(request(body=body), "127.0.0.9").verdict is Offer.PLAIN) is local


@pytest.mark.parametrize(
    "line", ["a=rtcp:40001 IN IP4 127.0.0.1", "a=rtcp:many", "a=rtcp:1 IN IP4 phone.example.com", "a=rtpmap:0 PCMU"]
)
def test_row_44_attributes_that_cannot_be_taken_make_no_offer(line: str) -> None:
    """RFC 3605: where RTCP is to go is an address like the other, and what is read late is judged at once."""
    body = OFFER + f"{line}\r\n".encode()
    assert read_offer(request(body=body), "192.0.2.50").verdict is Offer.UNREADABLE


IPV6_OFFER = OFFER.replace(b"c=IN IP4 192.0.2.50", b"c=IN IP6 2001:db8::50")


@pytest.mark.parametrize(
    ("body", "ipv6", "verdict"),
    [
        (OFFER, False, Offer.PLAIN),
        (OFFER, True, Offer.UNREADABLE),
        (IPV6_OFFER, True, Offer.PLAIN),
        (IPV6_OFFER, False, Offer.UNREADABLE),
        (IPV6_OFFER, None, Offer.PLAIN),
        (OFFER + b"m=video 5000 RTP/AVP 31\r\nc=IN IP6 2001:db8::50\r\n", False, Offer.PLAIN),
    ],
)
def test_row_44_media_of_a_family_that_the_relay_does_not_have_is_no_offer(
    body: bytes, ipv6: bool | None, verdict: Offer
) -> None:
    """The caller's fault with its code, where the relay's refusal would be the platform's 503."""
    assert read_offer(request(body=body), "192.0.2.50", ipv6).verdict is verdict


def test_of_two_lines_the_trunk_takes_that_of_its_kind() -> None:
    """Rows 71, 73: the other one is refused in its place, its key gone (RFC 3264 section 6)."""
    media = read_offer(request(body=SRTP + KEY + AUDIO), "192.0.2.50")
    plain, secured = media.for_trunk(secure=False), media.for_trunk(secure=True)
    assert (plain.count(b"m=audio 0 RTP/SAVP"), plain.count(b"m=audio 40002 RTP/AVP"), plain.count(b"crypto")) == (
        1,
        1,
        0,
    )
    assert (secured.count(b"m=audio 40000 RTP/SAVP"), secured.count(b"m=audio 0 RTP/AVP")) == (1, 1)


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ((("Content-Type", "application/SDP ; charset=utf-8"),), Offer.PLAIN),
        ((), Offer.PLAIN),
        ((("Content-Type", "multipart/mixed;boundary=x"),), Offer.FOREIGN),
        ((("Content-Type", "application/isup"), ("Content-Disposition", "signal;handling=optional")), Offer.ABSENT),
    ],
)
def test_a_body_that_is_no_sdp_is_not_read_as_sdp(headers: tuple[tuple[str, str], ...], verdict: Offer) -> None:
    """RFC 3261 sections 8.2.3 and 20.11."""
    message = request(body=OFFER)
    message.drop("content-type")
    for name, value in headers:
        message.add(name, value)
    assert read_offer(message, "192.0.2.50").verdict is verdict


def test_offer_that_passes_keeps_allowed_codecs_and_payload_types_only() -> None:
    """Design, decision 12; row 81: the customer's order stays, the platform's own has PCMU first."""
    offer = read_offer(request(body=offer_sdp("192.0.2.50", codecs="18 8 0 101")), "192.0.2.50").plain
    assert b" RTP/AVP 8 0 101\r\n" in offer
    assert b" RTP/AVP 0 8 101\r\n" in ordered_for_customer(offer)


@pytest.mark.parametrize(
    ("extra", "rpid", "pai"),
    [
        ("", None, None),
        ("Remote-Party-ID: <sip:+12025550102@h>\r\n", "+12025550102", None),
        ("P-Asserted-Identity: <sip:+12025550103@h>\r\n", None, "+12025550103"),
        ("Remote-Party-ID: <<broken\r\n", "", None),
    ],
)
def test_who_claims_to_call(extra: str, rpid: str | None, pai: str | None) -> None:
    """Row 33."""
    found = identities_of(request(extra=extra))
    assert (found.from_user, found.rpid_user, found.pai_user, found.display_name) == (
        "+12025550101",
        rpid,
        pai,
        "Alice",
    )


def test_diversions_of_the_customer_reach_the_policy_unless_broken() -> None:
    """Row 37."""
    extra = "Diversion: <sip:+12025550101@acme.example>;reason=unconditional\r\nDiversion: <<broken\r\n"
    decision = Desk(open_facts()).decide(request(body=OFFER, extra=extra))
    assert isinstance(decision, Admitted)
    assert isinstance(decision.plan, TerminationPlan)
    assert decision.plan.diversions == ("<sip:+12025550101@acme.example>;reason=unconditional",)
