"""The clocks."""

from datetime import UTC, datetime, timedelta

from trunkline.kit.instant import Instant
from trunkline.platform.setting import clock


def test_the_monotonic_clock_never_goes_back() -> None:
    readings = [clock.now() for _ in range(1000)]
    assert readings == sorted(readings)


def test_the_wall_clock_is_aware_and_in_utc() -> None:
    at = clock.wall()
    assert at.tzinfo is UTC
    assert abs(datetime.now(UTC) - at) < timedelta(seconds=5)


def test_goal_9_a_clock_that_is_set_is_followed_and_a_reading_s_width_is_not() -> None:
    """NTP's first step after a start, or a host that has slept: the records after it are of the right day."""
    set_to = datetime(2026, 3, 1, tzinfo=UTC)
    running = clock.Wall(lambda: set_to, lambda: Instant(100.0))
    assert running.at(Instant(160.0)) == set_to + timedelta(seconds=60)
    set_to += timedelta(milliseconds=50)
    assert not running.follow()
    assert running.at(Instant(100.0)) == set_to - timedelta(milliseconds=50)
    for step in (timedelta(hours=1), timedelta(days=-400)):
        set_to += step
        assert abs(running.follow() - step) <= timedelta(milliseconds=50)
        assert running.at(Instant(100.0)) == set_to
