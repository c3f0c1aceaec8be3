"""Offers and answers within a call: late ones, undone ones and such as nobody can take (sip.md 9.9; RFC 3261 14)."""

import pytest

from tests.kit.phone import PhoneCall, Script
from tests.kit.port import RELAY_HOST, offer_sdp
from tests.kit.puppet import Puppet
from tests.kit.scene import ALICE, CALLEE, Scene, open_facts
from trunkline.protocol.sip.message.message import Request, Response

FAX = offer_sdp(ALICE[0]).partition(b"m=audio")[0] + b"m=image 4000 udptl t38\r\n"


def talking(scene: Scene, hang_up_after: float = 60.0) -> PhoneCall:
    call = scene.dial(Script(hang_up_after=hang_up_after))
    scene.run(2.0)
    assert call.answered_at is not None
    return call


def with_puppet(scene: Scene, *, acks: bool = True) -> tuple[Puppet, Request, str]:
    """A puppet calls and is answered; its INVITE and the To of the answer."""
    puppet = Puppet(scene.world, ALICE)

    def follow(request: Request) -> None:
        if request.method == "BYE":
            puppet.respond(request, 200)

    puppet.on_request = follow
    invite = puppet.invite(CALLEE)
    scene.run(1.0)
    to = puppet.answer_to("INVITE", 200).get("to") or ""
    puppet.follow(invite, "ACK", to=to)
    scene.run(0.5)
    return puppet, invite, to


def last_answer(puppet: Puppet, cseq: int) -> Response:
    return next(found for found in reversed(puppet.responses) if found.cseq == (cseq, "INVITE") and found.status >= 200)


def test_late_offer_of_the_caller_is_made_by_the_callee_and_answered_in_the_ack() -> None:
    """Design, decision 12."""
    with Scene(facts=open_facts()) as scene:
        call = talking(scene, 10.0)
        other = scene.callee.call_made
        scene.platform.media.read.clear()
        assert scene.alice.ask(call)
        scene.run(1.0)
        assert other.reoffers == [b""]
        assert call.reinvites == [200]
        assert f"c=IN IP4 {RELAY_HOST}".encode() in call.sdp
        (answer,) = other.late_answers
        assert f"c=IN IP4 {RELAY_HOST}".encode() in answer
        assert [(verb, opener) for verb, opener, _ in scene.platform.media.read] == [
            ("offer", "callee"), ("answer", "callee"),
        ]  # fmt: skip
        assert not call.over
    assert call.end == "bye sent"


def test_late_offer_of_the_callee_goes_the_same_way() -> None:
    with Scene(facts=open_facts()) as scene:
        call = talking(scene, 10.0)
        assert scene.callee.ask(scene.callee.call_made)
        scene.run(1.0)
        assert call.reoffers == [b""]
        assert len(call.late_answers) == 1
        assert scene.callee.call_made.reinvites == [200]
        scene.callee.reinvite(scene.callee.call_made)
        scene.run(1.0)
        assert scene.callee.call_made.reinvites == [200, 200], "nothing is pending any more"


def test_late_offer_is_refused_by_the_other_side_the_call_goes_on() -> None:
    with Scene(Script(refuse_reinvite_with=488), facts=open_facts()) as scene:
        call = talking(scene, 10.0)
        scene.platform.media.read.clear()
        scene.alice.ask(call)
        scene.run(1.0)
        assert call.reinvites == [488]
        assert scene.platform.media.read == [], "the relay heard of nothing"
        assert not call.over


def test_late_offer_while_its_2xx_comes_again_one_ack_and_one_answer() -> None:
    with Scene(facts=open_facts()) as scene:
        call = talking(scene, 10.0)
        scene.platform.media.delay_s = 1.2  # the callee repeats its 200 at 0.5 s and 1.5 s
        scene.alice.ask(call)
        scene.run(6.0)
        assert call.reinvites == [200]
        assert len(scene.callee.call_made.late_answers) == 1
        assert not call.over


def test_late_offer_is_never_acknowledged_both_sides_are_hung_up() -> None:
    with Scene(facts=open_facts()) as scene:
        puppet, invite, to = with_puppet(scene)
        puppet.follow(invite, "INVITE", to=to, cseq=2)
        scene.run(40.0)
        assert last_answer(puppet, 2).status == 200
        assert len(puppet.got("BYE")) == 1
        assert scene.callee.call_made.end == "no ack"
    # The callee has waited for our ACK since its own 200, which came before ours to the caller.
    assert scene.platform.record.cause.name == "callee_hung_up"


def test_ack_to_a_late_offer_without_its_answer_the_old_session_stands() -> None:
    """RFC 3261 section 13.2.2.4 asks for an answer there."""
    with Scene(facts=open_facts()) as scene:
        puppet, invite, to = with_puppet(scene)
        told = scene.callee.call_made.sdp
        scene.platform.media.read.clear()
        puppet.follow(invite, "INVITE", to=to, cseq=2)
        scene.run(0.3)
        puppet.follow(invite, "ACK", to=to, cseq=2)
        scene.run(1.0)
        assert scene.callee.call_made.late_answers == [told], "the callee hears what it was told before"
        assert [(verb, opener) for verb, opener, _ in scene.platform.media.read] == [
            ("offer", "callee"), ("offer", "caller"), ("answer", "caller"),
        ]  # fmt: skip
        assert not scene.callee.call_made.over
        puppet.follow(invite, "BYE", to=to, cseq=3)


def test_caller_hangs_up_before_it_answers_a_late_offer_the_callee_gets_ack_and_bye() -> None:
    with Scene(facts=open_facts()) as scene:
        puppet, invite, to = with_puppet(scene)
        puppet.follow(invite, "INVITE", to=to, cseq=2)
        scene.run(0.3)
        puppet.follow(invite, "BYE", to=to, cseq=3)
        scene.run(1.0)
        assert scene.callee.call_made.late_answers == [b""]
        assert scene.callee.call_made.end == "bye received"
        puppet.follow(invite, "ACK", to=to, cseq=2)


def test_refused_reinvite_gives_the_relay_back_what_was_agreed() -> None:
    """RFC 3261 section 14.1: the session stays as it was, and the relay took the offer already."""
    with Scene(Script(refuse_reinvite_with=488), facts=open_facts()) as scene:
        call = talking(scene, 10.0)
        first = scene.platform.media.read[:2]
        scene.platform.media.read.clear()
        scene.alice.reinvite(call)
        scene.run(1.0)
        assert call.reinvites == [488]
        assert scene.platform.media.read[1:] == first
        scene.callee.script.refuse_reinvite_with = 0
        scene.alice.reinvite(call, "inactive")
        scene.run(1.0)
        assert call.reinvites == [488, 200]
        scene.callee.script.refuse_reinvite_with = 486
        held = scene.platform.media.read[-2:]
        scene.alice.reinvite(call)
        scene.run(1.0)
        assert scene.platform.media.read[-2:] == held, "the last one that was agreed, not the first"


def test_relay_refuses_the_reinvite_it_is_told_the_old_session() -> None:
    with Scene(facts=open_facts()) as scene:
        call = talking(scene, 10.0)
        scene.platform.media.refuses.at = {scene.platform.media.refuses.uses + 1}
        scene.alice.reinvite(call)
        scene.run(1.0)
        assert call.reinvites == [503]
        assert not call.over
        assert [verb for verb, _, _ in scene.platform.media.read[-2:]] == ["offer", "answer"]


@pytest.mark.parametrize(
    ("headers", "body", "status", "told"),
    [
        ((("Require", "100rel"),), offer_sdp(ALICE[0]), 420, ("unsupported", "100rel")),
        ((("Content-Type", "text/plain"),), b"hold, please", 415, ("accept", "application/sdp")),
        ((("Content-Type", "multipart/mixed;boundary=x"),), b"--x--", 415, ("accept", "application/sdp")),
        ((("Content-Encoding", "gzip"),), b"\x1f\x8b", 415, ("accept-encoding", "identity")),
        ((("Content-Disposition", "icon"),), offer_sdp(ALICE[0]), 415, ("accept", "application/sdp")),
        ((), FAX, 488, ("server", "Twilio Gateway")),
        ((), b"no SDP at all", 488, ("server", "Twilio Gateway")),
    ],
)
def test_reinvite_that_asks_for_too_much_is_refused_and_the_call_goes_on(
    headers: tuple[tuple[str, str], ...], body: bytes, status: int, told: tuple[str, str]
) -> None:
    """RFC 3261 sections 8.2.2.3, 8.2.3 and 14.2; sip.md 9.9."""
    with Scene(facts=open_facts()) as scene:
        puppet, invite, to = with_puppet(scene)
        asked = puppet.follow(invite, "INVITE", *headers, to=to, cseq=2, body=body)
        scene.run(0.5)
        answer = last_answer(puppet, 2)
        assert answer.status == status
        assert answer.get(told[0]) == told[1]
        puppet.follow(invite, "ACK", to=to, cseq=2, via=asked.get("via") or "")
        puppet.follow(invite, "INVITE", to=to, cseq=3, body=offer_sdp(ALICE[0], version=2))
        scene.run(0.5)
        assert last_answer(puppet, 3).status == 200, "the session stands"
        assert scene.callee.call_made.reinvited == 1
        puppet.follow(invite, "ACK", to=to, cseq=3)
        puppet.follow(invite, "BYE", to=to, cseq=4)


def test_optional_body_is_no_offer_and_no_fault() -> None:
    """RFC 3261 section 20.11: handling=optional is ignored, so this re-INVITE asks for an offer."""
    with Scene(facts=open_facts()) as scene:
        puppet, invite, to = with_puppet(scene)
        optional = (("Content-Type", "text/plain"), ("Content-Disposition", "render;handling=optional"))
        puppet.follow(invite, "INVITE", *optional, to=to, cseq=2, body=b"hello")
        scene.run(0.3)
        assert last_answer(puppet, 2).body.startswith(b"v=0")
        puppet.follow(invite, "ACK", to=to, cseq=2, body=puppet.sdp)
        scene.run(0.3)
        puppet.follow(invite, "BYE", to=to, cseq=3)


def test_fax_beside_audio_reaches_the_other_side_with_port_0() -> None:
    """Sip.md 9.9."""
    with Scene(facts=open_facts()) as scene:
        puppet, invite, to = with_puppet(scene)
        puppet.follow(invite, "INVITE", to=to, cseq=2, body=offer_sdp(ALICE[0]) + b"m=image 4000 udptl t38\r\n")
        scene.run(0.3)
        (offer,) = scene.callee.call_made.reoffers
        assert b"m=image 0 udptl t38" in offer
        puppet.follow(invite, "ACK", to=to, cseq=2)
        puppet.follow(invite, "BYE", to=to, cseq=3)


@pytest.mark.parametrize(("refused", "user"), [(True, "puppet"), (False, "moved")])
def test_contact_of_a_reinvite_counts_from_its_2xx(refused: bool, user: str) -> None:
    """RFC 6141: a refused target refresh refreshes nothing."""
    script = Script(refuse_reinvite_with=488 if refused else 0, hang_up_after=3.0)
    with Scene(script, facts=open_facts()) as scene:
        puppet, invite, to = with_puppet(scene)
        moved = ("Contact", f"<sip:moved@{ALICE[0]}:5060>")
        asked = puppet.follow(invite, "INVITE", moved, to=to, cseq=2, body=offer_sdp(ALICE[0], version=2))
        scene.run(0.3)
        puppet.follow(invite, "ACK", to=to, cseq=2, via=asked.get("via") or "")
        scene.run(4.0)
        assert [bye.uri.user for bye in puppet.got("BYE")] == [user]
