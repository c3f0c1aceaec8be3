"""A BYE beats a pending re-INVITE, which then gets 487; a BYE is never answered 491 (RFC 3261 section 15.1.2)."""

import pytest

from tests.kit.facts import CARRIER_ONE
from tests.kit.phone import Script
from tests.kit.puppet import Puppet
from tests.kit.scene import ALICE, CALLEE, Scene, open_facts
from trunkline.protocol.sip.message.message import Request


def test_caller_hangs_up_while_its_own_reinvite_is_pending_reinvite_gets_487() -> None:
    with Scene(facts=open_facts()) as scene:
        scene.platform.media.delay_s = 0.3
        puppet = Puppet(scene.world, ALICE)
        invite = puppet.invite(CALLEE)
        scene.run(2.0)
        to = puppet.answer_to("INVITE", 200).get("to") or ""
        puppet.follow(invite, "ACK", to=to)
        scene.run(0.5)
        again = puppet.follow(invite, "INVITE", to=to, cseq=2, body=puppet.sdp)
        scene.run(0.05)
        puppet.follow(invite, "BYE", to=to, cseq=3)
        scene.run(0.5)
        assert puppet.got_status("BYE") == [200]
        refused = puppet.answer_to("INVITE", 487)
        assert refused.cseq == (2, "INVITE")
        puppet.follow(invite, "ACK", to=to, cseq=2, via=again.get("via") or "")
        scene.run(0.5)
        assert scene.callee.call_made.end == "bye received"
    assert scene.platform.record.cause.name == "caller_hung_up"


@pytest.mark.parametrize("final", [200, 487, 0])
def test_callee_hangs_up_while_our_reinvite_to_it_is_pending_bye_gets_200(final: int) -> None:
    """Whatever becomes of our re-INVITE afterwards."""
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def answer(request: Request) -> None:
            if request.method == "INVITE" and not request.to.tag:
                puppet.accept(request)
            elif request.method == "BYE":
                puppet.respond(request, 200)

        puppet.on_request = answer
        call = scene.dial(Script(reinvite_after=1.0))
        scene.run(1.5)
        invite, again = puppet.got("INVITE")[0], puppet.got("INVITE")[-1]
        assert again.to.tag
        puppet.say_back(invite, "BYE", 1)
        scene.run(0.1)
        if final:
            puppet.respond(again, final, sdp=puppet.sdp if final == 200 else b"")
        scene.run(0.5)
        assert puppet.got_status("BYE") == [200]
        assert call.end == "bye received"
        assert call.reinvites in ([487], [0])
    assert scene.platform.record.cause.name == "callee_hung_up"
