"""The k-th write of the journal or the delivery of the record raises: that call ends, no other does."""

import pytest

from tests.kit.phone import Script
from tests.kit.port import Fault
from tests.kit.scene import Scene
from tests.ladder.rung import STORIES, Story, climb


@pytest.mark.parametrize("delay_s", [0.0, 0.03])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_kth_journal_write_fails_one_record_and_nothing_left(story: Story, delay_s: float) -> None:
    rungs = 0
    for _, scene in climb(
        story,
        lambda scene: scene.platform.journal.fails,
        lambda scene: setattr(scene.platform.media, "delay_s", delay_s),
    ):
        rungs += 1
        assert len(scene.platform.bugs) == 1
        assert len(scene.platform.records.records) == 1
    assert rungs >= 3


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_record_cannot_be_delivered_once_it_is_tried_again(story: Story) -> None:
    with Scene(story.callee, origination=story.origination, bugs=True) as scene:
        scene.platform.records.fails.at = {0}
        call = scene.dial(story.caller)
        assert scene.world.run_until(lambda: call.over)
    assert len(scene.platform.records.records) == 1


def test_record_can_never_be_delivered_the_call_is_let_go_all_the_same() -> None:
    with Scene(bugs=True) as scene:
        scene.platform.records.fails.at = set(range(100))
        scene.dial(Script(hang_up_after=1.0))
        scene.run(200.0)
        assert len(scene.platform.calls) == 0
        # No record, so the scene's own check of records cannot hold: the journal forgets the call here.
        scene.platform.journal.entries.clear()
    assert scene.platform.records.records == []


@pytest.mark.parametrize("delay_s", [0.0, 0.03])
def test_journal_fails_in_one_call_the_other_call_talks_on(delay_s: float) -> None:
    """The bulkhead ends the call that was handled, also when it was handled for an answer of the relay."""
    for k in range(12):
        with Scene(bugs=True) as scene:
            scene.platform.media.delay_s = delay_s
            scene.platform.journal.fails = Fault()
            first = scene.dial(Script(hang_up_after=20.0), number="+442079460111")
            scene.run(5.0)
            assert first.answered_at is not None
            scene.platform.journal.fails.at = {scene.platform.journal.fails.uses + k}
            second = scene.dial(Script(hang_up_after=2.0), number="+442079460122")
            scene.run(10.0)
            assert second.over
            assert not first.over, f"write {k} of the second call ended the first"
            struck = bool(scene.platform.bugs)
        assert first.end == "bye sent"
        assert len(scene.platform.records.records) == 2
        if not struck:
            assert k > 3
            return
