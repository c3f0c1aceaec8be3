"""The platform's zone: what a name server says of `{PFX}` (sip.md 2.5), and how a question finds its answer in it.

For each edge that has a gateway, under its name and its legacy id, and for `pstn.{PFX}` by the default edge:
`{name}.pstn.{edge}.{PFX}` has the addresses of the edge; the bare `pstn.{edge}.{PFX}` has them as well, with NAPTR and
SRV records for who takes it as an outbound proxy. One wildcard covers every trunk there, sub-domains too (RFC 4592).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from ipaddress import ip_address
from typing import Final

from trunkline.domain.trunk.edge.edges import LEGACY_IDS, EdgeGateway

TTL_S: Final = 600
NEGATIVE_TTL_S: Final = 60
_SERVICES: Final = (("SIP+D2U", "_sip._udp"), ("SIP+D2T", "_sip._tcp"), ("SIPS+D2T", "_sips._tcp"))
"""In the order of preference (RFC 3263 section 4.1)."""


class RecordType(StrEnum):
    A = "A"
    AAAA = "AAAA"
    NAPTR = "NAPTR"
    NS = "NS"
    SOA = "SOA"
    SRV = "SRV"


@dataclass(frozen=True, slots=True)
class Authority:
    """Who answers for the zone: the serial of its data, and the addresses of `ns.{PFX}`."""

    serial: int
    addresses: tuple[str, ...]


class Outcome(Enum):
    """What a question comes to."""

    FOUND = "found"
    NO_DATA = "no data"
    """The name is there, this type is not."""
    NO_NAME = "no name"
    OUTSIDE = "outside"
    """Not of this zone."""


@dataclass(frozen=True, slots=True)
class ZoneAnswer:
    """`texts` is the record data in master-file form."""

    outcome: Outcome
    type: RecordType | None = None
    texts: tuple[str, ...] = ()


class Zone:
    """Records by name. Names are lower case without the final dot; record data has absolute names."""

    __slots__ = ("_nodes", "origin", "records")

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.records: dict[str, dict[RecordType, tuple[str, ...]]] = {}
        self._nodes = {origin}
        """Every name that exists, those that only have names below them too."""

    def add(self, name: str, kind: RecordType, texts: Iterable[str]) -> None:
        """`name` is in the zone; what it has already is not said twice."""
        kinds = self.records.setdefault(name, {})
        kinds[kind] = tuple(dict.fromkeys((*kinds.get(kind, ()), *texts)))
        while name != self.origin:
            self._nodes.add(name)
            name = name.partition(".")[2]

    def answer(self, name: str, kind: str) -> ZoneAnswer:
        """A question, `name` in lower case without the final dot; `ANY` gets one of the sets (RFC 8482 section 4.1)."""
        if name != self.origin and not name.endswith("." + self.origin):
            return ZoneAnswer(Outcome.OUTSIDE)
        owner = self._owner(name)
        if owner is None:
            return ZoneAnswer(Outcome.NO_NAME)
        for held, texts in self.records.get(owner, {}).items():
            if kind in {held, "ANY"}:
                return ZoneAnswer(Outcome.FOUND, held, texts)
        return ZoneAnswer(Outcome.NO_DATA)

    def _owner(self, name: str) -> str | None:
        """The name whose records are said of `name`: itself, or the wildcard below its closest encloser (RFC 4592)."""
        if name in self._nodes:
            return name
        encloser = name.partition(".")[2]
        while encloser not in self._nodes:
            encloser = encloser.partition(".")[2]
        wildcard = f"*.{encloser}"
        return wildcard if wildcard in self.records else None

    def master_file(self) -> str:
        """RFC 1035 section 5, every name absolute."""
        return "".join(
            f"{name}. {TTL_S} IN {kind} {text}\n"
            for name, kinds in self.records.items()
            for kind, texts in kinds.items()
            for text in texts
        )


def edge_zone(suffix: str, gateways: Sequence[EdgeGateway], authority: Authority | None = None) -> Zone:
    """The zone `{PFX}`. The first gateway's edge is the default; without `authority` there is no SOA and no NS."""
    zone = Zone(suffix)
    if authority is not None:
        _add_authority(zone, authority)
    edges = dict.fromkeys(gateway.edge for gateway in gateways)
    for place, edge in enumerate(edges):
        here = [gateway for gateway in gateways if gateway.edge == edge]
        for number, gateway in enumerate(here, 1):
            _add_addresses(zone, f"gw{number}.{edge}.{suffix}", [gateway])
        if place == 0:
            _add_edge(zone, f"pstn.{suffix}", edge, here)
        for label in (edge, LEGACY_IDS[edge]):
            _add_edge(zone, f"pstn.{label}.{suffix}", edge, here)
    return zone


def _add_authority(zone: Zone, authority: Authority) -> None:
    server = f"ns.{zone.origin}"
    timing = f"3600 600 604800 {NEGATIVE_TTL_S}"
    zone.add(zone.origin, RecordType.SOA, [f"{server}. hostmaster.{zone.origin}. {authority.serial} {timing}"])
    zone.add(zone.origin, RecordType.NS, [f"{server}."])
    for address in authority.addresses:
        zone.add(server, _type_of(address), [address])


def _add_edge(zone: Zone, bare: str, edge: str, gateways: Sequence[EdgeGateway]) -> None:
    for name in (bare, f"*.{bare}"):
        _add_addresses(zone, name, gateways)
    zone.add(
        bare,
        RecordType.NAPTR,
        [f'10 {place}0 "S" "{service}" "" {owner}.{bare}.' for place, (service, owner) in enumerate(_SERVICES, 1)],
    )
    for _service, owner in _SERVICES:
        tls = owner == "_sips._tcp"
        zone.add(
            f"{owner}.{bare}",
            RecordType.SRV,
            [
                f"10 10 {gateway.port + tls} gw{number}.{edge}.{zone.origin}."
                for number, gateway in enumerate(gateways, 1)
            ],
        )


def _add_addresses(zone: Zone, name: str, gateways: Sequence[EdgeGateway]) -> None:
    for gateway in gateways:
        zone.add(name, _type_of(gateway.host), [gateway.host])


def _type_of(address: str) -> RecordType:
    return RecordType.A if ip_address(address).version == 4 else RecordType.AAAA
