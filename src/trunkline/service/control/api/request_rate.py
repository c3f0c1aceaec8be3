"""How often an account may ask (20429; rest.md 1.4)."""

from collections.abc import Callable
from typing import Final

from trunkline.domain.trunk.limits import SlidingWindows
from trunkline.domain.trunk.share import Rate
from trunkline.kit.instant import Instant
from trunkline.platform.setting import clock
from trunkline.service.control.provisioning.refusal import Refusal

DEFAULT: Final = 500
"""Requests a second: far above what a program does, far below what a loop gone wild does."""


class RequestRate:
    """Requests of each account in the last second; 0 is no limit."""

    def __init__(self, a_second: int = DEFAULT, now: Callable[[], Instant] = clock.now) -> None:
        self._rate = Rate(a_second, 1.0)
        self._now = now
        self._asked = SlidingWindows()

    def ask(self, account_sid: str) -> None:
        """Counts a request; 20429 where it is one too many."""
        if self._rate.calls and not self._asked.admits(account_sid, self._rate, self._now()):
            raise Refusal(20429, "Too many requests", 429)
