"""The clocks."""

from datetime import UTC, datetime, timedelta

from trunkline.platform.setting import clock


def test_the_monotonic_clock_never_goes_back() -> None:
    readings = [clock.now() for _ in range(1000)]
    assert readings == sorted(readings)


def test_the_wall_clock_is_aware_and_in_utc() -> None:
    at = clock.wall()
    assert at.tzinfo is UTC
    assert abs(datetime.now(UTC) - at) < timedelta(seconds=5)
