"""An INVITE that stays in Proceeding for ever is ended by the call's own timers (sip.md 3.5 and 4.3)."""

import pytest

from tests.kit.facts import CARRIER_ONE
from tests.kit.phone import Script
from tests.kit.puppet import Puppet
from tests.kit.scene import Scene, open_facts
from trunkline.domain.call.search import CARRIER_RING_S
from trunkline.protocol.sip.message.message import Request


@pytest.mark.parametrize(("cancel_answer", "ring_timeout_s"), [(200, 60.0), (0, 60.0), (200, 5.0)])
def test_carrier_says_100_and_nothing_more_call_fails_after_60_s(cancel_answer: int, ring_timeout_s: float) -> None:
    """Row 43; the ring timeout is of customers' systems only."""
    with Scene(facts=open_facts(), no_answer_s=ring_timeout_s) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def answer(request: Request) -> None:
            if request.method == "INVITE":
                puppet.respond(request, 100)
            elif cancel_answer:
                puppet.respond(request, cancel_answer)

        puppet.on_request = answer
        call = scene.dial()
        scene.run(59.9)
        assert not call.over
        scene.run(0.2)
        assert call.end == "480"
        assert puppet.got("CANCEL")
    record = scene.platform.record
    assert (record.cause.name, record.cause.error_code) == ("carrier_no_progress", 32016)


def test_carrier_rings_for_ever_call_ends_as_no_answer() -> None:
    with Scene(Script(answer_after=None), facts=open_facts()) as scene:
        call = scene.dial()
        scene.run(CARRIER_RING_S)
        assert not call.over
        scene.run(0.2)
        assert call.end == "408"
        assert scene.callee.call_made.end == "cancelled"
    assert scene.platform.record.cause.name == "no_answer"


def test_customer_rings_for_ever_next_uri_is_tried_after_the_no_answer_time() -> None:
    with Scene(Script(answer_after=None), Script(hang_up_after=1.0), origination=True, no_answer_s=20.0) as scene:
        call = scene.dial()
        scene.run(20.5)
        assert scene.callee.call_made.end == "cancelled"
        scene.run(3.0)
        assert call.end == "bye received"
    assert [attempt.status for attempt in scene.platform.record.attempts] == [408, 200]
