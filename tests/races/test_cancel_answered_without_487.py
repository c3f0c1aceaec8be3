"""200 to the CANCEL, but the INVITE never gets its 487: the leg is over after 64*T1 (RFC 3261 section 9.1)."""

from tests.kit.facts import CARRIER_ONE
from tests.kit.phone import Script
from tests.kit.puppet import Puppet
from tests.kit.scene import Scene, open_facts
from trunkline.protocol.sip.message.message import Request


def test_callee_never_ends_its_invite_leg_is_forgotten_after_64_t1() -> None:
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def answer(request: Request) -> None:
            puppet.respond(request, 180 if request.method == "INVITE" else 200)

        puppet.on_request = answer
        call = scene.dial(Script(cancel_after=1.0))
        scene.run(2.0)
        assert call.end == "cancel sent"
        assert scene.platform.record.cause.name == "caller_cancelled", "the record does not wait for the leg"
        assert len(scene.platform.calls) == 1
        # Cancelled at 1.01: nothing of the outbound leg is left at 33.01; the inbound 487 ended long before.
        scene.run(31.1)
        assert len(scene.platform.calls) == 0
        assert len(puppet.got("CANCEL")) == 1
