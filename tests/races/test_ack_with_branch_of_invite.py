"""The ACK for a 2xx carries the INVITE's branch, as some peers send it, against section 13.2.2.4 of RFC 3261."""

from tests.kit.puppet import Puppet
from tests.kit.scene import ALICE, CALLEE, Scene, open_facts


def test_caller_acks_with_the_branch_of_its_invite_call_is_confirmed() -> None:
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, ALICE)
        invite = puppet.invite(CALLEE)
        scene.run(0.6)
        to = puppet.answer_to("INVITE", 200).get("to") or ""
        puppet.follow(invite, "ACK", to=to, via=invite.get("via") or "")
        scene.run(40.0)
        assert puppet.got_status("INVITE").count(200) == 1, "the 200 is not repeated"
        assert not puppet.got("BYE")
        puppet.follow(invite, "BYE", to=to, cseq=2)
        scene.run(1.0)
    assert scene.platform.record.cause.name == "caller_hung_up"
