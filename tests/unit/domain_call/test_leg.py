"""The leg: what the user agent tells of one session becomes one input of its call, or none by a written line."""

import pytest

from tests.unit.domain_call.test_call import (
    ADDRESS,
    ANSWER,
    OFFER,
    ONE,
    TWO,
    answered,
    bridged,
    dialling,
    picked_up,
    ringing,
    routing,
)
from tests.unit.protocol_sip_transaction.message import request, response
from trunkline.domain.call import command as do
from trunkline.domain.call.attempt import Target
from trunkline.domain.call.call import Call
from trunkline.domain.call.command import Side
from trunkline.domain.call.hunt import Hunt
from trunkline.domain.call.hunt_rule import CUSTOMER_RULE
from trunkline.domain.call.leg import Leg, sdp_of
from trunkline.domain.call.release_cause import REDIRECT_FAILED, Party
from trunkline.domain.call.state import CallState
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.ua import event as ua

NOW = Instant(101.0)
INVITE = request()
SESSION = InviteSession(INVITE, "call-1", "tag", "", is_uac=True)


def status(code: int, body: bytes = b"", kind: str = "application/sdp") -> Response:
    found = response(INVITE, code)
    if body:
        found.add("Content-Type", kind)
        found.body = body
    return found


def outbound(call: Call) -> Leg:
    return Leg(call, Side.OUTBOUND, 0)


def inbound(call: Call) -> Leg:
    return Leg(call, Side.INBOUND)


def test_responses_of_the_far_end() -> None:
    call = dialling()
    outbound(call).deliver(ua.InviteProgressed(SESSION, status(180)), NOW)
    assert call.state is CallState.RINGING
    outbound(call).deliver(ua.InviteAnswered(SESSION, status(200, ANSWER)), NOW)
    assert (call.state, call.attempts[0].status) == (CallState.ANSWERED, 200)


@pytest.mark.parametrize(
    ("event", "recorded"),
    [
        (ua.InviteRefused(SESSION, status(486), ""), 486),
        (ua.InviteRefused(SESSION, None, "timeout: no response"), 408),
        (ua.InviteRefused(SESSION, None, "transport: refused"), 503),
    ],
)
def test_refusal_and_silence_of_the_far_end(event: ua.InviteRefused, recorded: int) -> None:
    """RFC 3261 section 8.1.3.1: silence counts as 408, a transport failure as 503."""
    call = dialling()
    outbound(call).deliver(event, NOW)
    assert call.attempts[0].status == recorded


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        (ua.InviteCancelled(SESSION, INVITE), "caller_cancelled"),
        (ua.InviteLost(SESSION, "transport"), "caller_lost"),
        (ua.ByeArrived(SESSION, INVITE), "caller_cancelled"),
    ],
)
def test_caller_goes_before_the_answer(event: ua.UaEvent, cause: str) -> None:
    """A BYE in an early dialog is a CANCEL in other words (section 15.1.1)."""
    call = ringing()
    inbound(call).deliver(event, NOW)
    assert call.cause is not None
    assert call.cause.name == cause


def test_acks_and_byes_of_both_sides() -> None:
    call = answered()
    inbound(call).deliver(ua.Acknowledged(SESSION, INVITE), NOW)
    assert call.state is CallState.BRIDGED
    inbound(call).deliver(ua.ByeArrived(SESSION, INVITE), NOW)
    assert call.cause is not None
    assert call.cause.name == "caller_hung_up"
    call = answered()
    inbound(call).deliver(ua.AckMissing(SESSION), NOW)
    assert call.cause is not None
    assert call.cause.name == "ack_missing"
    call = picked_up()
    outbound(call).deliver(ua.ByeArrived(SESSION, INVITE), NOW)
    assert call.cause is not None
    assert call.cause.name == "callee_480"


def test_reinvite_there_and_back() -> None:
    call = bridged()
    offer = request(cseq=2)
    offer.add("Content-Type", "application/sdp")
    offer.body = OFFER
    inbound(call).deliver(ua.ReinviteArrived(SESSION, offer), NOW)
    call.media_reoffered(0, b"offer")
    outbound(call).deliver(ua.ReinviteRefused(SESSION, INVITE, None), NOW)
    assert call.cause is not None
    assert call.cause.name == "callee_lost", "no answer to a re-INVITE is a 408 (section 14.1)"


def test_late_offer_there_and_its_answer_in_the_ack() -> None:
    call = bridged()
    inbound(call).deliver(ua.ReinviteArrived(SESSION, request(cseq=2)), NOW)
    call.commands.clear()
    outbound(call).deliver(ua.ReinviteAnswered(SESSION, status(200, OFFER)), NOW)
    call.media_reoffered(0, b"offer")
    ack = request(cseq=2)
    ack.add("Content-Type", "application/sdp")
    ack.body = ANSWER
    inbound(call).deliver(ua.ReinviteAcknowledged(SESSION, ack), NOW)
    assert call.commands == [
        do.ReofferMedia(0, Side.OUTBOUND, OFFER),
        do.AcceptOffer(Side.INBOUND, b"offer"),
        do.ReanswerMedia(0, Side.INBOUND, ANSWER),
    ]


@pytest.mark.parametrize(("code", "lost"), [(None, True), (408, True), (481, True), (200, False), (405, False)])
def test_probe_of_a_dialog(code: int | None, lost: bool) -> None:
    call = bridged()
    outbound(call).deliver(ua.ResponseArrived(None, INVITE, None if code is None else status(code)), NOW)
    assert (call.cause is not None) == lost


@pytest.mark.parametrize(
    "event",
    [
        ua.InviteArrived(SESSION, INVITE, Flow("UDP", "192.0.2.9", 5060)),
        ua.LateAnswer(SESSION, status(200)),
        ua.SessionEnded(SESSION, None),
    ],
)
def test_what_is_no_business_of_the_call(event: ua.UaEvent) -> None:
    call = bridged()
    call.commands.clear()
    inbound(call).deliver(event, NOW)
    assert call.commands == []
    assert call.state is CallState.BRIDGED


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("application/sdp", b"v=0"),
        ("Application/SDP; charset=utf-8", b"v=0"),
        ("text/plain", b""),
        ("multipart/mixed", b""),
    ],
)
def test_sdp_of_a_message(kind: str, found: bytes) -> None:
    assert sdp_of(status(200, b"v=0", kind)) == found
    assert sdp_of(status(200)) == b""


@pytest.mark.parametrize("contacts", [[], ["<sip:one@192.0.2.9>", "<sip:two@192.0.2.9>"]])
def test_row_65_call_is_told_the_first_contact_of_a_refusal(contacts: list[str]) -> None:
    asked: list[str] = []

    class Nowhere:
        def follow(self, contact: str, _target: Target) -> Target | None:
            asked.append(contact)
            return None

        def admits(self, address: Flow, target: Target) -> bool:
            return True

    call = routing()
    call.routed(Hunt((ONE, TWO), CUSTOMER_RULE, NOW, 60.0, Nowhere()), Party.CALLEE, b"", NOW)
    call.located(ONE, [ADDRESS], NOW)
    call.media_anchored(0, b"")
    refusal = status(302)
    for contact in contacts:
        refusal.add("Contact", contact)
    outbound(call).deliver(ua.InviteRefused(SESSION, refusal, ""), NOW)
    assert asked == (contacts[:1] or [""])
    assert [(attempt.status, attempt.cause) for attempt in call.attempts] == [(302, REDIRECT_FAILED)]
    assert call.cause == REDIRECT_FAILED
