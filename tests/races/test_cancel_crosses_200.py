"""A CANCEL crosses the 200: the 2xx is acknowledged, then the call is hung up (RFC 3261 section 9.1)."""

from tests.kit.phone import Script
from tests.kit.scene import Scene, open_facts


def test_caller_cancels_while_our_200_is_under_way_call_is_answered_and_hung_up() -> None:
    # Our 200 leaves at 0.53 and arrives at 0.54.
    with Scene(facts=open_facts()) as scene:
        call = scene.dial(Script(cancel_after=0.535))
        scene.run(1.0)
        assert call.end == "answered too late"
        assert scene.callee.call_made.end == "bye received"
    assert scene.platform.record.answered_at is not None
    assert scene.platform.record.cause.name == "caller_hung_up"


def test_callee_answers_while_our_cancel_is_under_way_both_legs_released() -> None:
    # The callee's 200 leaves at 0.52; the caller's CANCEL reaches us at 0.525, ours reaches the callee at 0.535.
    with Scene(facts=open_facts()) as scene:
        call = scene.dial(Script(cancel_after=0.515))
        scene.run(0.5)
        trace = scene.world.trace = []
        scene.run(1.0)
        to_callee = [data.split()[0] for _, _, to, data in trace if to == scene.callee.address]
        assert to_callee == [b"CANCEL", b"ACK", b"BYE"]
        assert (call.end, scene.callee.call_made.end) == ("cancel sent", "bye received")
    record = scene.platform.record
    assert (record.cause.name, record.answered_at) == ("caller_cancelled", None)
