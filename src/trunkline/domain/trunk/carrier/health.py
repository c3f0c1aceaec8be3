"""Which carrier gateways live (design, decision 19).

```
        3 failed OPTIONS in a row, or 3 silent calls in a row
   UP ----------------------------------------------------------> DOWN
      <----------------------------------------------------------
        2 answers in a row, to OPTIONS or to calls
```
Any final response is an answer but 408 and 503: these are what a user agent makes of silence and of a dead transport
(RFC 3261 section 8.1.3.1), so a proxy that sends them speaks of whom it could not reach, and a gateway that sends 503
says itself that it takes no calls. To a call a 503 says nothing of the gateway's life: it may be about this call alone.
A call's answer ends both counts of failures, an OPTIONS' answer only that of OPTIONS: a gateway that answers OPTIONS
and no call is down as well. A gateway of which nothing is known is up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, final

from trunkline.domain.trunk.carrier.facts import CarrierGateway
from trunkline.kit.instant import Instant

FAILURES_TO_DOWN: Final = 3
ANSWERS_TO_UP: Final = 2
_NO_ANSWER: Final = frozenset({408, 503})


@final
class GatewayHealth:
    """One gateway; each input tells whether `is_down` has changed."""

    __slots__ = ("_answers", "_failed_pings", "_silent_calls", "is_down", "last_failure", "since")

    def __init__(self, now: Instant) -> None:
        self.is_down = False
        self.since = now
        """When it became what it is, or was first heard of."""
        self.last_failure = ""
        """In words; "" until one happens."""
        self._failed_pings = 0
        self._silent_calls = 0
        self._answers = 0

    def ping_answered(self, status: int, now: Instant) -> bool:
        """A final response to OPTIONS."""
        if status in _NO_ANSWER:
            return self.ping_failed(f"{status} to OPTIONS", now)
        self._failed_pings = 0
        return self._answered(now)

    def ping_failed(self, failure: str, now: Instant) -> bool:
        self._failed_pings += 1
        return self._failed(failure, now)

    def call_answered(self, status: int, now: Instant) -> bool:
        """The first or final response to an INVITE."""
        if status in _NO_ANSWER:
            return False
        self._failed_pings = self._silent_calls = 0
        return self._answered(now)

    def call_silent(self, failure: str, now: Instant) -> bool:
        """Nothing came back from an INVITE in time, or it could not be sent."""
        self._silent_calls += 1
        return self._failed(failure, now)

    def _failed(self, failure: str, now: Instant) -> bool:
        self.last_failure = failure
        self._answers = 0
        if self.is_down or max(self._failed_pings, self._silent_calls) < FAILURES_TO_DOWN:
            return False
        return self._turn(now)

    def _answered(self, now: Instant) -> bool:
        if not self.is_down:
            return False
        self._answers += 1
        return self._answers >= ANSWERS_TO_UP and self._turn(now)

    def _turn(self, now: Instant) -> bool:
        self.is_down = not self.is_down
        self.since = now
        self._failed_pings = self._silent_calls = self._answers = 0
        return True


@dataclass(frozen=True, slots=True)
class HealthView:
    """One gateway's health, to be shown."""

    gateway: CarrierGateway
    is_down: bool
    since: Instant
    last_failure: str


@final
class CarrierHealth:
    """Every gateway's health by its address: a gateway that serves several carriers is one."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[CarrierGateway, GatewayHealth] = {}

    def is_down(self, gateway: CarrierGateway) -> bool:
        known = self._known.get(gateway)
        return known is not None and known.is_down

    def of(self, gateway: CarrierGateway, now: Instant) -> GatewayHealth:
        """To be told what happens to it."""
        known = self._known.get(gateway)
        if known is None:
            known = self._known[gateway] = GatewayHealth(now)
        return known

    def keep(self, gateways: Iterable[CarrierGateway]) -> None:
        """Forget every other one."""
        kept = set(gateways)
        for gateway in [known for known in self._known if known not in kept]:
            del self._known[gateway]

    def view(self) -> list[HealthView]:
        return [
            HealthView(gateway, health.is_down, health.since, health.last_failure)
            for gateway, health in self._known.items()
        ]
