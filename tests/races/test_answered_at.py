"""Answered-at is not invited-at: each milestone of the record has its own moment."""

from datetime import timedelta

from tests.kit.phone import Script
from tests.kit.platform import wall_of
from tests.kit.scene import Scene, open_facts


def test_call_rings_five_seconds_and_lasts_ten_record_says_so() -> None:
    with Scene(Script(ring_after=1.0, answer_after=5.0), facts=open_facts()) as scene:
        scene.dial(Script(hang_up_after=10.0))
        scene.run(20.0)
        record = scene.platform.record
        start = wall_of(scene.world.clock.start)
        assert record.answered_at is not None
        assert record.ringing_at is not None
        assert record.trying_at is not None
        moments = (record.invited_at, record.trying_at, record.ringing_at, record.answered_at, record.released_at)
        seconds = [round((at - start) / timedelta(seconds=1), 3) for at in moments]
        assert seconds == [0.01, 0.03, 1.03, 5.03, 15.05]


def test_facts_come_late_the_call_is_still_dated_by_its_invite_and_its_timers_are_not() -> None:
    """Rows 43 and 55: the waits towards the far end begin with its INVITE, not with the caller's."""
    facts = open_facts()
    facts.delay_s = 0.69  # seven look-ups: 4.83 s
    with Scene(Script(ring_after=3.0, trying=False, answer_after=3.5), facts=facts) as scene:
        scene.dial(Script(hang_up_after=1.0))
        scene.run(12.0)
        record = scene.platform.record
        assert [attempt.status for attempt in record.attempts] == [200], "the 4 s were not over before they began"
        assert round((record.invited_at - wall_of(scene.world.clock.start)) / timedelta(seconds=1), 3) == 0.01


def test_facts_come_late_the_hunt_has_its_whole_time_all_the_same() -> None:
    """Design, decision 6: the 60 s of the hunt begin when it does."""
    facts = open_facts()
    facts.delay_s = 0.69
    with Scene(Script(ring_after=None, answer_after=None), facts=facts) as scene:
        call = scene.dial()
        scene.run(64.0)
        assert not call.over
        scene.run(1.0)
        assert call.end == "480"
