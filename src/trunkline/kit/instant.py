"""Time inside the core: a monotonic reading in seconds, always an argument, never read here."""

from typing import NewType

Instant = NewType("Instant", float)
"""Seconds on the process's monotonic clock (or on a test's fake one)."""


def later(now: Instant, seconds: float) -> Instant:
    """The instant `seconds` after `now`."""
    return Instant(now + seconds)
