"""The seal of a hop, and what goes on to the customer: features row 49."""

from dataclasses import replace

import pytest

from trunkline.domain.trunk.edge.hop import HOP_HEADER, VALID_S, HopPlan, HopSeal
from trunkline.kit.secret import Secret
from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.ua.invite_offer import InviteOffer

HERE, THERE = "192.0.2.1:5060", "192.0.2.2:5060"
KEY = Secret(b"k" * 32)
AT = 1_800_000_000.0
OFFER = InviteOffer(
    "sip:+12025550100@203.0.113.9;transport=tcp",
    '"Ann \\"A\\"" <sip:+442079460199@acme.pstn.example.com:5060>',
    "<sip:+12025550100@203.0.113.9;transport=tcp>",
    b"v=0\r\n",
    (("Diversion", "<sip:+12025550100@example.com>;reason=unconditional"), ("X-Mine", " tab\tand space ")),
    "+442079460199",
    '"Ann"',
    59,
)
PLAN = HopPlan.of_offer(OFFER, redirected=False)


def arrived(offer: InviteOffer, value: str) -> Request:
    """The INVITE as it comes off the wire."""
    user = f"{offer.contact_user}@" if offer.contact_user else ""
    lines = [
        f"INVITE {offer.request_uri} SIP/2.0",
        f"Via: SIP/2.0/TCP {HERE};branch=z9hG4bK1;rport",
        f"Max-Forwards: {offer.max_forwards}",
        f"From: {offer.from_text};tag=a1",
        f"To: {offer.to_text}",
        "Call-ID: c1",
        "CSeq: 1 INVITE",
        f"Contact: {offer.contact_display} <sip:{user}{HERE};transport=tcp>",
        "Allow: INVITE",
        "User-Agent: one",
        f"{HOP_HEADER}: {value}",
        *[f"{name}: {text}" for name, text in offer.headers],
        "Content-Type: application/sdp",
        f"Content-Length: {len(offer.body)}",
    ]
    message = parse("\r\n".join(lines).encode() + b"\r\n\r\n" + offer.body)
    assert isinstance(message, Request)
    return message


def sealed(plan: HopPlan = PLAN, nonce: str = "n1", at: float = AT) -> str:
    return HopSeal(KEY, HERE).seal(plan, THERE, nonce, at)


@pytest.mark.parametrize("redirected", [False, True])
@pytest.mark.parametrize(
    "offer",
    [
        OFFER,
        replace(OFFER, contact_user="", contact_display="", headers=()),
        replace(OFFER, contact_display='"Ann <home>; \\"x\\""'),
        replace(OFFER, contact_user="a;b=1?c", from_text="<sip:anonymous@acme.pstn.example.com:5060>"),
    ],
)
def test_what_was_composed_is_what_goes_on(offer: InviteOffer, redirected: bool) -> None:
    plan = HopPlan.of_offer(offer, redirected=redirected)
    came = HopPlan.of_request(arrived(offer, sealed(plan)))
    assert came == plan
    assert HopSeal(KEY, THERE).admits(came, sealed(plan), AT) == ""
    headers = tuple((name, value.strip()) for name, value in offer.headers)
    assert came.offer(b"other") == replace(offer, body=b"other", headers=headers)


def test_headers_of_one_leg_stay_behind_and_a_false_seal_with_them() -> None:
    own = (("Via", "x"), ("Call-ID", "x"), ("Route", "<sip:x>"), ("User-Agent", "x"), (HOP_HEADER, "m=0"))
    plan = HopPlan.of_offer(replace(OFFER, headers=(*own, *OFFER.headers)), redirected=False)
    assert plan == PLAN


def test_an_invite_without_a_contact_is_none_of_ours() -> None:
    request = arrived(OFFER, sealed())
    request.drop("contact")
    with pytest.raises(MalformedMessage):
        HopPlan.of_request(request)


@pytest.mark.parametrize("skew_s", [-VALID_S, -1.0, 0.0, VALID_S])
def test_clocks_may_be_half_a_minute_apart(skew_s: float) -> None:
    assert HopSeal(KEY, THERE).admits(PLAN, sealed(), AT + skew_s) == ""


@pytest.mark.parametrize("skew_s", [-VALID_S - 1, VALID_S + 1])
def test_a_hop_of_another_time_is_refused(skew_s: float) -> None:
    assert HopSeal(KEY, THERE).admits(PLAN, sealed(), AT + skew_s) == "not of now"


def test_a_hop_of_before_the_start_is_refused() -> None:
    """What a life before has taken is not remembered."""
    assert HopSeal(KEY, THERE, AT + 1.5).admits(PLAN, sealed(), AT + 2) == "not of now"
    assert HopSeal(KEY, THERE, AT + 0.5).admits(PLAN, sealed(), AT + 2) == ""


def test_a_clock_that_was_set_back_moves_the_start_with_it() -> None:
    """Else nothing would be taken until the clock had come as far again."""
    seal = HopSeal(KEY, THERE, AT + 3600)
    seal.clock_set(-3610.0)
    assert seal.admits(PLAN, sealed(), AT) == ""
    assert seal.admits(PLAN, sealed(nonce="n2", at=AT - 11), AT) == "not of now"


def test_a_hop_is_taken_once() -> None:
    seal = HopSeal(KEY, THERE)
    assert seal.admits(PLAN, sealed(), AT) == ""
    assert seal.admits(PLAN, sealed(), AT + 1) == "seen before"
    assert seal.admits(PLAN, sealed(nonce="n2"), AT + 1) == ""


def test_what_is_remembered_is_forgotten_when_its_time_has_passed() -> None:
    seal = HopSeal(KEY, THERE)
    for second in range(200):
        at = AT + second
        assert seal.admits(PLAN, sealed(nonce=f"n{second}", at=at), at) == ""
        assert seal.admits(PLAN, sealed(nonce=f"n{second}", at=at), at + VALID_S) == "seen before"
    assert len(seal._seen) <= 2 * VALID_S + 1


@pytest.mark.parametrize(
    "changed",
    [
        replace(PLAN, request_uri="sip:+12025550100@203.0.113.10;transport=tcp"),
        replace(PLAN, from_text="<sip:+442079460100@acme.pstn.example.com:5060>"),
        replace(PLAN, to_text="<sip:x@203.0.113.9>"),
        replace(PLAN, contact_user="+1"),
        replace(PLAN, contact_display=""),
        replace(PLAN, headers=PLAN.headers[:1]),
        replace(PLAN, headers=(PLAN.headers[1], PLAN.headers[0])),
        replace(PLAN, headers=(*PLAN.headers, ("X-More", ""))),
        replace(PLAN, headers=(("DiversionX", PLAN.headers[0][1]), PLAN.headers[1])),
        replace(PLAN, body=b"v=0\r\na=x\r\n"),
        replace(PLAN, to_text="", contact_user=PLAN.to_text + PLAN.contact_user),
    ],
)
def test_nothing_that_goes_on_can_be_changed(changed: HopPlan) -> None:
    assert HopSeal(KEY, THERE).admits(changed, sealed(), AT) == "wrong seal"


def test_the_seal_is_for_one_gateway_and_of_one_platform() -> None:
    assert HopSeal(KEY, "192.0.2.3:5060").admits(PLAN, sealed(), AT) == "wrong seal"
    assert HopSeal(Secret(b"l" * 32), THERE).admits(PLAN, sealed(), AT) == "wrong seal"


@pytest.mark.parametrize(
    "value",
    [
        *("", "m=", ";m=", "t=1", "t=x;n=1;r=0;m=0", "t=1;n=;r=0;m=\udcff", "x" * 5000),
        sealed().replace("r=0", "r=1"),
        sealed().replace(";n=n1", ";n=n2"),
        sealed().upper(),
        sealed() + " ",
        ";" + sealed(),
    ],
)
def test_any_other_value_is_a_wrong_seal(value: str) -> None:
    assert HopSeal(KEY, THERE).admits(PLAN, value, AT) == "wrong seal"
