"""The 487 to the INVITE that we cancelled is acknowledged, hop by hop (RFC 3261 sections 9.1 and 17.1.1.3)."""

from tests.kit.facts import CARRIER_ONE
from tests.kit.phone import Script
from tests.kit.puppet import Puppet
from tests.kit.scene import Scene, open_facts
from trunkline.protocol.sip.message.message import Request


def test_caller_cancels_ringing_call_487_of_callee_is_acked() -> None:
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def answer(request: Request) -> None:
            if request.method == "INVITE":
                puppet.respond(request, 180)
            elif request.method == "CANCEL":
                puppet.respond(request, 200)
                puppet.respond(puppet.got("INVITE")[0], 487)

        puppet.on_request = answer
        call = scene.dial(Script(cancel_after=1.0))
        scene.run(3.0)
        assert call.end == "cancel sent"
        invite, (cancel,), (ack,) = puppet.got("INVITE")[0], puppet.got("CANCEL"), puppet.got("ACK")
        assert cancel.via.branch == ack.via.branch == invite.via.branch
        assert (cancel.uri_text, ack.uri_text) == (invite.uri_text, invite.uri_text)
        assert (cancel.cseq, ack.cseq) == ((1, "CANCEL"), (1, "ACK"))
        assert (cancel.to.tag, ack.to.tag) == ("", "puppet")
    assert scene.platform.record.cause.name == "caller_cancelled"
