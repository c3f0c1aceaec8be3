"""One heap of timers with lazy cancel; the real clock and the fake clock of the tests both drive it."""

from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

from trunkline.kit.instant import Instant

T = TypeVar("T")


class Timer(Generic[T]):
    """A handle on one armed timer; `payload` is what `due` yields."""

    __slots__ = ("at", "payload")

    def __init__(self, at: Instant, payload: T) -> None:
        self.at = at
        self.payload: T | None = payload

    @property
    def armed(self) -> bool:
        return self.payload is not None


class TimerQueue(Generic[T]):
    """Timers in order of their deadline, in order of arming within one deadline."""

    __slots__ = ("_armed", "_heap", "_order")

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, int, Timer[T]]] = []
        self._order = count()
        self._armed = 0

    def __len__(self) -> int:
        """How many timers are armed; cancelled ones do not count."""
        return self._armed

    def arm(self, at: Instant, payload: T) -> Timer[T]:
        """Arm a timer; the payload must not be None."""
        timer = Timer(at, payload)
        heappush(self._heap, (at, next(self._order), timer))
        self._armed += 1
        return timer

    def cancel(self, timer: Timer[T]) -> None:
        """Disarm; cancelling a timer that fired or was cancelled is harmless."""
        if timer.payload is not None:
            timer.payload = None
            self._armed -= 1
            # Cancelled entries may not pile up behind one far deadline.
            if len(self._heap) > 64 and len(self._heap) > 4 * self._armed:
                self._heap = [entry for entry in self._heap if entry[2].payload is not None]
                self._heap.sort()

    def next_deadline(self) -> Instant | None:
        """The earliest armed deadline, or None."""
        heap = self._heap
        while heap and heap[0][2].payload is None:
            heappop(heap)
        return heap[0][0] if heap else None

    def pop_due(self, now: Instant) -> T | None:
        """Take the earliest payload whose deadline is not after `now`, or None."""
        heap = self._heap
        while heap:
            at, _, timer = heap[0]
            payload = timer.payload
            if payload is None:
                heappop(heap)
                continue
            if at > now:
                return None
            heappop(heap)
            timer.payload = None
            self._armed -= 1
            return payload
        return None
