"""The system's clocks, read here and nowhere else."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, final

from trunkline.kit.instant import Instant


def now() -> Instant:
    """Seconds on the monotonic clock: what the core calls `now`."""
    return Instant(time.monotonic())


def wall() -> datetime:
    """The date and time in UTC, aware."""
    return datetime.now(UTC)


_STEP: Final = timedelta(milliseconds=100)
"""More is no reading's own width but somebody who has set the system's clock; NTP's slow way moves both clocks."""


@final
class Wall:
    """The date and time of this process's instants. A clock that is set, or has slept, is followed by `follow`.

    Between two calls of it all instants are on one scale: what is measured within them stays as long as it was.
    """

    __slots__ = ("_now", "_start", "_wall")

    def __init__(self, wall: Callable[[], datetime] = wall, now: Callable[[], Instant] = now) -> None:
        self._wall = wall
        self._now = now
        self._start = self._read()

    def _read(self) -> datetime:
        return self._wall() - timedelta(seconds=self._now())

    def at(self, instant: Instant) -> datetime:
        return self._start + timedelta(seconds=instant)

    def follow(self) -> timedelta:
        """By how much the system's clock has been set since the last time; zero where it was left alone."""
        start = self._read()
        step = start - self._start
        if abs(step) <= _STEP:
            return timedelta(0)
        self._start = start
        return step
