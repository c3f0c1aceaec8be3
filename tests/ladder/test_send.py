"""The k-th send of the platform meets a host that has gone, and an ICMP error says so."""

import pytest

from tests.kit.scene import Scene
from tests.ladder.rung import STORIES, Story, climb


def _watch(scene: Scene) -> None:
    scene.platform.on_unsent = scene.kill


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_peer_has_gone_at_the_kth_message_one_record_and_the_others_are_told(story: Story) -> None:
    rungs = 0
    for _, scene in climb(story, lambda scene: scene.platform.unsent, _watch):
        rungs += 1
        assert not scene.platform.bugs
        assert len(scene.platform.records.records) == len(scene.platform.admitted)
    assert rungs >= 8
