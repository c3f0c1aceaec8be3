"""Names of callers for the gateway: of the table first, then of the service; remembered, and never waited for long.

What the table says holds for a minute, what the service says for an hour. A service that gives no answer is left alone
for a while, so that not every call waits for it in vain.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, final

from trunkline.domain.trunk.origination.caller_name import NameLookup, NameSource, NameUnavailable, shown_name
from trunkline.kit.ids import E164
from trunkline.kit.instant import Instant, later
from trunkline.service.gateway.facts.cached_directory import FactsMissing

TABLE_S: Final = 60.0
SERVICE_S: Final = 3600.0
REST_S: Final = 10.0
CAPACITY: Final = 20_000
_NO_ANSWER: Final = NameLookup(None, answered=False)


@final
class NameBook:
    """Either source may be missing; without a service the table alone answers, also that it has no name."""

    __slots__ = ("_capacity", "_clock", "_known", "_rests_until", "_service", "_table")

    def __init__(
        self, table: NameSource, service: NameSource | None, clock: Callable[[], Instant], capacity: int = CAPACITY
    ) -> None:
        self._table = table
        self._service = service
        self._clock = clock
        self._capacity = capacity
        self._known: OrderedDict[E164, tuple[NameLookup, Instant]] = OrderedDict()
        self._rests_until = Instant(0.0)

    def __len__(self) -> int:
        return len(self._known)

    def known(self, number: E164) -> NameLookup:
        """Without waiting; raises FactsMissing."""
        found = self._known.get(number)
        if found is None or found[1] <= self._clock():
            raise FactsMissing
        return found[0]

    async def look_up(self, number: E164) -> NameLookup:
        """As long as the sources take, each bounded by itself."""
        try:
            return self.known(number)
        except FactsMissing:
            pass
        try:
            name = await self._table.name_of(number)
        except NameUnavailable:
            name = None
        if name is not None or self._service is None:
            return self._keep(number, NameLookup(shown_name(name), answered=True), TABLE_S)
        return await self._ask(self._service, number)

    async def _ask(self, service: NameSource, number: E164) -> NameLookup:
        if self._clock() < self._rests_until:
            return _NO_ANSWER
        try:
            name = await service.name_of(number)
        except NameUnavailable:
            self._rests_until = later(self._clock(), REST_S)
            return _NO_ANSWER
        return self._keep(number, NameLookup(shown_name(name), answered=True), SERVICE_S)

    def _keep(self, number: E164, found: NameLookup, seconds: float) -> NameLookup:
        self._known[number] = (found, later(self._clock(), seconds))
        self._known.move_to_end(number)
        if len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return found
