"""The live calls of one gateway, and the timers of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from trunkline.domain.call.command import CallTimer
from trunkline.domain.call.search import NO_ANSWER_S
from trunkline.domain.call.silence import MEDIA_SILENCE_S
from trunkline.domain.call.state import CallState
from trunkline.domain.call.talk import MAX_DURATION_S
from trunkline.domain.trunk.carrier.channels import CarrierChannels
from trunkline.domain.trunk.carrier.facts import CarrierFacts
from trunkline.domain.trunk.carrier.route import CarrierTarget
from trunkline.domain.trunk.origination.invite import Presentation
from trunkline.kit.ids import AccountSid, CallSid
from trunkline.kit.instant import Instant
from trunkline.kit.timer_queue import TimerQueue
from trunkline.service.gateway.call.live_call import LiveCall

TRYING: Final = "trying -- your call is important to us"
"""Features row 27."""


_NOBODY: Final = AccountSid("")
"""Whose calls another gateway counts: they are work here all the same."""


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What calls run by."""

    presentation: Presentation
    own_host: str
    """`host:port` as advertised: the host of From towards carriers."""
    no_answer_s: float = NO_ANSWER_S
    max_duration_s: float = MAX_DURATION_S
    allow_private: bool = True
    """A re-INVITE may bring a loopback Contact."""
    media_silence_s: float = MEDIA_SILENCE_S
    hunt_limit_s: float = 60.0
    overload_lag_s: float = 0.1
    """So late, at the p95 of a second, it is overloaded as well."""
    max_calls: int = 10_000
    """Calls at once; at 90 % of it the gateway is overloaded (design, decision 19)."""

    @property
    def overload_calls(self) -> int:
        return max(1, self.max_calls * 9 // 10)


def _carrier_of(live: LiveCall) -> CarrierFacts | None:
    """The carrier that a call came from, or that a call taken back had reached."""
    attempt = live.call.current
    if attempt is not None and isinstance(attempt.target, CarrierTarget):
        return attempt.target.carrier
    return live.carrier


class Calls:
    """Registry and timers; a call leaves when it is released, its sessions have ended and its record is delivered."""

    __slots__ = ("_by_account", "_ongoing", "_timers", "by_sid", "channels")

    def __init__(self) -> None:
        self.by_sid: dict[CallSid, LiveCall] = {}
        # Membership and no counters: a call is in or out, however often that is told (design, decision 7).
        self._ongoing: dict[CallSid, AccountSid] = {}
        self._by_account: dict[AccountSid, set[CallSid]] = {}
        self._timers: TimerQueue[tuple[LiveCall, CallTimer]] = TimerQueue()
        self.channels = CarrierChannels()

    def __len__(self) -> int:
        return len(self.by_sid)

    def __iter__(self) -> Iterator[LiveCall]:
        """A snapshot: calls may end while they are walked through."""
        return iter(list(self.by_sid.values()))

    def add(self, live: LiveCall) -> None:
        self.by_sid[live.call.sid] = live

    def forget(self, live: LiveCall) -> None:
        self.released(live)
        del self.by_sid[live.call.sid]
        live.outbound.clear()
        live.refusals.clear()

    # ---- the calls that limits count

    def begun(self, live: LiveCall) -> None:
        """It is admitted, or taken back: it counts until it is released."""
        account = live.account.sid if live.account is not None else _NOBODY
        self._ongoing[live.call.sid] = account
        self._by_account.setdefault(account, set()).add(live.call.sid)
        carrier = _carrier_of(live)
        if carrier is not None:
            self.channels.take(live.call.sid, carrier.sid)

    def released(self, live: LiveCall) -> None:
        """It counts no longer, though sessions may wait for repetitions; a call that never counted may be told too."""
        self.channels.leave(live.call.sid)
        account = self._ongoing.pop(live.call.sid, None)
        if account is not None:
            of_account = self._by_account[account]
            of_account.remove(live.call.sid)
            if not of_account:
                del self._by_account[account]

    @property
    def ongoing(self) -> int:
        """Calls admitted and not released."""
        return len(self._ongoing)

    def ongoing_of(self, account: AccountSid) -> int:
        """How many of an account; implements `domain.trunk.limits.OngoingCalls`."""
        return len(self._by_account.get(account, ()))

    def ongoing_by_account(self) -> dict[AccountSid, int]:
        """The accounts that have any, and how many."""
        return {account: len(of_account) for account, of_account in self._by_account.items()}

    @property
    def timer_count(self) -> int:
        return len(self._timers)

    def arm(self, live: LiveCall, timer: CallTimer, at: Instant) -> None:
        self.stop(live, timer)
        live.timers[timer] = self._timers.arm(at, (live, timer))

    def stop(self, live: LiveCall, timer: CallTimer) -> None:
        armed = live.timers.pop(timer, None)
        if armed is not None:
            self._timers.cancel(armed)

    def next_deadline(self) -> Instant | None:
        return self._timers.next_deadline()

    def pop_due(self, now: Instant) -> tuple[LiveCall, CallTimer] | None:
        due = self._timers.pop_due(now)
        if due is not None:
            due[0].timers.pop(due[1], None)
        return due

    def talking(self) -> int:
        """How many calls are answered and not released."""
        return sum(1 for live in self.by_sid.values() if live.call.state in {CallState.ANSWERED, CallState.BRIDGED})
