"""DNS questions with a bounded cache of answers, of names that do not exist, and of servers that fail."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
from dns.rdata import Rdata
from dns.rdtypes.IN.NAPTR import NAPTR
from dns.rdtypes.IN.SRV import SRV
from dns.rrset import RRset

from trunkline.kit.instant import Instant, later
from trunkline.platform.sipnet.dns_record import Pointer, Record, RecordType, Service

RESOLV_CONF: Final = Path("/etc/resolv.conf")
_MAX_ENTRIES: Final = 4096
_MAX_RECORDS: Final = 32
_MAX_TTL: Final = 3600.0
_MIN_TTL: Final = 1.0
_MAX_NEGATIVE_TTL: Final = 60.0
_FAILURE_TTL: Final = 2.0
_PER_SERVER_S: Final = 0.5


class LookupFault(Enum):
    """Why a question has no answer at all, as opposed to the answer "none"."""

    TIMEOUT = "timeout"
    SERVER = "server failure"


@dataclass(frozen=True, slots=True)
class _Held:
    answer: tuple[Record, ...] | LookupFault
    until: Instant


class DnsLookup:
    """Asks the system's resolvers, or `servers` as (address, port).

    Answers are kept for their TTL (1 s to 1 h), "no such name" for the zone's negative TTL (at most 60 s), failures
    for 2 s, so that a dead server does not cost every call its deadline. The oldest of 4096 entries goes first.
    `config` tells the system's resolvers; it is read again when it was changed, and may be missing for now.
    """

    __slots__ = ("_cache", "_clock", "_config", "_resolver", "_stamp", "asked")

    def __init__(
        self, clock: Callable[[], Instant], servers: Sequence[tuple[str, int]] = (), config: Path = RESOLV_CONF
    ) -> None:
        self._clock = clock
        self._config = None if servers else config
        self._stamp = (0, 0)
        self._resolver = dns.asyncresolver.Resolver(configure=False)
        self._resolver.timeout = _PER_SERVER_S
        if servers:
            self._resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in servers]
        self._cache: OrderedDict[tuple[str, RecordType], _Held] = OrderedDict()
        self.asked = 0

    def __len__(self) -> int:
        """How many answers are held."""
        return len(self._cache)

    async def records(self, name: str, kind: RecordType, within_s: float) -> tuple[Record, ...] | LookupFault:
        """The records of a name, () when there are none. Takes `within_s` seconds at most, and never raises."""
        key = (name.lower().rstrip("."), kind)
        held = self._cache.get(key)
        if held is not None and held.until > self._clock():
            self._cache.move_to_end(key)
            return held.answer
        if within_s <= 0:
            return LookupFault.TIMEOUT
        self.asked += 1
        answer, ttl = await self._ask(key[0], kind, within_s)
        if answer is LookupFault.TIMEOUT and within_s < _PER_SERVER_S:
            return answer  # our haste, not the server's fault
        self._cache[key] = _Held(answer, later(self._clock(), ttl))
        self._cache.move_to_end(key)
        if len(self._cache) > _MAX_ENTRIES:
            self._cache.popitem(last=False)
        return answer

    def _follow_config(self) -> None:
        """A lease that ended, a VPN that came: the resolvers of the start are not those of now.

        Raises OSError, ValueError or DNSException where nothing there names one.
        """
        if self._config is None:
            return
        status = self._config.stat()
        stamp = (status.st_ino, status.st_mtime_ns)
        if stamp != self._stamp:
            fresh = dns.asyncresolver.Resolver(str(self._config))
            fresh.timeout = _PER_SERVER_S
            self._resolver, self._stamp = fresh, stamp

    async def _ask(
        self, name: str, kind: RecordType, within_s: float
    ) -> tuple[tuple[Record, ...] | LookupFault, float]:
        try:
            self._follow_config()
            async with asyncio.timeout(within_s):
                answer = await self._resolver.resolve(
                    name + ".", kind.value, raise_on_no_answer=False, search=False, lifetime=within_s
                )
        except dns.resolver.NXDOMAIN as error:
            responses: dict[dns.name.Name, dns.message.Message] = error.responses()  # type: ignore[no-untyped-call]
            return (), max((_negative_ttl(response) for response in responses.values()), default=_MIN_TTL)
        except (TimeoutError, dns.exception.Timeout):
            return LookupFault.TIMEOUT, _FAILURE_TTL
        except dns.exception.DNSException as error:
            # A name that cannot exist (a label too long, an empty one) is one that does not.
            return ((), _FAILURE_TTL) if isinstance(error, dns.exception.SyntaxError) else _server_failed()
        except (OSError, ValueError):
            return _server_failed()
        if answer.rrset is None:
            return (), _negative_ttl(answer.response)
        ttl = min(_MAX_TTL, max(_MIN_TTL, float(answer.chaining_result.minimum_ttl)))
        return tuple(_plain(answer.rrset))[:_MAX_RECORDS], ttl


def _server_failed() -> tuple[LookupFault, float]:
    return LookupFault.SERVER, _FAILURE_TTL


def _negative_ttl(response: dns.message.Message) -> float:
    """RFC 2308 section 5."""
    for rrset in response.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return min(_MAX_NEGATIVE_TTL, max(_MIN_TTL, float(min(rrset.ttl, rrset[0].minimum))))
    return _MIN_TTL


def _plain(rrset: RRset) -> Iterable[Record]:
    for rdata in rrset:
        record = _record(rdata)
        if record is not None:
            yield record


def _record(rdata: Rdata) -> Record | None:
    if isinstance(rdata, SRV):
        return Service(rdata.priority, rdata.weight, rdata.port, rdata.target.to_text(omit_final_dot=True).lower())
    if isinstance(rdata, NAPTR):
        return Pointer(
            rdata.order,
            rdata.preference,
            rdata.flags.decode("ascii", "replace").upper(),
            rdata.service.decode("ascii", "replace").upper(),
            rdata.replacement.to_text(omit_final_dot=True).lower(),
        )
    return str(rdata.to_text()) if rdata.rdtype in {dns.rdatatype.A, dns.rdatatype.AAAA} else None
