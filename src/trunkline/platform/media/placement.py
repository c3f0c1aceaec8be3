"""Which relay a call is on: the one of its first offer, until it is deleted."""

import socket
from collections.abc import Sequence
from typing import TypeAlias, final

from trunkline.protocol.ng.command import Command, Delete, ListCalls, Offer, Ping

Address: TypeAlias = tuple[str, int]


@final
class Relay:
    """One relay as the gateway knows it."""

    __slots__ = ("address", "calls", "is_up", "owed", "sock")

    def __init__(self, address: Address, sock: socket.socket) -> None:
        self.address = address
        self.sock = sock
        self.is_up = True
        """Taken for up until a request goes unanswered."""
        self.calls = 0
        """Of this gateway, placed here."""
        self.owed: dict[str, Delete] = {}
        """By call-id, what it was not there to hear."""


@final
class Placement:
    """A new call goes to the relay that has the fewest of those that are up."""

    __slots__ = ("_placed", "_relays")

    def __init__(self, relays: Sequence[Relay]) -> None:
        self._relays = relays
        self._placed: dict[str, Relay] = {}

    def relay_for(self, command: Command) -> Relay | None:
        """Where to send it; places the call of an offer. None when no relay is up."""
        if isinstance(command, (ListCalls, Ping)):
            return self._least_loaded()
        placed = self._placed.get(command.call_id)
        if isinstance(command, Delete):
            return placed or self._least_loaded()
        if placed is None:
            placed = self._least_loaded()
            if placed is not None and isinstance(command, Offer):
                self._place(command.call_id, placed)
        return placed

    def address_of(self, call_id: str) -> Address | None:
        relay = self._placed.get(call_id)
        return relay.address if relay is not None else None

    def adopt(self, call_id: str, address: Address) -> None:
        """A call that is there already; an address that is no relay's is ignored."""
        for relay in self._relays:
            if relay.address == address and call_id not in self._placed:
                self._place(call_id, relay)

    def forget(self, call_id: str) -> None:
        relay = self._placed.pop(call_id, None)
        if relay is not None:
            relay.calls -= 1

    def _place(self, call_id: str, relay: Relay) -> None:
        self._placed[call_id] = relay
        relay.calls += 1

    def _least_loaded(self) -> Relay | None:
        up = [relay for relay in self._relays if relay.is_up]
        return min(up, key=lambda relay: relay.calls) if up else None
