"""The phone against peers by hand: digest, offers of every kind, hold, glare, silence, and the end."""

from pathlib import Path

import pytest

from tests.unit.service_sandbox.raw import OFFER, PEER_FLOW, Alone, request
from tests.unit.service_sandbox.two_phones import CALLER, SANDBOX, TwoPhones
from trunkline.kit.secret import Secret
from trunkline.platform.media.audio import Play
from trunkline.protocol.sdp.session import parse as parse_sdp
from trunkline.protocol.sip.digest.algorithm import Algorithm, ha1
from trunkline.protocol.sip.digest.server import DigestMode, DigestOutcome, DigestServer
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.sandbox.behaviour import (
    Answer,
    Behaviour,
    HangUp,
    Reinvite,
    Ring,
    Sound,
    Step,
    Wait,
    pbx_behaviour,
)
from trunkline.service.sandbox.phone_call import CallOrder, Credential, Happening
from trunkline.service.sandbox.phone_core import LONGEST_CALL_S

REALM = "sip.trunkline.localhost"
PASSWORD = "correct horse 9"
SAVP = OFFER.replace(b"RTP/AVP", b"RTP/SAVP")
SENDONLY = OFFER + b"a=sendonly\r\n"
ZERO = OFFER.replace(b"c=IN IP4 127.0.0.9", b"c=IN IP4 0.0.0.0")


class _User:
    def __init__(self, username: str) -> None:
        self.ha1_md5 = Secret(ha1(Algorithm.MD5, username, REALM, PASSWORD))
        self.ha1_sha256 = Secret(ha1(Algorithm.SHA_256, username, REALM, PASSWORD))


def lookup(username: str) -> _User | None:
    return _User(username) if username == "demo" else None


def answering(*rest: Step) -> Behaviour:
    return (Answer(Sound.TONE), *rest)


def answered(alone: Alone, body: bytes = OFFER) -> str:
    """A call from the peer, answered and acknowledged; the phone's tag."""
    alone.send(request("INVITE", body=body))
    tag = alone.last("200").message.to.tag
    alone.send(request("ACK", to_tag=tag, branch="ack"))
    return tag


def is_held(alone: Alone) -> bool:
    return alone.port.held


# ---- digest


@pytest.mark.parametrize("mode", list(DigestMode))
@pytest.mark.parametrize(
    ("status", "asks", "answers"),
    [
        (407, "Proxy-Authenticate", "proxy-authorization"),
        (401, "WWW-Authenticate", "authorization"),
    ],
)
def test_a_challenge_is_answered_by_the_same_call(mode: DigestMode, status: int, asks: str, answers: str) -> None:
    """Row 23, the caller's side."""
    alone = Alone()
    server = DigestServer(REALM, "gateway", Secret(b"k" * 32), mode)
    placed = alone.call(credential=Credential("demo", Secret(PASSWORD)))
    first = alone.last("INVITE")
    alone.respond(status, *((asks, value) for value in server.challenge(alone.now)))
    second = alone.last("INVITE").message
    assert isinstance(second, Request)
    assert (second.call_id, second.from_.tag) == (first.message.call_id, first.message.from_.tag)
    assert second.cseq == (2, "INVITE")
    verdict = server.verify("INVITE", second.uri_text, second.get_all(answers), alone.now, lookup)
    assert verdict.outcome is DigestOutcome.OK
    alone.respond(200, body=OFFER)
    assert placed.answered
    assert not any(PASSWORD in notice.detail for notice in placed.notices)
    alone.phone.hang_up(placed, alone.now)
    alone.pump()
    alone.settle()


def test_a_refused_password_is_not_tried_again() -> None:
    alone = Alone()
    server = DigestServer(REALM, "gateway", Secret(b"k" * 32))
    placed = alone.call(credential=Credential("demo", Secret("wrong")))
    for _ in range(2):
        challenges = [("Proxy-Authenticate", value) for value in server.challenge(alone.now)]
        alone.respond(407, *challenges, to=alone.last("INVITE"))
    assert alone.words == ["INVITE", "ACK", "INVITE", "ACK"]
    assert (placed.outcome, placed.status) == ("failed", 407)
    alone.settle()


def test_a_stale_nonce_is_answered_once_more() -> None:
    alone = Alone()
    server = DigestServer(REALM, "gateway", Secret(b"k" * 32))
    placed = alone.call(credential=Credential("demo", Secret(PASSWORD)))
    for stale in (False, True, True):
        challenges = [("Proxy-Authenticate", value) for value in server.challenge(alone.now, stale=stale)]
        alone.respond(407, *challenges, to=alone.last("INVITE"))
    assert alone.words.count("INVITE") == 3
    assert placed.status == 407
    alone.settle()


def test_without_a_credential_a_challenge_is_the_end() -> None:
    alone = Alone()
    placed = alone.call()
    alone.respond(407, ("Proxy-Authenticate", 'Digest realm="x",nonce="y",qop="auth"'))
    assert (placed.over, placed.status) == (True, 407)
    alone.settle()


# ---- calling


def test_what_is_heard_is_recorded_from_the_start(tmp_path: Path) -> None:
    alone = Alone()
    alone.call(record_to=tmp_path / "heard.wav")
    assert alone.port.recorded == [tmp_path / "heard.wav"]
    alone.respond(486)
    alone.settle()


def test_an_answer_starts_the_sound_and_the_steps() -> None:
    alone = Alone()
    placed = alone.call(after=(Wait(2.0), HangUp()))
    alone.respond(180)
    assert alone.port.played == []
    alone.respond(200, body=OFFER, to=alone.seen[0])
    assert isinstance(alone.port.played[0], Play)
    assert alone.port.connected == [("127.0.0.9", 43000, 8, 8, 101, 43001)]
    alone.run(1.9)
    assert alone.words == ["INVITE", "ACK"]
    alone.run(0.2)
    assert alone.words[-1] == "BYE"
    assert (placed.over, placed.parted) == (True, False)
    assert alone.phone.live == [placed]
    alone.respond(200)
    assert placed.parted
    assert alone.phone.live == []
    alone.settle()


def test_an_answer_without_usable_sdp_is_acknowledged_and_ended() -> None:
    alone = Alone()
    placed = alone.call()
    alone.respond(200, body=b"v=0\r\nnonsense\r\n")
    assert alone.words == ["INVITE", "ACK", "BYE"]
    assert placed.over
    alone.respond(200)
    alone.settle()


def test_a_broken_answer_to_our_bye_is_passed_over() -> None:
    alone = Alone()
    placed = alone.call()
    alone.respond(200, body=OFFER)
    alone.phone.hang_up(placed, alone.now)
    alone.pump()
    call_id = alone.last("BYE").message.call_id
    alone.send(f"SIP/2.0 200 OK\r\nFrom: <<<\r\nCall-ID: {call_id}\r\nCSeq: 2 BYE\r\n\r\n".encode())
    alone.send(b"SIP/2.0 200 OK\r\nCSeq: 2 BYE\r\n")
    assert alone.phone.live == [placed]
    alone.respond(200, to=alone.last("BYE"))
    assert alone.phone.live == []
    alone.settle()


def test_a_bye_that_reaches_nobody_needs_no_answer() -> None:
    alone = Alone()
    placed = alone.call()
    alone.respond(200, body=OFFER)
    alone.phone.hang_up(placed, alone.now)
    alone.pump()
    alone.phone.transport_failed(Flow("UDP", "127.0.0.1", 5098), "Connection refused", alone.now)
    assert alone.phone.live == [placed]
    alone.phone.transport_failed(PEER_FLOW, "Connection refused", alone.now)
    assert alone.phone.live == []
    alone.pump()
    alone.settle()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"INVITE sip:echo@127.0.0.1:5090", b"INVITE sip:@"),
        (b"INVITE sip:echo@127.0.0.1:5090", b"INVITE http://x.example"),
        (b"INVITE sip:echo@127.0.0.1:5090", b"INVITE tel:+12025550100"),
        (b"From: <sip:+12025550100@127.0.0.1>", b"From: <tel:>"),
        (b"From: <sip:+12025550100@127.0.0.1>", b"From: <urn:service:sos>"),
        (b"From: <sip:+12025550100@127.0.0.1>", b"From: "),
        (b"Contact: <sip:127.0.0.1:5099>", b"Contact: *"),
        (b"Contact: <sip:127.0.0.1:5099>", b"X: y"),
    ],
)
def test_an_odd_invite_raises_nothing(old: bytes, new: bytes) -> None:
    alone = Alone(lambda _: answering())
    sent = request("INVITE", body=OFFER)
    assert old in sent
    alone.send(sent.replace(old, new))
    alone.settle()


def test_nobody_answers_and_patience_ends_in_a_cancel() -> None:
    alone = Alone()
    placed = alone.call()
    alone.respond(180)
    alone.run(60.0)
    assert alone.words == ["INVITE", "CANCEL"]
    alone.respond(200)
    alone.respond(487, to=alone.seen[0])
    assert placed.outcome == "cancelled"
    alone.settle()


def test_a_dead_address_fails_the_call() -> None:
    alone = Alone()
    placed = alone.call()
    alone.phone.transport_failed(PEER_FLOW, "Connection refused", alone.now)
    alone.pump()
    assert placed.outcome == "failed"
    assert "Connection refused" in placed.reason
    alone.settle()


def test_a_platform_error_is_told() -> None:
    alone = Alone()
    placed = alone.call()
    alone.respond(403, ("X-Twilio-Error", "32201 Authentication failure"))
    assert placed.reason == "403 Forbidden (32201 Authentication failure)"
    alone.settle()


# ---- being called


def test_an_invite_without_an_offer_gets_one_and_the_ack_answers_it() -> None:
    alone = Alone(lambda _: answering())
    alone.send(request("INVITE"))
    offer = alone.last("200").message
    assert [codec.name for codec in parse_sdp(offer.body).media[0].codecs()] == ["PCMU", "PCMA", "telephone-event"]
    assert alone.port.connected == []
    alone.send(request("ACK", to_tag=offer.to.tag, branch="ack", body=OFFER))
    assert alone.port.connected == [("127.0.0.9", 43000, 8, 8, 101, 43001)]
    alone.send(request("BYE", to_tag=offer.to.tag, cseq=2, branch="bye"))
    alone.settle()


def test_an_ack_that_owes_an_answer_ends_the_call() -> None:
    alone = Alone(lambda _: answering())
    answered(alone, body=b"")
    assert alone.words == ["100", "200", "BYE"]
    alone.respond(200)
    alone.settle()


@pytest.mark.parametrize(
    "body", [SAVP, b"v=0\r\nnonsense\r\n", OFFER.replace(b"8 101", b"96").replace(b":8 ", b":96 ")]
)
def test_an_offer_that_cannot_be_used_is_refused(body: bytes) -> None:
    body = body.replace(b"PCMA", b"OPUS") if b"96" in body else body
    alone = Alone(lambda _: answering())
    alone.send(request("INVITE", body=body))
    assert alone.words == ["100", "488"]
    alone.settle()


def test_without_a_free_port_the_call_is_refused() -> None:
    alone = Alone(lambda _: answering())
    alone.ports.left = 0
    alone.send(request("INVITE", body=OFFER))
    assert alone.words == ["100", "503"]
    alone.settle()


def test_a_lost_ack_repeats_the_answer_and_then_ends_the_call() -> None:
    alone = Alone(lambda _: answering())
    alone.send(request("INVITE", body=OFFER))
    alone.run(33.0)
    assert alone.words.count("200") == 11
    assert next(seen.at for seen in alone.seen if seen.word == "BYE") == 32.0
    alone.settle()


def test_a_call_that_came_in_is_recorded_where_it_is_wanted(tmp_path: Path) -> None:
    alone = Alone(lambda _: answering(), record_next=lambda: tmp_path / "next.wav")
    tag = answered(alone)
    assert alone.port.recorded == [tmp_path / "next.wav"]
    alone.send(request("BYE", to_tag=tag, cseq=2, branch="bye"))
    alone.settle()


# ---- within a call


@pytest.mark.parametrize(("offer", "direction"), [(SENDONLY, "recvonly"), (ZERO, "sendrecv")])
def test_hold_by_the_peer_silences_us_until_it_resumes(offer: bytes, direction: str) -> None:
    """RFC 3264 section 8.4, both manners of hold."""
    alone = Alone(lambda _: answering())
    tag = answered(alone)
    alone.send(request("INVITE", to_tag=tag, cseq=2, branch="hold", body=offer))
    answer = parse_sdp(alone.last("200").message.body)
    assert answer.direction_of(answer.media[0]) == direction
    assert answer.origin.version == 2
    assert is_held(alone)
    alone.send(request("ACK", to_tag=tag, cseq=2, branch="hold-ack"))
    alone.send(request("INVITE", to_tag=tag, cseq=3, branch="resume", body=OFFER))
    assert not is_held(alone)
    alone.send(request("ACK", to_tag=tag, cseq=3, branch="resume-ack"))
    alone.send(request("BYE", to_tag=tag, cseq=4, branch="bye"))
    alone.settle()


def test_a_reinvite_without_an_offer_gets_one() -> None:
    alone = Alone(lambda _: answering())
    tag = answered(alone)
    moved = OFFER.replace(b"43000", b"43100")
    alone.send(request("INVITE", to_tag=tag, cseq=2, branch="re"))
    assert parse_sdp(alone.last("200").message.body).origin.version == 2
    alone.send(request("ACK", to_tag=tag, cseq=2, branch="re-ack", body=moved))
    assert alone.port.connected[-1] == ("127.0.0.9", 43100, 8, 8, 101, 43101)
    alone.send(request("BYE", to_tag=tag, cseq=3, branch="bye"))
    alone.settle()


def test_an_unusable_reinvite_is_refused_and_the_call_goes_on() -> None:
    alone = Alone(lambda _: answering())
    tag = answered(alone)
    alone.send(request("INVITE", to_tag=tag, cseq=2, branch="re", body=SAVP))
    assert alone.words[-1] == "488"
    alone.send(request("ACK", to_tag=tag, cseq=2, branch="re"))
    assert len(alone.port.connected) == 1
    assert not alone.port.closed
    alone.send(request("BYE", to_tag=tag, cseq=3, branch="bye"))
    alone.settle()


def test_glare_sends_the_offer_again_within_two_seconds() -> None:
    """RFC 3261 section 14.1: who did not make the Call-ID waits at most 2 s."""
    alone = Alone(lambda _: answering(Wait(1.0), Reinvite(hold=True)))
    tag = answered(alone)
    alone.run(1.1)
    alone.respond(491)
    alone.run(2.1)
    first, second = (seen for seen in alone.seen if seen.word == "INVITE")
    assert 1.0 <= second.at <= 3.1
    assert second.at > first.at
    assert b"a=sendonly" in second.data
    alone.respond(200, body=OFFER + b"a=recvonly\r\n", to=second)
    alone.send(request("BYE", to_tag=tag, cseq=2, branch="bye"))
    alone.settle()


def test_a_reinvite_waits_for_the_ack() -> None:
    alone = Alone(lambda _: answering(Reinvite()))
    alone.send(request("INVITE", body=OFFER))
    tag = alone.last("200").message.to.tag
    alone.run(0.4)
    assert "INVITE" not in alone.words
    alone.send(request("ACK", to_tag=tag, branch="ack"))
    alone.run(0.2)
    assert alone.words[-1] == "INVITE"
    alone.respond(200, body=OFFER)
    alone.send(request("BYE", to_tag=tag, cseq=2, branch="bye"))
    alone.settle()


@pytest.mark.parametrize("status", [481, 408])
def test_a_reinvite_that_finds_no_dialog_ends_the_call(status: int) -> None:
    alone = Alone(lambda _: answering(Wait(1.0), Reinvite()))
    answered(alone)
    alone.run(1.1)
    alone.respond(status)
    assert alone.words[-1] == "BYE"
    alone.respond(481)
    alone.settle()


@pytest.mark.parametrize(
    ("method", "status"), [("OPTIONS", "200"), ("INFO", "200"), ("MESSAGE", "405"), ("REFER", "405")]
)
def test_other_requests_are_answered(method: str, status: str) -> None:
    """Row 58's side of the peer: an OPTIONS is 200 with Allow."""
    alone = Alone()
    alone.send(request(method))
    assert alone.words == [status]
    assert "INVITE" in (alone.seen[0].message.get("allow") or "")
    alone.settle()


# ---- the end


def test_the_end_of_a_phone_refuses_rings_off_and_says_bye() -> None:
    phones = TwoPhones(pbx_behaviour)

    def order(user: str) -> CallOrder:
        return CallOrder(f"sip:{user}@127.0.0.1:5090", "<sip:us@127.0.0.1>", Flow("UDP", *SANDBOX))

    talking, ringing = (phones.caller.call(order(user), phones.now) for user in ("echo", "noanswer"))
    phones.run(2.0)
    phones.sandbox.hang_up_all(phones.now)
    assert len(phones.sandbox.live) == 1
    phones.pump()
    late = phones.caller.call(order("echo"), phones.now)
    phones.pump()
    assert phones.sandbox.live == []
    assert (talking.reason, ringing.status, late.status) == ("hung up by the peer", 480, 503)
    assert (
        phones.words(CALLER)[-3:] == [(2.0, "480"), (2.0, "BYE"), (2.0, "503")] or phones.words(CALLER)[-1][1] == "503"
    )
    phones.settle()


def test_a_caller_that_cancels_while_it_rings_leaves_nothing_behind() -> None:
    alone = Alone(lambda _: (Ring(), Wait(60.0), Answer(Sound.TONE)))
    alone.send(request("INVITE", body=OFFER))
    alone.send(request("CANCEL"))
    assert alone.words == ["100", "180", "200", "487"]
    alone.settle()


def test_what_happens_is_told_in_order() -> None:
    phones = TwoPhones(pbx_behaviour)
    order = CallOrder("sip:echo@127.0.0.1:5090", "<sip:us@127.0.0.1>", Flow("UDP", *SANDBOX))
    placed = phones.caller.call(order, phones.now)
    phones.run(1.0)
    phones.caller.hang_up(placed, phones.now)
    phones.pump()
    assert [notice.what for notice in placed.notices] == [
        Happening.CALLED, Happening.TRYING, Happening.RANG, Happening.ANSWERED, Happening.RELEASED, Happening.PARTED,
    ]  # fmt: skip
    phones.settle()


def test_digits_go_to_the_port_of_a_live_call() -> None:
    alone = Alone()
    placed = alone.call()
    alone.respond(200, body=OFFER)
    alone.phone.send_digits(placed, "42#")
    assert alone.port.digits == "42#"
    alone.phone.hang_up(placed, alone.now)
    alone.pump()
    alone.phone.send_digits(placed, "1")
    assert alone.port.digits == "42#"
    alone.settle()


def test_a_call_whose_peer_has_died_ends_after_four_hours() -> None:
    alone = Alone(lambda _: answering())
    answered(alone)
    alone.run(LONGEST_CALL_S - 1.0)
    assert alone.words == ["100", "200"]
    alone.run(2.0)
    assert alone.words[2] == "BYE"
    alone.settle()
