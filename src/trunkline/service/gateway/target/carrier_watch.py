"""Whether the carriers' gateways live: each is asked by OPTIONS every 10 s, and calls tell what they meet.

Every gateway process keeps a view of its own. What is known is `domain.trunk.carrier.health`; here are the questions.
An answer that is not there by the next round counts as none; the gateway's next address is asked then, so that one with
several addresses is down only when none of them answers.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, final

from trunkline.domain.call.attempt import Attempt, Target
from trunkline.domain.call.release_cause import CARRIER_SILENT, CARRIER_UNREACHABLE
from trunkline.domain.trunk.carrier.facts import CarrierFacts, CarrierGateway
from trunkline.domain.trunk.carrier.health import CarrierHealth
from trunkline.domain.trunk.carrier.route import CarrierTarget
from trunkline.domain.trunk.facts import TrunkDirectory
from trunkline.kit.instant import Instant
from trunkline.platform.setting.log import logger
from trunkline.platform.store.errors import StoreUnavailable
from trunkline.protocol.sip.message.message import Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.gateway.port import Locator
from trunkline.service.gateway.target.tls_terms import verified

PING_EVERY_S: Final = 10.0


@final
class Ping:
    """One OPTIONS to one gateway: a target to be located, and the owner of the request."""

    __slots__ = ("_watch", "address", "gateway")

    def __init__(self, watch: "CarrierWatch", gateway: CarrierGateway, address: int) -> None:
        self._watch = watch
        self.gateway = gateway
        self.address = address
        """Which of its addresses, counted on and on."""

    @property
    def request_uri(self) -> str:
        return self.gateway.uri()

    def answered(self, response: Response | None, now: Instant) -> None:
        """The final response, or None when there will be none."""
        self._watch.ping_ended(self, "no response" if response is None else response.status, now)


@final
class CarrierWatch:
    """A service of the process; `ask` is one round of it."""

    __slots__ = ("_addresses", "_clock", "_locator", "_pending", "_ua", "_wake", "_wall", "health")

    def __init__(
        self,
        ua: UserAgent,
        locator: Locator,
        clock: Callable[[], Instant],
        wall: Callable[[Instant], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._ua = ua
        self._locator = locator
        self._clock = clock
        self._wall = wall
        self._wake = wake
        self.health = CarrierHealth()
        self._pending: dict[CarrierGateway, Ping] = {}
        self._addresses: dict[CarrierGateway, int] = {}

    async def run(self, directory: TrunkDirectory) -> None:
        while True:
            try:
                self.ask(await directory.carriers())
            except StoreUnavailable:
                logger(room="gateway").warning("carriers not pinged: the store is away")
            await asyncio.sleep(PING_EVERY_S)

    # ---- questions

    def ask(self, carriers: Iterable[CarrierFacts]) -> None:
        """Judge the last round and begin the next; gateways that no carrier has any more are forgotten."""
        now = self._clock()
        configured = {gateway: carrier for carrier in carriers for gateway in carrier.gateways}
        self.health.keep(configured)
        for gateway in [known for known in self._addresses if known not in configured]:
            del self._addresses[gateway]
        for ping in list(self._pending.values()):
            self.ping_ended(ping, "no response", now)
        for gateway, carrier in configured.items():
            if carrier.options_ping:
                self._ask(gateway, verified if carrier.tls_verified else list)
        self._wake()

    def _ask(self, gateway: CarrierGateway, on_terms: Callable[[list[Flow]], list[Flow]]) -> None:
        ping = self._pending[gateway] = Ping(self, gateway, self._addresses.get(gateway, 0))

        def located(addresses: list[Flow]) -> None:
            now = self._clock()
            if self._pending.get(gateway) is not ping:
                return  # the name was slower than the round
            if not addresses:
                self.ping_ended(ping, "no address", now)
                return
            address = on_terms(addresses)[ping.address % len(addresses)]
            self._ua.request("OPTIONS", ping.request_uri, address, ping, now)
            self._wake()

        self._locator.locate(ping, located)

    def ping_ended(self, ping: Ping, outcome: int | str, now: Instant) -> None:
        """`outcome` is a status, or what went wrong; one that comes after the round's end is not heard."""
        gateway = ping.gateway
        if self._pending.get(gateway) is not ping:
            return
        del self._pending[gateway]
        known = self.health.of(gateway, now)
        if isinstance(outcome, int):
            self._tell(gateway, known.ping_answered(outcome, now))
        else:
            self._addresses[gateway] = ping.address + 1
            self._tell(gateway, known.ping_failed(f"{outcome} to OPTIONS", now))

    # ---- what calls meet

    def call_answered(self, target: Target, status: int) -> None:
        """A final response, or the first one of a call that goes on."""
        if isinstance(target, CarrierTarget):
            now = self._clock()
            self._tell(target.gateway, self.health.of(target.gateway, now).call_answered(status, now))

    def call_silent(self, target: Target, failure: str) -> None:
        """No response at all."""
        if isinstance(target, CarrierTarget):
            now = self._clock()
            known = self.health.of(target.gateway, now)
            self._tell(target.gateway, known.call_silent(f"{failure} to INVITE", now))

    def attempt_ended(self, attempt: Attempt) -> None:
        """It is given up, whatever came of it; what was answered is told already."""
        if attempt.cause == CARRIER_SILENT:
            self.call_silent(attempt.target, "no response")
        elif attempt.cause == CARRIER_UNREACHABLE:
            self.call_silent(attempt.target, "transport failure")
        elif attempt.status is not None and attempt.status >= 300:
            self.call_answered(attempt.target, attempt.status)

    # ---- told on

    def _tell(self, gateway: CarrierGateway, changed: bool) -> None:
        if not changed:
            return
        known = self.health.of(gateway, self._clock())
        if known.is_down:
            logger(room="gateway").warning("carrier gateway down", gateway=gateway.uri(), failure=known.last_failure)
        else:
            logger(room="gateway").warning("carrier gateway up again", gateway=gateway.uri())

    def view(self) -> list[dict[str, Any]]:
        """For the admin socket: gateway, state, since when, last failure."""
        return [
            {
                "gateway": seen.gateway.uri(),
                "state": "down" if seen.is_down else "up",
                "since": self._wall(seen.since).isoformat(),
                "last_failure": seen.last_failure or None,
            }
            for seen in self.health.view()
        ]
