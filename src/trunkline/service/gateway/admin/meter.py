"""The gateway's figures as a metrics report: read where they are kept, when somebody asks."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol, final

from trunkline.domain.trunk.carrier.health import CarrierHealth
from trunkline.kit.instant import Instant
from trunkline.platform.setting.metrics import Report
from trunkline.platform.sipnet.counters import METHODS, MessageCounts
from trunkline.platform.sipnet.endpoint import SipEndpoint
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.gateway.call.calls import Calls
from trunkline.service.gateway.reception import Reception
from trunkline.service.gateway.tally import Tally

Samples = list[tuple[list[str], Any]]


class Stored(Protocol):
    """What is read of the outbox."""

    tally: Tally
    stored: int
    set_aside: int

    def __len__(self) -> int: ...


@final
class Meter:
    """Reads; counts nothing itself."""

    __slots__ = ("_calls", "_clock", "_endpoint", "_health", "_outbox", "_reception", "_ua")

    def __init__(
        self,
        endpoint: SipEndpoint,
        ua: UserAgent,
        calls: Calls,
        reception: Reception,
        outbox: Stored,
        health: CarrierHealth,
        clock: Callable[[], Instant],
    ) -> None:
        self._endpoint = endpoint
        self._ua = ua
        self._calls = calls
        self._reception = reception
        self._outbox = outbox
        self._health = health
        self._clock = clock

    def report(self) -> Report:
        """Every family of `platform.setting.metrics` that a gateway knows of."""
        return {**self._sip(), **self._order(), **self._finished(), **self._records()}

    def _sip(self) -> Report:
        endpoint, counters = self._endpoint, self._endpoint.counters
        requests, responses = _messages(counters.heard, "in"), _messages(counters.told, "out")
        return {
            "sip_requests": requests[0] + responses[0],
            "sip_responses": requests[1] + responses[1],
            "sip_malformed": [
                (["shunned"], counters.shunned),
                (["unframeable"], counters.unframeable),
                (["turned_away"], counters.turned_away),
            ],
            "sip_unsent": [([], counters.unsent)],
            "sip_keepalives": [([], counters.keepalives)],
            "sip_connections": [([], endpoint.connections)],
            "sip_kernel_drops": [([], endpoint.kernel_drops)],
            "bugs": [([], counters.bugs)],
            "transactions": [([], self._ua.transaction_count)],
        }

    def _order(self) -> Report:
        doorkeeper, load = self._reception.doorkeeper, self._reception.load
        return {
            "carrier_gateways": self._carriers(),
            "auth_failures": _by_name(doorkeeper.failures),
            "bans": [([], doorkeeper.bans_begun)],
            "banned_sources": [([], len(doorkeeper.bans(self._clock())))],
            "ban_drops": [([], doorkeeper.dropped)],
            "overload_share": [([], load.share)],
            "event_loop_lag_seconds": [([], load.lags.sample)],
        }

    def _carriers(self) -> Samples:
        states = Counter("down" if seen.is_down else "up" for seen in self._health.view())
        return [([state], states[state]) for state in ("up", "down")]

    def _finished(self) -> Report:
        tally = self._outbox.tally
        live = Counter(call.direction.value for call in self._calls)
        return {
            "calls": _by_name(live),
            "call_attempts": [(list(key), count) for key, count in tally.results.items()],
            "failovers": _by_name(tally.failovers),
            "cps_rejections": _by_name(tally.limited),
            "pdd_seconds": [([], tally.pdds.sample)],
            "call_duration_seconds": [([], tally.durations.sample)],
            "rtp_packets": _by_name(tally.packets),
            "rtp_jitter_seconds": [([], tally.jitters.sample)],
            "mos": [([], tally.scores.sample)],
        }

    def _records(self) -> Report:
        outbox = self._outbox
        return {
            "cdr_pending": [([], len(outbox))],
            "cdr_written": [([], outbox.stored)],
            "cdr_set_aside": [([], outbox.set_aside)],
            "journal_trouble": [([], int(self._reception.new_calls.journal_trouble is not None))],
        }


def _by_name(counts: dict[str, int] | Counter[str]) -> Samples:
    return [([name], count) for name, count in counts.items()]


def _messages(counts: MessageCounts, direction: str) -> tuple[Samples, Samples]:
    """Requests and responses."""
    requests: Samples = []
    responses: Samples = []
    for transport, kinds in counts.items():
        for kind, count in kinds.items():
            if kind.isdigit():
                responses.append(([kind.decode(), transport.lower(), direction], count))
            else:
                requests.append(([METHODS.get(kind, "other"), transport.lower(), direction], count))
    return requests, responses
