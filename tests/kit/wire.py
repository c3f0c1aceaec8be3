"""A fake network between addresses: loses, repeats, delays and so reorders packets, by a seed."""

import random
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from trunkline.kit.instant import Instant, later

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Packet:
    source: Address
    target: Address
    data: bytes


class Wire:
    """Packets in order of their arrival. `delay` is the shortest and the longest, in seconds.

    `sent`, `lost` and `repeated` count; the seed makes a failing run repeatable.
    """

    def __init__(
        self, seed: int = 0, loss: float = 0.0, repeat: float = 0.0, delay: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        self._random = random.Random(seed)
        self._loss = loss
        self._repeat = repeat
        self._delay = delay
        self._order = count()
        self._packets: list[tuple[Instant, int, Packet]] = []
        self.sent = self.lost = self.repeated = 0

    def __len__(self) -> int:
        """Packets under way."""
        return len(self._packets)

    def send(self, source: Address, target: Address, data: bytes, now: Instant) -> None:
        self.sent += 1
        if self._random.random() < self._loss:
            self.lost += 1
            return
        copies = 1
        if self._random.random() < self._repeat:
            self.repeated += 1
            copies = 2
        for _ in range(copies):
            at = later(now, self._random.uniform(*self._delay))
            heappush(self._packets, (at, next(self._order), Packet(source, target, data)))

    def next_deadline(self) -> Instant | None:
        """When the next packet arrives."""
        return self._packets[0][0] if self._packets else None

    def take(self, now: Instant) -> Packet | None:
        """The next packet that has arrived by now, or None."""
        if self._packets and self._packets[0][0] <= now:
            return heappop(self._packets)[2]
        return None
