"""Decision 7: limits through Valkey, and without it; over a gate of the test's own."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest
from structlog.testing import capture_logs

from tests.kit.clock import FakeClock
from trunkline.domain.call.release_cause import (
    CONCURRENCY_EXCEEDED,
    POOL_CPS_EXCEEDED,
    TRUNK_CPS_EXCEEDED,
    ReleaseCause,
)
from trunkline.domain.trunk.facts import AccountFacts, AccountType, Limits, TrunkFacts
from trunkline.domain.trunk.limits import Caller, CallLimits
from trunkline.domain.trunk.share import Share
from trunkline.kit.ids import AccountSid, TrunkSid
from trunkline.platform.valkey.errors import ValkeyAway
from trunkline.platform.valkey.gate import Question, Verdict
from trunkline.platform.valkey.shared_limits import RESERVED_S, SharedLimits

ONE = AccountSid("AC1")


@dataclass
class FakeGate:
    """Implements SharedCounts: what it was asked and told; `away` and `slow` are faults."""

    verdict: Verdict = Verdict.ADMITTED
    away: bool = False
    slow: bool = False
    asked: list[Question] = field(default_factory=list)
    told: list[dict[AccountSid, int]] = field(default_factory=list)
    prepared: int = 0
    closed: bool = False

    async def _answer(self) -> None:
        if self.away:
            raise ValkeyAway("ConnectionError")
        if self.slow:
            await asyncio.Event().wait()

    async def admit(self, question: Question) -> Verdict:
        self.asked.append(question)
        await self._answer()
        return self.verdict

    async def publish(self, counts: Mapping[AccountSid, int]) -> None:
        await self._answer()
        if counts:
            self.told.append(dict(counts))

    async def prepare(self) -> None:
        await self._answer()
        self.prepared += 1

    async def close(self) -> None:
        self.closed = True


@dataclass
class Ongoing:
    """Implements OngoingCalls."""

    live: dict[AccountSid, int] = field(default_factory=dict)

    def ongoing_of(self, account: AccountSid) -> int:
        return self.live.get(account, 0)

    def ongoing_by_account(self) -> Mapping[AccountSid, int]:
        return {account: count for account, count in self.live.items() if count}


class Gateway:
    """One of two, connected."""

    def __init__(self, wait_s: float = 0.02) -> None:
        self.clock = FakeClock()
        self.gate = FakeGate()
        self.ongoing = Ongoing()
        own = CallLimits(self.ongoing, Share(0, 2))
        self.limits = SharedLimits(self.gate, own, self.ongoing, lambda: self.clock.now, wait_s)

    async def connected(self) -> "Gateway":
        await self.limits.tell()
        assert self.limits.shared
        return self

    async def offer(self, who: Caller, count: int = 1) -> list[ReleaseCause | None]:
        return [await self.limits.admit(who, self.clock.now) for _ in range(count)]


def caller(cps: int | None = None, concurrent: int | None = None, pool_cps: int | None = None) -> Caller:
    account = AccountFacts(ONE, limits=Limits(cps, None, concurrent))
    pool = AccountFacts(AccountSid("AC0"), limits=Limits(None, pool_cps, None))
    return Caller(TrunkFacts(TrunkSid("TK1"), ONE, None), account, pool)


async def test_what_is_asked_is_who_calls_and_every_limit_and_the_calls_here() -> None:
    gateway = await Gateway().connected()
    gateway.ongoing.live[ONE] = 3
    assert await gateway.offer(caller(7, 9, 8)) == [None]
    assert gateway.gate.asked == [Question("TK1", "AC0", "AC1", 7, 8, 9, 3)]


async def test_row_16_a_trial_is_asked_about_with_its_own_limits() -> None:
    gateway = await Gateway().connected()
    who = caller()
    await gateway.offer(replace(who, account=replace(who.account, type=AccountType.TRIAL)))
    assert [(asked.cps, asked.concurrent) for asked in gateway.gate.asked] == [(1, 4)]


@pytest.mark.parametrize(
    ("verdict", "cause"),
    [
        (Verdict.TRUNK_CPS, TRUNK_CPS_EXCEEDED),
        (Verdict.POOL_CPS, POOL_CPS_EXCEEDED),
        (Verdict.CONCURRENT, CONCURRENCY_EXCEEDED),
    ],
)
async def test_rows_38_39_41_what_valkey_refuses_is_refused(verdict: Verdict, cause: ReleaseCause) -> None:
    gateway = await Gateway().connected()
    gateway.gate.verdict = verdict
    assert await gateway.offer(caller(10, 10, 10), 2) == [cause, cause]
    assert [asked.own_calls for asked in gateway.gate.asked] == [0, 0]


async def test_a_call_without_limits_asks_nobody_and_never_waits() -> None:
    gateway = await Gateway().connected()
    assert not gateway.limits.waits_for(caller())
    assert await gateway.offer(caller(), 3) == [None] * 3
    assert gateway.gate.asked == []
    assert all(gateway.limits.waits_for(who) for who in (caller(1), caller(None, 1), caller(None, None, 1)))


async def test_a_call_that_was_admitted_counts_until_it_begins() -> None:
    gateway = await Gateway().connected()
    who = caller(concurrent=9)
    await gateway.offer(who, 2)
    gateway.limits.concurrency_refusal(who.account)
    gateway.ongoing.live[ONE] = 1
    await gateway.offer(who)
    assert [asked.own_calls for asked in gateway.gate.asked] == [0, 1, 2]


async def test_a_call_that_was_admitted_and_is_withdrawn_counts_no_longer() -> None:
    gateway = await Gateway().connected()
    who = caller(concurrent=9)
    await gateway.offer(who)
    gateway.limits.withdrawn(who.account)
    await gateway.offer(who)
    assert [asked.own_calls for asked in gateway.gate.asked] == [0, 0]


async def test_a_call_that_nobody_heard_of_again_counts_for_as_long_as_routing_may_take() -> None:
    gateway = await Gateway().connected()
    who = caller(concurrent=9)
    await gateway.offer(who)
    gateway.clock.leap(RESERVED_S - 0.1)
    await gateway.offer(who)
    gateway.clock.leap(0.1)
    await gateway.offer(who)
    assert [asked.own_calls for asked in gateway.gate.asked] == [0, 1, 1]


async def test_questions_at_once_count_each_other() -> None:
    gateway = await Gateway().connected()
    who = caller(concurrent=9)
    await asyncio.gather(*(gateway.offer(who) for _ in range(3)))
    assert sorted(asked.own_calls for asked in gateway.gate.asked) == [0, 1, 2]


# ---- without Valkey


@pytest.mark.parametrize("fault", ["away", "slow"])
async def test_decision_7_without_valkey_limits_tighten_to_the_share_and_come_back(fault: str) -> None:
    gateway = await Gateway().connected()
    who = caller(4, 4)
    with capture_logs() as logs:
        setattr(gateway.gate, fault, True)
        assert await gateway.offer(who, 4) == [None, None, TRUNK_CPS_EXCEEDED, TRUNK_CPS_EXCEEDED]
        assert len(gateway.gate.asked) == 1, "only the first call waits"
        assert not gateway.limits.waits_for(who)
        await gateway.limits.tell() if fault == "away" else None
        setattr(gateway.gate, fault, False)
        await gateway.limits.tell()
        assert gateway.limits.waits_for(who)
        assert await gateway.offer(who, 4) == [None] * 4
    assert [line["log_level"] for line in logs] == ["warning", "info"]


async def test_decision_7_what_valkey_admitted_here_counts_in_the_share() -> None:
    gateway = await Gateway().connected()
    who = caller(4)
    assert await gateway.offer(who, 2) == [None, None]
    gateway.gate.away = True
    assert await gateway.offer(who, 1) == [TRUNK_CPS_EXCEEDED]
    gateway.clock.leap(1.0)
    assert await gateway.offer(who, 3) == [None, None, TRUNK_CPS_EXCEEDED]


async def test_decision_7_the_pool_counts_in_the_share_too() -> None:
    gateway = await Gateway().connected()
    who = caller(pool_cps=4)
    assert await gateway.offer(who, 2) == [None, None]
    gateway.gate.away = True
    assert await gateway.offer(who, 1) == [POOL_CPS_EXCEEDED]


async def test_decision_7_calls_at_once_tighten_as_a_call_begins() -> None:
    gateway = await Gateway().connected()
    who = caller(concurrent=4)
    gateway.ongoing.live[ONE] = 3
    assert gateway.limits.concurrency_refusal(who.account) is None, "Valkey has judged it"
    gateway.gate.away = True
    assert await gateway.offer(who) == [CONCURRENCY_EXCEEDED]
    assert gateway.limits.concurrency_refusal(who.account) is CONCURRENCY_EXCEEDED


async def test_until_valkey_has_answered_the_share_holds() -> None:
    gateway = Gateway()
    gateway.gate.away = True
    with capture_logs() as logs:
        await gateway.limits.tell()
        assert await gateway.offer(caller(2), 2) == [None, TRUNK_CPS_EXCEEDED]
    assert gateway.gate.asked == []
    assert logs == []


# ---- what Valkey is told


async def test_changed_counts_are_told_once_and_the_end_of_calls_too() -> None:
    gateway = await Gateway().connected()
    gateway.gate.told.clear()
    for live in ({ONE: 2}, {ONE: 2}, {ONE: 1, AccountSid("AC2"): 1}, {}, {}):
        gateway.ongoing.live = live
        await gateway.limits.tell()
    two = AccountSid("AC2")
    assert gateway.gate.told == [{ONE: 2}, {ONE: 1, two: 1}, {ONE: 0, two: 0}]


async def test_a_call_that_ends_between_two_tellings_leaves_no_count_behind() -> None:
    gateway = await Gateway().connected()
    who = caller(concurrent=9)
    await gateway.offer(who)
    gateway.limits.withdrawn(who.account)
    await gateway.limits.tell()
    assert gateway.gate.told == [{ONE: 0}]


async def test_a_valkey_that_is_away_is_missed_though_nobody_calls() -> None:
    gateway = await Gateway().connected()
    gateway.gate.away = True
    await gateway.limits.tell()
    assert not gateway.limits.shared


async def test_after_a_loss_everything_is_told_again() -> None:
    gateway = await Gateway().connected()
    gateway.ongoing.live = {ONE: 2}
    await gateway.limits.tell()
    gateway.gate.away = True
    await gateway.limits.tell()
    gateway.gate.away = False
    await gateway.limits.tell()
    assert gateway.gate.told == [{ONE: 2}, {ONE: 2}]
    assert gateway.gate.prepared == 2


async def test_the_service_renews_what_it_told_before_it_lapses_and_closes_at_the_end() -> None:
    gateway = Gateway()
    gateway.ongoing.live = {ONE: 2}
    async with asyncio.TaskGroup() as group:
        service = group.create_task(gateway.limits.run())
        while len(gateway.gate.told) < 2:
            gateway.clock.leap(1.0)
            await asyncio.sleep(0.01)
        service.cancel()
    assert gateway.gate.told[:2] == [{ONE: 2}, {ONE: 2}]
    assert gateway.gate.closed
