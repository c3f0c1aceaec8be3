"""The k-th job crashes, or the store is away for good: the caller gets 503, and no call lives on."""

import pytest

from tests.kit.phone import Script
from tests.kit.port import Fault
from tests.kit.scene import Scene
from tests.ladder.rung import STORIES, Story
from trunkline.protocol.sip.transaction.flow import Flow


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_kth_job_crashes_caller_gets_503(story: Story) -> None:
    for k in range(10):
        with Scene(story.callee, origination=story.origination) as scene:
            scene.platform.runner.crash = {k}
            call = scene.dial(story.caller)
            assert scene.world.run_until(lambda call=call: call.over)  # type: ignore[misc]
            assert call.end == "503" or scene.platform.runner.started <= k
        if scene.platform.runner.started <= k:
            assert k >= 1
            return
        assert scene.platform.records.records == [], "nobody is known yet (design, decision 9)"
    raise AssertionError("the ladder has no end")


def test_store_is_away_caller_gets_503() -> None:
    with Scene() as scene:
        scene.platform.facts.broken = True
        call = scene.dial()
        scene.run(1.0)
        assert call.end == "503"


def test_store_is_too_slow_caller_gets_503_at_the_deadline() -> None:
    with Scene() as scene:
        scene.platform.facts.delay_s = 3.0
        call = scene.dial()
        scene.run(4.9)
        assert not call.over
        scene.run(0.2)
        assert call.end == "503"


def test_store_goes_away_known_calls_go_on() -> None:
    """Goal 12: what is cached is enough."""
    with Scene() as scene:
        scene.dial(STORIES[0].caller)
        scene.run(10.0)
        scene.platform.facts.broken = True
        call = scene.dial(STORIES[0].caller)
        scene.run(10.0)
        assert call.end == "bye sent"
    assert len(scene.platform.records.records) == 2


def test_bug_in_the_policies_caller_gets_500() -> None:
    """The bulkhead answers an INVITE that is no call yet."""
    with Scene(bugs=True) as scene:
        scene.dial(STORIES[0].caller)
        scene.run(10.0)

        class Broken(Fault):
            def strikes(self) -> bool:
                raise ZeroDivisionError

        scene.platform.journal.fails = Broken()
        call = scene.dial(STORIES[0].caller)
        scene.run(5.0)
        scene.platform.journal.fails = Fault()
        assert call.end == "500"
    assert len(scene.platform.bugs) >= 1


def test_bug_while_no_call_was_handled_strikes_no_call() -> None:
    """Whatever was handled last has nothing to do with a bug in a timer, a message or a dead connection."""
    with Scene() as scene:
        call = scene.dial(Script(hang_up_after=5.0))
        scene.run(1.0)
        switch, now = scene.platform.switch, scene.world.now
        switch.advance(now)
        switch.broken(now)
        switch.receive(b"noise", Flow("UDP", "192.0.2.50", 5060), now)
        switch.broken(now)
        switch.transport_failed(Flow("UDP", "192.0.2.99", 5060), "refused", now)
        switch.broken(now)
        scene.platform.pump()
        scene.run(1.0)
        assert not call.over
    assert scene.platform.record.cause.name == "caller_hung_up"
