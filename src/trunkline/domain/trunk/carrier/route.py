"""Which carrier gateways a number goes to, and which carrier a source address belongs to (design, section 7)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from trunkline.domain.trunk.address import IpAddress
from trunkline.domain.trunk.carrier.facts import CarrierFacts, CarrierGateway
from trunkline.domain.trunk.weighted_order import Draw, weighted_order
from trunkline.kit.ids import E164


@dataclass(frozen=True, slots=True)
class CarrierTarget:
    """One stop of the hunt through carriers."""

    carrier: CarrierFacts
    gateway: CarrierGateway
    callee: E164

    @property
    def request_uri(self) -> str:
        """`sip:number@host[:port][;transport=...]`, the number as the carrier wants it."""
        return self.gateway.uri(self.carrier.profile.called(self.callee))


def _match_length(carrier: CarrierFacts, callee: E164) -> int:
    longest = 0
    for prefix in carrier.prefixes:
        if len(prefix) > longest and callee.startswith(prefix):
            longest = len(prefix)
    return longest


def _nobody(_gateway: CarrierGateway) -> bool:
    return False


def carrier_route(
    carriers: Iterable[CarrierFacts],
    callee: E164,
    draw: Draw,
    is_down: Callable[[CarrierGateway], bool] = _nobody,
) -> tuple[CarrierTarget, ...]:
    """The gateways to try in their order; empty = no route.

    The longest prefix wins: carriers that match a shorter one take no part. Among the winners the lowest priority comes
    first, weights share within one priority, and the gateways of one carrier follow each other as listed. Gateways that
    are down come behind all others in the same order: they cost time only where nobody else takes the call.
    """
    winners: list[CarrierFacts] = []
    longest = 1
    for carrier in carriers:
        length = _match_length(carrier, callee) if carrier.enabled else 0
        if length > longest:
            winners, longest = [carrier], length
        elif length == longest:
            winners.append(carrier)
    if len(winners) > 1:
        winners = _in_order(winners, draw)
    targets = [CarrierTarget(carrier, gateway, callee) for carrier in winners for gateway in carrier.gateways]
    if len(targets) > 1:
        targets.sort(key=lambda target: is_down(target.gateway))
    return tuple(targets)


def _in_order(winners: list[CarrierFacts], draw: Draw) -> list[CarrierFacts]:
    winners.sort(key=lambda found: found.priority)
    ordered: list[CarrierFacts] = []
    for _, equals in groupby(winners, key=lambda found: found.priority):
        ordered += weighted_order([(carrier, carrier.weight) for carrier in equals], draw)
    return ordered


def carrier_of_source(carriers: Iterable[CarrierFacts], source: IpAddress) -> CarrierFacts | None:
    """The enabled carrier that owns an address; of several the one with the lowest priority is recorded."""
    owners = [
        carrier for carrier in carriers if carrier.enabled and any(source in net for net in carrier.source_networks)
    ]
    return min(owners, key=lambda found: (found.priority, found.sid), default=None)
