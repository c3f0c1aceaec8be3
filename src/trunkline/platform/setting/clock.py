"""The system's clocks, read here and nowhere else."""

import time
from datetime import UTC, datetime

from trunkline.kit.instant import Instant


def now() -> Instant:
    """Seconds on the monotonic clock: what the core calls `now`."""
    return Instant(time.monotonic())


def wall() -> datetime:
    """The date and time in UTC, aware."""
    return datetime.now(UTC)
