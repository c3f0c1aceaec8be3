"""The k-th answer of the relay is a refusal, or never comes."""

import pytest

from tests.ladder.rung import STORIES, Story, climb


@pytest.mark.parametrize("delay_s", [0.0, 0.03])
@pytest.mark.parametrize("fault", ["refuses", "sleeps"])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_relay_fails_the_kth_time_one_record_and_nothing_left(story: Story, fault: str, delay_s: float) -> None:
    rungs = 0
    for _, scene in climb(
        story,
        lambda scene: getattr(scene.platform.media, fault),
        lambda scene: setattr(scene.platform.media, "delay_s", delay_s),
    ):
        rungs += 1
        assert not scene.platform.bugs
        assert len(scene.platform.records.records) == 1
    assert rungs >= 2
