"""The eight edges of the platform and their legacy ids (sip.md 2.3), and the gateways that stand at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEGACY_IDS: Final[dict[str, str]] = {
    "ashburn": "us1",
    "umatilla": "us2",
    "dublin": "ie1",
    "frankfurt": "de1",
    "tokyo": "jp1",
    "singapore": "sg1",
    "sydney": "au1",
    "sao-paulo": "br1",
}
"""Legacy id by edge. `roaming` is no edge for trunking."""

_EDGES: Final[dict[str, str]] = {
    **{edge: edge for edge in LEGACY_IDS},
    **{legacy_id: edge for edge, legacy_id in LEGACY_IDS.items()},
}


def edge_of(name: str) -> str | None:
    """The edge that a name or a legacy id means, in any case of letters; None if there is no such edge."""
    return _EDGES.get(name.lower())


@dataclass(frozen=True, slots=True)
class EdgeGateway:
    """One gateway as others reach it: an IP address without brackets, and its port for UDP and TCP (TLS: the next)."""

    edge: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.edge}={host}:{self.port}"


class Edges:
    """Which gateways stand at which edge, seen from the gateway that asks."""

    __slots__ = ("_by_edge", "own")

    def __init__(self, own: str, gateways: Sequence[EdgeGateway] = ()) -> None:
        """`own` is the edge of the gateway that asks; it need not be told of the gateways there."""
        self.own = own
        self._by_edge: dict[str, tuple[EdgeGateway, ...]] = {}
        for gateway in gateways:
            self._by_edge[gateway.edge] = (*self._by_edge.get(gateway.edge, ()), gateway)

    def away(self, edge: str | None) -> str | None:
        """The other edge that a call leaves by; None = from here: none named, this one, or no gateway known there.

        Row 49: absent or wrong means the edge where the call came in.
        """
        return edge if edge is not None and edge != self.own and edge in self._by_edge else None

    def gateways_of(self, edge: str) -> tuple[EdgeGateway, ...]:
        """In the order of their listing."""
        return self._by_edge.get(edge, ())
