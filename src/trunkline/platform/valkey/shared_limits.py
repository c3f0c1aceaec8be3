"""Limits that the gateways of an edge share through Valkey (design, decision 7).

While Valkey answers, it counts for all of them. When it does not within WAIT_S, this gateway holds itself to its own
share, `limit / gateways`, from that call on, so that limits tighten and never open; and goes back as Valkey answers.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, Protocol, final

from trunkline.domain.call.release_cause import (
    CONCURRENCY_EXCEEDED,
    POOL_CPS_EXCEEDED,
    TRUNK_CPS_EXCEEDED,
    ReleaseCause,
)
from trunkline.domain.trunk.facts import AccountFacts
from trunkline.domain.trunk.limits import Caller, CallLimits, concurrent_of, cps_of
from trunkline.kit.ids import AccountSid
from trunkline.kit.instant import Instant
from trunkline.platform.setting.log import logger
from trunkline.platform.valkey.errors import ValkeyAway
from trunkline.platform.valkey.gate import LEASE_S, Question, Verdict

WAIT_S: Final = 0.1
"""The longest that a call waits for Valkey."""
TELL_S: Final = 0.2
"""How often changed counts are told, and a Valkey that is away is asked for."""
_TELL_WAIT_S: Final = 1.0
RENEW_S: Final = LEASE_S / 3
"""How often all counts are told."""
_PAGE: Final = 500
"""Accounts that are told of at once; more would make others wait."""
_UNSURE: Final = -1
"""Told something else, or nothing: to be told again."""
RESERVED_S: Final = 5.0
"""How long a call that was admitted may take to begin: the deadline of routing."""

_CAUSES: Final[Mapping[Verdict, ReleaseCause | None]] = {
    Verdict.ADMITTED: None,
    Verdict.TRUNK_CPS: TRUNK_CPS_EXCEEDED,
    Verdict.POOL_CPS: POOL_CPS_EXCEEDED,
    Verdict.CONCURRENT: CONCURRENCY_EXCEEDED,
}


class SharedCounts(Protocol):
    """What `gate.Gate` is; each may raise ValkeyAway."""

    async def admit(self, question: Question) -> Verdict: ...

    async def publish(self, counts: Mapping[AccountSid, int]) -> None: ...

    async def prepare(self) -> None: ...

    async def close(self) -> None: ...


class OngoingCalls(Protocol):
    """The calls that live at this gateway."""

    def ongoing_of(self, account: AccountSid) -> int: ...

    def ongoing_by_account(self) -> Mapping[AccountSid, int]: ...


@final
class SharedLimits:
    """A Limiter. `run` is the service that keeps this gateway's counts in Valkey true."""

    __slots__ = ("_gate", "_now", "_ongoing", "_own", "_reserved", "_shared", "_told", "_wait_s")

    def __init__(
        self,
        gate: SharedCounts,
        own: CallLimits,
        ongoing: OngoingCalls,
        now: Callable[[], Instant],
        wait_s: float = WAIT_S,
    ) -> None:
        """`own` is what holds without Valkey: this gateway's share."""
        self._gate = gate
        self._own = own
        self._ongoing = ongoing
        self._now = now
        self._wait_s = wait_s
        self._shared = False
        self._reserved: dict[AccountSid, deque[Instant]] = {}
        """Calls that were admitted, or are being asked about, and have not begun: until when each is counted."""
        self._told: dict[AccountSid, int] = {}
        """What Valkey was last told of each account that it may believe to have calls."""

    @property
    def shared(self) -> bool:
        """Whether Valkey counts now."""
        return self._shared

    # ---- domain.trunk.limits.Limiter

    def waits_for(self, caller: Caller) -> bool:
        """Only where there is a limit to ask about: a call without any costs nothing here."""
        return self._shared and (
            cps_of(caller, self._now()) is not None
            or caller.pool.limits.pool_cps is not None
            or concurrent_of(caller.account) is not None
        )

    async def admit(self, caller: Caller, now: Instant) -> ReleaseCause | None:
        """Rows 38, 39, 41 over all gateways; by this gateway's share where Valkey does not answer in time."""
        if not self.waits_for(caller):
            return await self._own.admit(caller, now)
        account = caller.account.sid
        question = Question(
            trunk=caller.trunk.sid,
            pool=caller.pool.sid,
            account=account,
            cps=cps_of(caller, now),
            pool_cps=caller.pool.limits.pool_cps,
            concurrent=concurrent_of(caller.account),
            own_calls=self._count_of(account),
        )
        # Held before Valkey answers: a question that is asked meanwhile has to count this call.
        self._reserve(account)
        self._told[account] = _UNSURE
        try:
            async with asyncio.timeout(self._wait_s):
                verdict = await self._gate.admit(question)
        except (ValkeyAway, TimeoutError) as fault:
            self._let_go(account)
            self._lost(str(fault) or "time-out")
            return await self._own.admit(caller, now)
        cause = _CAUSES[verdict]
        if cause is None:
            self._own.note(caller, now)
        else:
            self._let_go(account)
        return cause

    def concurrency_refusal(self, account: AccountFacts) -> ReleaseCause | None:
        """The call begins and counts itself from here; Valkey has judged it, this gateway's share has to be asked."""
        self._let_go(account.sid)
        return None if self._shared else self._own.concurrency_refusal(account)

    def withdrawn(self, account: AccountFacts) -> None:
        self._let_go(account.sid)

    def _reserve(self, account: AccountSid) -> None:
        self._reserved.setdefault(account, deque()).append(Instant(self._now() + RESERVED_S))

    def _let_go(self, account: AccountSid) -> None:
        held = self._reserved.get(account)
        if held:
            held.popleft()
        if not held:
            self._reserved.pop(account, None)

    def _reserved_of(self, account: AccountSid) -> int:
        held = self._reserved.get(account)
        while held and held[0] <= self._now():
            held.popleft()
        if not held:
            self._reserved.pop(account, None)
            return 0
        return len(held)

    # ---- the service

    async def run(self) -> None:
        """Tell Valkey what lives here, for as long as the process lives."""
        renew_at = self._now()
        try:
            while True:
                if self._now() >= renew_at:
                    self._doubt()
                    renew_at = Instant(self._now() + RENEW_S)
                await self.tell()
                await asyncio.sleep(TELL_S)
        finally:
            await self._gate.close()

    async def tell(self) -> None:
        """Tell what has changed since; finds out whether Valkey is there."""
        accounts = list({*self._ongoing.ongoing_by_account(), *self._told, *self._reserved})
        try:
            async with asyncio.timeout(_TELL_WAIT_S):
                if not self._shared:
                    await self._gate.prepare()
                # At least once, even with nothing to tell: a connection that broke, as by a restart that forgot
                # all, is then found within TELL_S.
                for begin in range(0, len(accounts) or 1, _PAGE):
                    await self._tell_of(accounts[begin : begin + _PAGE])
        except (ValkeyAway, TimeoutError) as fault:
            self._lost(str(fault) or "time-out")
            return
        for account in [account for account, told in self._told.items() if told == 0]:
            del self._told[account]
        if not self._shared:
            self._shared = True
            logger(room="valkey").info("limits are shared through Valkey")

    async def _tell_of(self, accounts: list[AccountSid]) -> None:
        # Counted as they are sent, and noted before: a question that is asked meanwhile leaves its own mark behind.
        counts = {account: self._count_of(account) for account in accounts}
        changed = {account: count for account, count in counts.items() if self._told.get(account) != count}
        self._told.update(changed)
        await self._gate.publish(changed)

    def _count_of(self, account: AccountSid) -> int:
        return self._ongoing.ongoing_of(account) + self._reserved_of(account)

    def _doubt(self) -> None:
        self._told = dict.fromkeys(self._told, _UNSURE)

    def _lost(self, reason: str) -> None:
        self._doubt()
        if self._shared:
            self._shared = False
            logger(room="valkey").warning("Valkey is away: limits are this gateway's share", reason=reason)
