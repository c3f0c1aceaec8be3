"""The same INVITE over two paths: one call, and 482 for the other (RFC 3261 section 8.2.2.2)."""

from tests.kit.phone import Script
from tests.kit.puppet import Puppet
from tests.kit.scene import ALICE, CALLEE, Scene, open_facts


def test_invite_comes_over_two_paths_second_gets_482_and_one_call_is_made() -> None:
    with Scene(Script(hang_up_after=1.0), facts=open_facts()) as scene:
        puppet = Puppet(scene.world, ALICE)
        puppet.on_request = lambda request: puppet.respond(request, 200)
        invite = puppet.invite(CALLEE, branch="z9hG4bK-path1")
        copy = puppet.invite(CALLEE, branch="z9hG4bK-path2")
        scene.run(0.1)
        refused = puppet.answer_to("INVITE", 482)
        assert refused.via.branch == "z9hG4bK-path2"
        puppet.follow(copy, "ACK", to=refused.get("to") or "", via=copy.get("via") or "")
        scene.run(0.5)
        puppet.follow(invite, "ACK", to=puppet.answer_to("INVITE", 200).get("to") or "")
        scene.run(2.0)
        assert len(scene.callee.calls) == 1
    assert scene.platform.record.cause.name == "callee_hung_up"
