"""Design, decision 6: an attempt without any response is abandoned after 4 s, but not forgotten.

Rows 55 and 2.6 of the specification: it is not repeated any more; a late 1xx gets CANCEL, a late 2xx ACK and BYE.
"""

import pytest

from tests.kit.facts import CARRIER_ONE, PBX_ONE
from tests.kit.phone import Script
from tests.kit.puppet import Puppet
from tests.kit.scene import Scene, open_facts
from trunkline.protocol.sip.message.message import Request


def _invites(puppet: Puppet) -> list[float]:
    return [at for at, line in puppet.arrivals if line.startswith("INVITE")]


@pytest.mark.parametrize("origination", [False, True])
def test_row_55_target_is_silent_for_4_s_next_one_is_called_and_the_first_is_left_alone(origination: bool) -> None:
    with Scene(Script(), Script(hang_up_after=30.0), facts=open_facts(), origination=origination) as scene:
        puppet = Puppet(scene.world, PBX_ONE if origination else CARRIER_ONE)
        call = scene.dial()
        scene.run(20.0)
        # The INVITE left at 0.01; RFC 3261 timer A repeats it at 0.5, 1.5 and 3.5 s, and 4 s end it.
        assert _invites(puppet) == [0.02, 0.52, 1.52, 3.52]
        second = scene.callees[1].call_made
        assert round(second.invited_at - scene.world.clock.start, 3) == 4.02
        assert call.answered_at is not None
        assert not puppet.got("CANCEL"), "nothing to cancel before a response (section 9.1)"


@pytest.mark.parametrize("origination", [False, True])
def test_abandoned_target_rings_late_it_gets_cancel(origination: bool) -> None:
    with Scene(Script(), Script(hang_up_after=30.0), facts=open_facts(), origination=origination) as scene:
        puppet = Puppet(scene.world, PBX_ONE if origination else CARRIER_ONE)

        def answer(request: Request) -> None:
            if request.method == "CANCEL":
                puppet.respond(request, 200)
                puppet.respond(puppet.got("INVITE")[0], 487)

        puppet.on_request = answer
        call = scene.dial()
        scene.run(6.0)
        puppet.respond(puppet.got("INVITE")[0], 180)
        scene.run(0.5)
        assert len(puppet.got("CANCEL")) == 1
        assert len(puppet.got("ACK")) == 1
        assert not call.over
        assert call.statuses.count(180) == 1, "the abandoned one's ringing is not passed on"


def test_abandoned_target_answers_late_it_gets_ack_and_bye_and_the_caller_hears_the_other() -> None:
    with Scene(Script(), Script(hang_up_after=30.0), facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def answer(request: Request) -> None:
            if request.method == "BYE":
                puppet.respond(request, 200)

        puppet.on_request = answer
        call = scene.dial()
        scene.run(6.0)
        puppet.accept(puppet.got("INVITE")[0])
        scene.run(0.5)
        assert (len(puppet.got("ACK")), len(puppet.got("BYE"))) == (1, 1)
        assert call.statuses.count(200) == 1
        assert not call.over
    assert [attempt.status for attempt in scene.platform.record.attempts] == [408, 200]


def test_abandoned_target_answers_after_the_call_is_over_it_is_still_hung_up() -> None:
    with Scene(Script(), Script(hang_up_after=2.0), facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)
        puppet.on_request = lambda request: puppet.respond(request, 200) if request.method == "BYE" else None
        call = scene.dial()
        scene.run(20.0)
        assert call.over
        puppet.accept(puppet.got("INVITE")[0])
        scene.run(0.5)
        assert (len(puppet.got("ACK")), len(puppet.got("BYE"))) == (1, 1)
    assert scene.platform.record.cause.name == "callee_hung_up"


def test_abandoned_target_refuses_late_it_gets_its_ack_and_nobody_minds() -> None:
    with Scene(Script(), Script(hang_up_after=30.0), facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)
        call = scene.dial()
        scene.run(6.0)
        puppet.respond(puppet.got("INVITE")[0], 486)
        scene.run(0.5)
        assert len(puppet.got("ACK")) == 1
        assert not call.over
    assert scene.platform.record.cause.name == "callee_hung_up"


def test_nobody_is_rung_twice_a_target_that_rang_keeps_the_call() -> None:
    """Row 55: any response stops the 4 s; after 18x only a final failure moves on."""
    with Scene(Script(ring_after=3.9, trying=False, answer_after=30.0), origination=True) as scene:
        call = scene.dial(Script(hang_up_after=1.0))
        scene.run(40.0)
        assert call.end == "bye sent"
        assert not scene.callees[1].calls
    assert [attempt.status for attempt in scene.platform.record.attempts] == [200]
