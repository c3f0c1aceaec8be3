"""A BYE after 64*T1, when the INVITE has no transaction any more, still ends the other leg (RFC 3261, 15.1.2)."""

import pytest

from tests.kit.phone import Script
from tests.kit.scene import Scene


@pytest.mark.parametrize("origination", [False, True])
def test_caller_hangs_up_after_a_long_call_callee_is_hung_up(origination: bool) -> None:
    with Scene(origination=origination) as scene:
        call = scene.dial(Script(hang_up_after=100.0))
        scene.run(101.0)
        assert (call.end, scene.callee.call_made.end) == ("bye sent", "bye received")
    assert scene.platform.record.cause.name == "caller_hung_up"


@pytest.mark.parametrize("origination", [False, True])
def test_callee_hangs_up_after_a_long_call_caller_is_hung_up(origination: bool) -> None:
    with Scene(Script(hang_up_after=100.0), origination=origination) as scene:
        call = scene.dial()
        scene.run(101.0)
        assert (call.end, scene.callee.call_made.end) == ("bye received", "bye sent")
    assert scene.platform.record.cause.name == "callee_hung_up"
