"""How many calls each carrier has at once: counted from those that live (design, decision 7)."""

from typing import final

from trunkline.domain.trunk.carrier.facts import CarrierFacts, CarrierSid
from trunkline.domain.trunk.share import WHOLE, Share
from trunkline.kit.ids import CallSid


@final
class CarrierChannels:
    """Which calls are with which carrier, both ways; membership and no counters, so nothing leaks.

    A call is with one carrier at a time: the one that it came from, or the one whose gateway its hunt is at.
    """

    __slots__ = ("_calls", "_carrier_of", "share")

    def __init__(self, share: Share = WHOLE) -> None:
        self.share = share
        """This gateway's part of every limit."""
        self._calls: dict[CarrierSid, set[CallSid]] = {}
        self._carrier_of: dict[CallSid, CarrierSid] = {}

    def in_use(self, carrier: CarrierSid) -> int:
        return len(self._calls.get(carrier, ()))

    def is_full_for(self, call: CallSid, carrier: CarrierFacts) -> bool:
        """Whether the carrier has no channel left for this call; one that is with it already keeps its own."""
        most = carrier.max_channels
        if most is None or self._carrier_of.get(call) == carrier.sid:
            return False
        return self.in_use(carrier.sid) >= self.share.calls(most)

    def take(self, call: CallSid, carrier: CarrierSid) -> None:
        """The call is with this carrier now, and with no other any more."""
        if self._carrier_of.get(call) != carrier:
            self.leave(call)
            self._carrier_of[call] = carrier
            self._calls.setdefault(carrier, set()).add(call)

    def leave(self, call: CallSid) -> None:
        """The call is released; one that is with no carrier may be told too."""
        carrier = self._carrier_of.pop(call, None)
        if carrier is not None:
            of_carrier = self._calls[carrier]
            of_carrier.remove(call)
            if not of_carrier:
                del self._calls[carrier]
