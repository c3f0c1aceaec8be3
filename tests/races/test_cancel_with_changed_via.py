"""A CANCEL whose top Via was changed on its way behind a NAT still finds its INVITE."""

import pytest

from tests.kit.puppet import Puppet
from tests.kit.scene import ALICE, CALLEE, Scene, open_facts


@pytest.mark.parametrize(
    "via",
    [
        "SIP/2.0/UDP 10.0.0.7:5060;branch={branch};rport",
        "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK-another;rport",
        "SIP/2.0/UDP 10.0.0.7:40001;branch=z9hG4bK-another;rport",
    ],
)
def test_caller_cancels_with_another_via_call_is_cancelled(via: str) -> None:
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, ALICE)
        invite = puppet.invite(CALLEE)
        scene.run(0.3)
        puppet.follow(invite, "CANCEL", via=via.format(branch=invite.via.branch))
        scene.run(0.2)
        assert puppet.got_status("CANCEL") == [200]
        assert puppet.got_status("INVITE").count(487) == 1
        puppet.follow(invite, "ACK", to=puppet.answer_to("INVITE", 487).get("to") or "", via=invite.get("via") or "")
        scene.run(0.2)
        assert scene.callee.call_made.end == "cancelled"
    assert scene.platform.record.cause.name == "caller_cancelled"
