"""Where a SIP URI leads: transport, addresses and ports by RFC 3263."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from trunkline.kit.instant import Instant, later
from trunkline.platform.sipnet.dns_lookup import DnsLookup, LookupFault
from trunkline.platform.sipnet.dns_record import Draw, Pointer, RecordType, Service, in_order, shuffled
from trunkline.platform.sipnet.hosts import is_localhost
from trunkline.platform.sipnet.udp import is_address
from trunkline.protocol.sip.message.uri import Uri
from trunkline.protocol.sip.transaction.flow import Flow

MAX_FLOWS: Final = 4
"""Each address is an attempt of its own (design, decision 6)."""
DEADLINE_S: Final = 1.5
# A server that swallows NAPTR questions may not eat the whole deadline.
_NAPTR_S: Final = 0.5

_TRANSPORTS: Final = {"udp": "UDP", "tcp": "TCP", "tls": "TLS"}
_SERVICES: Final = {"UDP": "_sip._udp.", "TCP": "_sip._tcp.", "TLS": "_sips._tcp."}
_POINTERS: Final = {"SIP+D2U": "UDP", "SIP+D2T": "TCP", "SIPS+D2T": "TLS"}


class LocationFault(Enum):
    NOT_FOUND = "no address"
    TIMEOUT = "DNS did not answer in time"
    SERVER = "DNS failed"
    UNSUPPORTED = "scheme or transport not supported"


@dataclass(frozen=True, slots=True)
class LocationFailed:
    """A peer's or the network's fault, as a value: the next target is tried."""

    fault: LocationFault
    name: str


Located = list[Flow] | LocationFailed


class Locator:
    """Turns URIs into flows, best first, four at most.

    `hosts` are names that need no DNS, `draw` the randomness of RFC 2782, `transports` what the endpoint speaks,
    `ipv6` whether it has an IPv6 address to send from. Flows name no connection: any stream to that address will do.
    """

    __slots__ = ("_clock", "_draw", "_families", "_hosts", "_lookup", "_transports")

    def __init__(
        self,
        lookup: DnsLookup,
        clock: Callable[[], Instant],
        draw: Draw,
        hosts: Mapping[str, tuple[str, ...]],
        *,
        transports: tuple[str, ...] = ("UDP", "TCP", "TLS"),
        ipv6: bool = False,
    ) -> None:
        self._lookup = lookup
        self._clock = clock
        self._draw = draw
        self._hosts = hosts
        self._transports = transports
        self._families = (RecordType.A, RecordType.AAAA) if ipv6 else (RecordType.A,)

    def locate_now(self, uri: Uri) -> Located | None:
        """The answer where none has to be asked for: numeric hosts, the hosts file, localhost. Else None."""
        transport = _transport(uri)
        if uri.scheme not in {"sip", "sips"} or transport not in {"", *self._transports}:
            return LocationFailed(LocationFault.UNSUPPORTED, str(uri))
        addresses = self._known(_target(uri))
        if addresses is None:
            return None
        flows = _flows(transport or "UDP", addresses, uri.port)
        return flows or LocationFailed(LocationFault.NOT_FOUND, _target(uri))

    async def locate(self, uri: Uri, deadline_s: float = DEADLINE_S) -> Located:
        """The whole of RFC 3263; takes `deadline_s` seconds at most."""
        located = self.locate_now(uri)
        if located is not None:
            return located
        # Every question ends by then at the latest.
        search = _Search(self._lookup, self._families, self._draw, later(self._clock(), deadline_s))
        flows = await self._find(search, _target(uri), _transport(uri), uri.port)
        return flows or LocationFailed(search.fault, _target(uri))

    def _known(self, name: str) -> tuple[str, ...] | None:
        if is_address(name):
            return (name,)
        held = self._hosts.get(name)
        if held is None:
            return ("127.0.0.1",) if is_localhost(name) else None
        return held if RecordType.AAAA in self._families else tuple(one for one in held if ":" not in one)

    async def _find(self, search: "_Search", name: str, transport: str, port: int | None) -> list[Flow]:
        """Sections 4.1 and 4.2."""
        if port is not None:
            return _flows(transport or "UDP", await search.addresses(name, self._clock()), port)
        if transport:
            services = await search.services(_SERVICES[transport] + name, self._clock())
            if services:
                return await self._served(search, transport, services)
        else:
            flows = await self._pointed(search, name)
            if flows is not None:
                return flows
        return _flows(transport or "UDP", await search.addresses(name, self._clock()), None)

    async def _pointed(self, search: "_Search", name: str) -> list[Flow] | None:
        """By NAPTR, or without one by trying our transports' SRV records; None when there is neither."""
        flows: list[Flow] = []
        chosen = [
            (_POINTERS[pointer.service], pointer.replacement)
            for pointer in await search.pointers(name, self._clock())
            if pointer.flags == "S" and _POINTERS.get(pointer.service) in self._transports
        ]
        # TLS is never what a plain sip: URI falls into by chance; a NAPTR record of its owner may say so.
        guessed = [(one, _SERVICES[one] + name) for one in ("UDP", "TCP") if one in self._transports]
        found = False
        for transport, service in chosen or guessed:
            services = await search.services(service, self._clock())
            if services:
                found = True
                flows += await self._served(search, transport, services)
            if len(flows) >= MAX_FLOWS or (flows and not chosen):
                break
        return flows[:MAX_FLOWS] if found else None

    async def _served(self, search: "_Search", transport: str, services: list[Service]) -> list[Flow]:
        flows: list[Flow] = []
        for service in in_order(services, self._draw):
            if service.target and len(flows) < MAX_FLOWS:
                flows += _flows(transport, await search.addresses(service.target, self._clock()), service.port)
        return flows[:MAX_FLOWS]


class _Search:
    """One search: its questions, what is left of its time, and the worst that happened."""

    __slots__ = ("_draw", "_families", "_lookup", "_until", "fault")

    def __init__(
        self,
        lookup: DnsLookup,
        families: tuple[RecordType, ...],
        draw: Draw,
        until: Instant,
    ) -> None:
        self._lookup = lookup
        self._families = families
        self._draw = draw
        self._until = until
        self.fault = LocationFault.NOT_FOUND

    async def addresses(self, name: str, now: Instant) -> list[str]:
        if is_address(name):
            return [name]
        found: list[str] = []
        for family in self._families:
            answer = await self._lookup.records(name, family, self._until - now)
            found += shuffled([one for one in self._noted(answer) if isinstance(one, str)], self._draw)
        return found

    async def services(self, name: str, now: Instant) -> list[Service]:
        answer = self._noted(await self._lookup.records(name, RecordType.SRV, self._until - now))
        return [record for record in answer if isinstance(record, Service)]

    async def pointers(self, name: str, now: Instant) -> list[Pointer]:
        within_s = min(_NAPTR_S, self._until - now)
        answer = await self._lookup.records(name, RecordType.NAPTR, within_s)
        if isinstance(answer, LookupFault):
            return []  # some servers know no NAPTR; the other questions will tell
        pointers = [record for record in answer if isinstance(record, Pointer)]
        return sorted(pointers, key=lambda pointer: (pointer.order, pointer.preference))

    def _noted(self, answer: tuple[object, ...] | LookupFault) -> tuple[object, ...]:
        if not isinstance(answer, LookupFault):
            return answer
        self.fault = LocationFault.TIMEOUT if answer is LookupFault.TIMEOUT else LocationFault.SERVER
        return ()


def _transport(uri: Uri) -> str:
    """UDP, TCP, TLS, "" when the URI leaves it open, or what it says when that is none of them."""
    if uri.scheme == "sips":
        return "TLS"  # row 48
    return _TRANSPORTS.get(uri.transport, uri.transport)


def _target(uri: Uri) -> str:
    """Section 4: maddr if there is one, else the host."""
    return (uri.param("maddr") or uri.address).lower().rstrip(".")


def _flows(transport: str, addresses: list[str] | tuple[str, ...], port: int | None) -> list[Flow]:
    default = 5061 if transport == "TLS" else 5060
    return [Flow(transport, address, default if port is None else port) for address in addresses[:MAX_FLOWS]]
