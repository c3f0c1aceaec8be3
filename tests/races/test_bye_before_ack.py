"""BYE before the ACK, from either side of the caller's leg (RFC 3261 section 15)."""

import pytest

from tests.kit.phone import Script
from tests.kit.puppet import Puppet
from tests.kit.scene import ALICE, CALLEE, Scene, open_facts


def test_caller_hangs_up_without_ack_call_is_over_and_the_200_rests() -> None:
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, ALICE)
        invite = puppet.invite(CALLEE)
        scene.run(0.6)
        to = puppet.answer_to("INVITE", 200).get("to") or ""
        puppet.follow(invite, "BYE", to=to, cseq=2)
        scene.run(0.1)
        assert puppet.got_status("BYE") == [200]
        assert scene.callee.call_made.end == "bye received"
        scene.run(5.0)
        assert puppet.got_status("INVITE").count(200) == 1, "no 200 after the BYE"
    assert scene.platform.record.cause.name == "caller_hung_up"


@pytest.mark.parametrize("acked_after", [2.0, None])
def test_callee_hangs_up_before_the_callers_ack_our_bye_waits_for_it(acked_after: float | None) -> None:
    """Section 15: a UAS sends no BYE before the ACK, or before it has waited for it in vain."""
    with Scene(Script(hang_up_after=0.2), facts=open_facts()) as scene:
        puppet = Puppet(scene.world, ALICE)
        puppet.on_request = lambda request: puppet.respond(request, 200)
        invite = puppet.invite(CALLEE)
        scene.run(2.0)
        assert not puppet.got("BYE")
        to = puppet.answer_to("INVITE", 200).get("to") or ""
        if acked_after is not None:
            puppet.follow(invite, "ACK", to=to)
        scene.run(0.1)
        assert len(puppet.got("BYE")) == (1 if acked_after else 0)
        scene.run(33.0)
        assert len(puppet.got("BYE")) == 1
    assert scene.platform.record.cause.name == "callee_hung_up"


def test_callee_hangs_up_before_the_relay_has_answered_caller_gets_a_failure_not_a_200() -> None:
    """A call that the caller was never told of cannot end by 200."""
    with Scene(Script(hang_up_after=0.05), facts=open_facts()) as scene:
        scene.platform.media.delay_s = 0.2
        call = scene.dial()
        scene.run(2.0)
        assert call.end == "480"
        assert call.answered_at is None
    record = scene.platform.record
    assert (record.answered_at, record.released_by.value, record.status.value) == (None, "callee", "no-answer")
