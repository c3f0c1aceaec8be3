"""How many calls an account and its trunks may begin a second and hold at once (sip.md 3.2 step 13, section 9).

Rates are counted in sliding windows over the calls that came, calls at once over those that live: nothing is counted
up and down, so nothing leaks (design, decision 7). Limits are read from the facts at each call: a change works at once.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final, Protocol, final

from trunkline.domain.call.release_cause import (
    CONCURRENCY_EXCEEDED,
    POOL_CPS_EXCEEDED,
    TRUNK_CPS_EXCEEDED,
    ReleaseCause,
)
from trunkline.domain.trunk.facts import AccountFacts, AccountType, TrunkFacts
from trunkline.domain.trunk.share import WHOLE, Rate, Share
from trunkline.kit.ids import AccountSid
from trunkline.kit.instant import Instant

CAPACITY: Final = 10_000
"""Trunks, and accounts, whose last calls are remembered."""
TRIAL_CPS: Final = 1
TRIAL_CONCURRENT: Final = 4
"""What no grant lifts while an account is a trial (row 16)."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose limits a call meets."""

    trunk: TrunkFacts
    account: AccountFacts
    pool: AccountFacts
    """The parent account, or the account itself where it has none: its `pool_cps` holds for all trunks below it."""


def _capped(limit: int | None, account: AccountFacts, cap: int) -> int | None:
    if account.type is AccountType.TRIAL:
        return cap if limit is None else min(limit, cap)
    return limit


def cps_of(caller: Caller, now: Instant) -> int | None:
    """The calls a second of a trunk: its own figure before the account's; None = unlimited. A trial: 1 (row 16).

    A cut that was put off to a later day holds from that moment on (row 40).
    """
    account, trunk = caller.account, caller.trunk
    cut = trunk.cps_next_from is not None and now >= trunk.cps_next_from
    own = trunk.cps_next if cut else trunk.cps
    return _capped(account.limits.cps if own is None else own, account, TRIAL_CPS)


def concurrent_of(account: AccountFacts) -> int | None:
    """The calls at once of an account; None = unlimited. A trial has four at most (rows 16, 41)."""
    return _capped(account.limits.concurrent, account, TRIAL_CONCURRENT)


class Limiter(Protocol):
    """What routing asks about each new call; several gateways may share one."""

    def waits_for(self, caller: Caller) -> bool:
        """Whether `admit` asks somebody else about such a call, and so cannot answer at once."""
        ...

    async def admit(self, caller: Caller, now: Instant) -> ReleaseCause | None:
        """Count a call that came at `now`; why it may not begin, or None."""
        ...

    def concurrency_refusal(self, account: AccountFacts) -> ReleaseCause | None:
        """Asked again as the call begins: others may have begun while its facts were fetched."""
        ...

    def withdrawn(self, account: AccountFacts) -> None:
        """A call that was admitted will not begin after all."""
        ...

    @property
    def shared(self) -> bool:
        """Whether several gateways are counted together now."""
        ...


class OngoingCalls(Protocol):
    """The calls that live."""

    def ongoing_of(self, account: AccountSid) -> int:
        """How many calls of an account have been admitted and are not released."""
        ...


@final
class SlidingWindows:
    """The calls of the last moments by SID of trunk or account; the least recently used window goes."""

    __slots__ = ("_capacity", "_windows")

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._windows: OrderedDict[str, deque[Instant]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def admits(self, sid: str, rate: Rate, now: Instant) -> bool:
        """Whether one more call fits; if so it is counted. A call that is refused takes no room."""
        window = self._window(sid, rate, now)
        if len(window) >= rate.calls:
            return False
        self._count(window, now)
        return True

    def note(self, sid: str, rate: Rate, now: Instant) -> None:
        """Count a call that somebody else admitted, whether it fits or not."""
        self._count(self._window(sid, rate, now), now)

    def _window(self, sid: str, rate: Rate, now: Instant) -> deque[Instant]:
        window = self._windows.get(sid)
        if window is None:
            window = self._windows[sid] = deque()
            if len(self._windows) > self._capacity:
                self._windows.popitem(last=False)
        else:
            self._windows.move_to_end(sid)
        while window and now - window[0] >= rate.seconds:
            window.popleft()
        return window

    def _count(self, window: deque[Instant], now: Instant) -> None:
        # A call whose facts took their time is decided behind later ones; the window stays in order.
        window.append(max(now, window[-1]) if window else now)


@final
class CallLimits:
    """A Limiter over the calls of one gateway."""

    __slots__ = ("_everywhere", "_ongoing", "_pools", "_share", "_trunks")

    def __init__(
        self, ongoing: OngoingCalls, share: Share = WHOLE, everywhere: Share | None = None, capacity: int = CAPACITY
    ) -> None:
        """`share` is that of rates, which each edge counts for itself, `everywhere` that of calls at once."""
        self._ongoing = ongoing
        self._share = share
        self._everywhere = everywhere or share
        self._trunks = SlidingWindows(capacity)
        self._pools = SlidingWindows(capacity)

    def waits_for(self, caller: Caller) -> bool:
        """Never: all that counts is here."""
        return False

    def withdrawn(self, account: AccountFacts) -> None:
        """Nothing was held for it."""

    @property
    def shared(self) -> bool:
        return False

    def note(self, caller: Caller, now: Instant) -> None:
        """Count a call that was admitted by what several gateways share, so that these windows are warm without it."""
        if (cps := cps_of(caller, now)) is not None:
            self._trunks.note(caller.trunk.sid, self._share.rate(cps), now)
        if (pool_cps := caller.pool.limits.pool_cps) is not None:
            self._pools.note(caller.pool.sid, self._share.rate(pool_cps), now)

    async def admit(self, caller: Caller, now: Instant) -> ReleaseCause | None:
        """Rows 38, 39, 41: the trunk's own rate, then the pool's over all that passed it, then calls at once."""
        account, share = caller.account, self._share
        cps = cps_of(caller, now)
        if cps is not None and not self._trunks.admits(caller.trunk.sid, share.rate(cps), now):
            return TRUNK_CPS_EXCEEDED
        pool_cps = caller.pool.limits.pool_cps
        if pool_cps is not None and not self._pools.admits(caller.pool.sid, share.rate(pool_cps), now):
            return POOL_CPS_EXCEEDED
        return self.concurrency_refusal(account)

    def concurrency_refusal(self, account: AccountFacts) -> ReleaseCause | None:
        """Row 41."""
        most = concurrent_of(account)
        if most is None or self._ongoing.ongoing_of(account.sid) < self._everywhere.calls(most):
            return None
        return CONCURRENCY_EXCEEDED
