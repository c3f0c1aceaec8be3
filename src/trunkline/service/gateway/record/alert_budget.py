"""How many alerts of a kind one trunk may raise: a stranger can be refused as often as they like."""

from collections import OrderedDict
from typing import Final, final

from trunkline.kit.instant import Instant

MOST: Final = 10
"""Alerts of one code for one trunk within WINDOW_S."""
WINDOW_S: Final = 60.0
CAPACITY: Final = 10_000


@final
class AlertBudget:
    """Bounds in number what the design's decision 9 calls bounded alerts; the least recently asked goes."""

    __slots__ = ("_capacity", "_spent")

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._spent: OrderedDict[tuple[str, int], tuple[Instant, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._spent)

    def admits(self, sid: str, code: int, now: Instant) -> bool:
        """Whether one more may be raised for a trunk (or an account); counts it."""
        key = (sid, code)
        since, count = self._spent.get(key, (now, 0))
        if now - since >= WINDOW_S:
            since, count = now, 0
        self._spent[key] = (since, count + 1)
        self._spent.move_to_end(key)
        if len(self._spent) > self._capacity:
            self._spent.popitem(last=False)
        return count < MOST
