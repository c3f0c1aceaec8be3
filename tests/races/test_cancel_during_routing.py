"""The caller's CANCEL comes while the policies are still asked: one record, and nobody is called."""

from tests.kit.puppet import Puppet
from tests.kit.scene import ALICE, CALLEE, Scene, open_facts


def test_caller_cancels_while_the_facts_are_looked_up_the_late_plan_is_let_go() -> None:
    facts = open_facts()
    facts.delay_s = 0.3
    with Scene(facts=facts) as scene:
        puppet = Puppet(scene.world, ALICE)
        invite = puppet.invite(CALLEE)
        scene.run(0.5)
        puppet.follow(invite, "CANCEL", via=invite.get("via") or "")
        scene.run(0.1)
        assert puppet.got_status("CANCEL") == [200]
        refused = puppet.answer_to("INVITE", 487)
        puppet.follow(invite, "ACK", to=refused.get("to") or "", via=invite.get("via") or "")
        scene.run(3.0)
        assert not scene.callee.calls
        assert puppet.got_status("INVITE") == [487]
    assert scene.platform.record.cause.name == "caller_cancelled"
