"""Both sides re-INVITE at once: 491 comes only where an offer is really pending (RFC 3261 section 14)."""

from tests.kit.phone import Script
from tests.kit.puppet import Puppet
from tests.kit.scene import ALICE, CALLEE, Scene, open_facts
from trunkline.protocol.sip.message.message import Request


def test_caller_and_callee_reinvite_at_once_one_offer_passes_or_both_get_491() -> None:
    with Scene(Script(hang_up_after=10.0), facts=open_facts()) as scene:
        call = scene.dial()
        scene.run(2.0)
        other = scene.callee.call_made
        assert scene.alice.reinvite(call)
        assert scene.callee.reinvite(other)
        scene.run(2.0)
        # The caller's offer came first by the order of events; the callee's meets it and is put off.
        assert call.reinvites == [491]
        assert other.reinvites == [491]
        scene.run(1.0)
        assert scene.alice.reinvite(call)
        scene.run(1.0)
        assert call.reinvites == [491, 200], "nothing is pending any more"
        assert scene.callee.reinvite(other)
        scene.run(1.0)
        assert other.reinvites == [491, 200]


def test_caller_reinvites_again_and_again_never_491() -> None:
    with Scene(Script(hang_up_after=20.0), facts=open_facts()) as scene:
        call = scene.dial()
        for _ in range(8):
            scene.run(2.0)
            assert scene.alice.reinvite(call)
        scene.run(1.0)
        assert call.reinvites == [200] * 8
        assert scene.callee.call_made.reinvited == 8


def test_callee_refuses_the_reinvite_caller_gets_that_answer_and_the_call_goes_on() -> None:
    with Scene(Script(hang_up_after=5.0, refuse_reinvite_with=488), facts=open_facts()) as scene:
        call = scene.dial(Script(reinvite_after=1.0))
        scene.run(3.0)
        assert call.reinvites == [488]
        assert not call.over


def test_second_reinvite_before_the_first_is_answered_500_with_retry_after() -> None:
    """RFC 3261 section 14.2: the peer may not offer twice; that is no glare."""
    with Scene(Script(hang_up_after=3.0), facts=open_facts()) as scene:
        scene.platform.media.delay_s = 0.2
        puppet = Puppet(scene.world, ALICE)

        def follow(request: Request) -> None:
            if request.method == "BYE":
                puppet.respond(request, 200)

        puppet.on_request = follow
        invite = puppet.invite(CALLEE)
        scene.run(1.5)
        to = puppet.answer_to("INVITE", 200).get("to") or ""
        puppet.follow(invite, "ACK", to=to)
        scene.run(0.5)
        puppet.follow(invite, "INVITE", to=to, cseq=2, body=puppet.sdp)
        scene.run(0.05)
        second = puppet.follow(invite, "INVITE", to=to, cseq=3, body=puppet.sdp)
        scene.run(0.05)
        refused = puppet.answer_to("INVITE", 500)
        assert refused.cseq == (3, "INVITE")
        assert 0 <= int(refused.get("retry-after") or "-1") <= 10
        puppet.follow(invite, "ACK", to=to, cseq=3, via=second.get("via") or "")
        scene.run(1.0)
        assert puppet.got_status("INVITE").count(491) == 0
        puppet.follow(invite, "ACK", to=to, cseq=2)
