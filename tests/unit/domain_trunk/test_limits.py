"""Rows 38, 39, 41 and decision 7: calls a second of a trunk and of a pool, calls at once."""

from dataclasses import dataclass, replace

import pytest

from trunkline.domain.call.release_cause import (
    CONCURRENCY_EXCEEDED,
    POOL_CPS_EXCEEDED,
    TRUNK_CPS_EXCEEDED,
    ReleaseCause,
)
from trunkline.domain.trunk.facts import AccountFacts, AccountType, Limits, TrunkFacts
from trunkline.domain.trunk.limits import Caller, CallLimits, SlidingWindows
from trunkline.domain.trunk.share import Rate, Share
from trunkline.kit.ids import AccountSid, TrunkSid
from trunkline.kit.instant import Instant

UNLIMITED = Limits(None, None, None)
SECOND = Rate(1, 1.0)


@dataclass
class Ongoing:
    """Implements OngoingCalls."""

    live: int = 0

    def ongoing_of(self, account: AccountSid) -> int:
        assert account == "AC1"
        return self.live


def caller(
    cps: int | None = None,
    limits: Limits = UNLIMITED,
    pool: AccountFacts | None = None,
    trunk: str = "TK1",
) -> Caller:
    account = AccountFacts(AccountSid("AC1"), limits=limits)
    return Caller(TrunkFacts(TrunkSid(trunk), account.sid, None, cps=cps), account, pool or account)


async def offer(limits: CallLimits, who: Caller, *instants: float) -> list[ReleaseCause | None]:
    return [await limits.admit(who, Instant(at)) for at in instants]


async def test_row_38_a_trunks_own_cps_goes_before_the_accounts() -> None:
    limits = CallLimits(Ongoing())
    assert await offer(limits, caller(2, Limits(1, None, None)), 0.0, 0.0, 0.0) == [None, None, TRUNK_CPS_EXCEEDED]
    other = caller(None, Limits(1, None, None), trunk="TK2")
    assert await offer(limits, other, 0.0, 0.0) == [None, TRUNK_CPS_EXCEEDED]


async def test_row_38_the_default_is_one_a_second() -> None:
    answers = await offer(CallLimits(Ongoing()), caller(limits=Limits()), 10.0, 10.5, 10.999, 11.0, 11.5, 12.0)
    assert answers == [None, TRUNK_CPS_EXCEEDED, TRUNK_CPS_EXCEEDED, None, TRUNK_CPS_EXCEEDED, None]


async def test_row_38_no_second_however_placed_holds_more_than_the_limit() -> None:
    instants = [at / 100 for at in range(0, 1000, 7)]
    answers = await offer(CallLimits(Ongoing()), caller(5), *instants)
    admitted = [at for at, answer in zip(instants, answers, strict=True) if answer is None]
    assert all(sum(start <= at < start + 1.0 for at in admitted) <= 5 for start in admitted)
    assert 45 <= len(admitted) <= 50


async def test_row_40_a_changed_limit_works_at_once() -> None:
    limits = CallLimits(Ongoing())
    assert await offer(limits, caller(1), 0.0, 0.1) == [None, TRUNK_CPS_EXCEEDED]
    assert await offer(limits, caller(3), 0.2, 0.3, 0.4) == [None, None, TRUNK_CPS_EXCEEDED]
    assert await offer(limits, caller(1), 1.1, 1.25, 1.3) == [TRUNK_CPS_EXCEEDED, TRUNK_CPS_EXCEEDED, None]
    assert await offer(limits, caller(0), 9.0) == [TRUNK_CPS_EXCEEDED]


@pytest.mark.parametrize("granted", [UNLIMITED, Limits(30, None, 100)])
async def test_row_16_no_grant_lifts_a_trial(granted: Limits) -> None:
    ongoing = Ongoing()
    limits, who = CallLimits(ongoing), caller(30, granted)
    trial = replace(who, account=replace(who.account, type=AccountType.TRIAL))
    assert await offer(limits, trial, 0.0, 0.5, 1.0) == [None, TRUNK_CPS_EXCEEDED, None]
    ongoing.live = 3
    assert await offer(limits, trial, 3.0) == [None]
    ongoing.live = 4
    assert await offer(limits, trial, 5.0) == [CONCURRENCY_EXCEEDED]
    assert await offer(limits, who, 7.0, 7.0) == [None, None]


async def test_row_16_a_trial_may_have_less() -> None:
    who = caller(None, Limits(0, None, 1))
    trial = replace(who, account=replace(who.account, type=AccountType.TRIAL))
    assert await offer(CallLimits(Ongoing()), trial, 0.0) == [TRUNK_CPS_EXCEEDED]
    assert await offer(CallLimits(Ongoing(1)), replace(trial, trunk=replace(who.trunk, cps=1)), 0.0) == [
        CONCURRENCY_EXCEEDED
    ]


async def test_row_39_the_documented_example_of_a_pool() -> None:
    """Pool 25, trunks 20/25/30, offered 30/24/30: the trunks let 20 + 24 + 30 = 74 pass, the pool 25 of them."""
    pool = AccountFacts(AccountSid("AC0"), limits=Limits(None, 25, None))
    limits = CallLimits(Ongoing())
    answers: dict[ReleaseCause | None, int] = {}
    for trunk, cps, offered in (("TK1", 20, 30), ("TK2", 25, 24), ("TK3", 30, 30)):
        for index in range(offered):
            found = await limits.admit(caller(cps, pool=pool, trunk=trunk), Instant(index / 100))
            answers[found] = answers.get(found, 0) + 1
    assert answers == {None: 25, TRUNK_CPS_EXCEEDED: 10, POOL_CPS_EXCEEDED: 74 - 25}


async def test_row_39_a_sub_accounts_own_pool_limit_does_not_count() -> None:
    parent = AccountFacts(AccountSid("AC0"), limits=UNLIMITED)
    who = caller(limits=Limits(None, 1, None), pool=parent)
    assert await offer(CallLimits(Ongoing()), who, 0.0, 0.0) == [None, None]
    own = caller(limits=Limits(None, 1, None))
    assert await offer(CallLimits(Ongoing()), own, 0.0, 0.0) == [None, POOL_CPS_EXCEEDED]


async def test_row_41_calls_at_once_come_last() -> None:
    ongoing = Ongoing(3)
    limits = CallLimits(ongoing)
    who = caller(limits=Limits(2, None, 4))
    assert await offer(limits, who, 0.0) == [None]
    ongoing.live = 4
    assert await offer(limits, who, 0.1, 0.2) == [CONCURRENCY_EXCEEDED, TRUNK_CPS_EXCEEDED]
    assert limits.concurrency_refusal(who.account) is CONCURRENCY_EXCEEDED
    ongoing.live = 3
    assert limits.concurrency_refusal(who.account) is None
    ongoing.live = 10**6
    assert limits.concurrency_refusal(replace(who.account, limits=UNLIMITED)) is None


async def test_one_call_a_second_among_three_gateways_is_one_in_three_seconds_each() -> None:
    limits = CallLimits(Ongoing(), Share(2, 3))
    refused = TRUNK_CPS_EXCEEDED
    assert await offer(limits, caller(1), 0.0, 1.0, 2.9, 3.0, 3.1) == [None, refused, refused, None, refused]
    assert await offer(CallLimits(Ongoing(1), Share(2, 3)), caller(limits=Limits(None, None, 4)), 0.0) == [
        CONCURRENCY_EXCEEDED
    ]


def test_a_call_decided_behind_later_ones_keeps_the_window_in_order() -> None:
    windows = SlidingWindows()
    two = Rate(2, 1.0)
    assert windows.admits("TK1", two, Instant(5.0))
    assert windows.admits("TK1", two, Instant(4.2))
    assert not windows.admits("TK1", two, Instant(5.5))
    assert windows.admits("TK1", two, Instant(6.0))


def test_windows_are_bounded_and_the_least_recently_used_goes() -> None:
    windows = SlidingWindows(capacity=2)
    assert windows.admits("a", SECOND, Instant(0.0))
    assert windows.admits("b", SECOND, Instant(0.0))
    assert not windows.admits("a", SECOND, Instant(0.1))
    assert windows.admits("c", SECOND, Instant(0.2))
    assert len(windows) == 2
    assert not windows.admits("a", SECOND, Instant(0.3))
    assert windows.admits("b", SECOND, Instant(0.4)), "it was forgotten"
