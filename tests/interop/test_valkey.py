"""Decision 7 over a real Valkey (or Redis): several gateways never exceed a limit together, whatever happens to it."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from redis import Redis

from tests.interop.port import PortBlock
from tests.interop.valkey import ValkeyServer
from trunkline.domain.call.release_cause import CONCURRENCY_EXCEEDED, TRUNK_CPS_EXCEEDED, ReleaseCause
from trunkline.domain.trunk.facts import AccountFacts, Limits, TrunkFacts
from trunkline.domain.trunk.limits import Caller, CallLimits
from trunkline.domain.trunk.share import Share
from trunkline.kit.ids import AccountSid, TrunkSid
from trunkline.kit.instant import Instant
from trunkline.kit.secret import Secret
from trunkline.platform.valkey.gate import LEASE_S, Gate
from trunkline.platform.valkey.shared_limits import SharedLimits

pytestmark = pytest.mark.interop

GATEWAYS = 3
PATIENT_S = 10.0
"""The wait of tests that are not about it: a busy machine must not look like a Valkey that is away."""
ACCOUNT = AccountSid("AC1")


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    ports = PortBlock()
    with ValkeyServer(ports.take(1), tmp_path_factory.mktemp("valkey")) as server:
        yield server
    ports.release()


@pytest.fixture
def server(_server: ValkeyServer) -> ValkeyServer:
    """One for the file, empty for each test."""
    with Redis.from_url(f"redis://127.0.0.1:{_server.port}/0") as client:
        client.flushall()
    return _server


def caller(cps: int | None = None, concurrent: int | None = None) -> Caller:
    account = AccountFacts(ACCOUNT, limits=Limits(cps, None, concurrent))
    return Caller(TrunkFacts(TrunkSid("TK1"), ACCOUNT, None), account, account)


def now() -> Instant:
    return Instant(time.monotonic())


@dataclass
class Ongoing:
    """Implements OngoingCalls."""

    live: Counter[AccountSid] = field(default_factory=Counter)

    def ongoing_of(self, account: AccountSid) -> int:
        return self.live[account]

    def ongoing_by_account(self) -> dict[AccountSid, int]:
        return {account: count for account, count in self.live.items() if count}


class Gateway:
    """One of GATEWAYS, each on a loop, and in the tests of many in a thread, of its own."""

    def __init__(self, server: ValkeyServer, place: int, wait_s: float = PATIENT_S, edge: str = "ashburn") -> None:
        self.ongoing = Ongoing()
        self.gate = Gate(Secret(server.url), edge, f"192.0.2.{place}:5060")
        own = CallLimits(self.ongoing, Share(place, GATEWAYS))
        self.limits = SharedLimits(self.gate, own, self.ongoing, now, wait_s)

    async def offer(self, who: Caller, count: int) -> list[ReleaseCause | None]:
        return [await self.limits.admit(who, now()) for _ in range(count)]

    def began(self, who: Caller, count: int = 1) -> None:
        for _ in range(count):
            assert self.limits.concurrency_refusal(who.account) is None
            self.ongoing.live[ACCOUNT] += 1


def together(server: ValkeyServer, live: Callable[[Gateway], Coroutine[Any, Any, None]]) -> None:
    """Let GATEWAYS gateways live in as many threads; what fails in one fails the test."""
    faults: list[BaseException] = []

    async def run(place: int) -> None:
        gateway = Gateway(server, place)
        await gateway.limits.tell()
        try:
            await live(gateway)
        finally:
            await gateway.gate.close()

    def thread(place: int) -> None:
        try:
            asyncio.run(run(place))
        except BaseException as fault:  # noqa: BLE001  told to the test's own thread
            faults.append(fault)

    threads = [threading.Thread(target=thread, args=(place,)) for place in range(GATEWAYS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if faults:
        raise faults[0]


def test_row_38_no_second_holds_more_than_the_limit_over_all_gateways(server: ValkeyServer) -> None:
    """Each call was admitted at some moment between `asked` and `answered`: a bound that needs no tolerance."""
    limit, asked, answered = 20, [], []
    who, until = caller(cps=20), time.monotonic() + 2.6

    async def hammer(gateway: Gateway) -> None:
        while (before := time.monotonic()) < until:
            if await gateway.limits.admit(who, now()) is None:
                asked.append(before)
                answered.append(time.monotonic())
            await asyncio.sleep(0.002)

    together(server, hammer)
    asked.sort()
    answered.sort()
    assert len(asked) >= 2 * limit, "the limit is used"
    # Half a millisecond for two clocks that measure the same second.
    assert all(answered[i + limit] - asked[i] >= 0.9995 for i in range(len(asked) - limit))


def test_row_41_no_moment_holds_more_calls_than_the_limit_over_all_gateways(server: ValkeyServer) -> None:
    limit, lock = 5, threading.Lock()
    state = Counter[str]()
    who, until = caller(concurrent=limit), time.monotonic() + 2.0

    async def one_call(gateway: Gateway) -> None:
        if await gateway.limits.admit(who, now()) is not None:
            state["refused"] += 1
            return
        gateway.began(who)
        with lock:
            state["live"] += 1
            state["most"] = max(state["most"], state["live"])
            state["begun"] += 1
        await asyncio.sleep(0.03)
        with lock:
            state["live"] -= 1
        gateway.ongoing.live[ACCOUNT] -= 1

    async def busy(gateway: Gateway) -> None:
        service = asyncio.ensure_future(gateway.limits.run())
        while time.monotonic() < until:
            await asyncio.gather(*(one_call(gateway) for _ in range(4)))
        service.cancel()

    together(server, busy)
    assert state["most"] == limit
    assert state["refused"] > 0
    assert state["begun"] > 2 * limit, "what ends gives its place back"


async def test_row_41_the_calls_of_a_dead_gateway_lapse(server: ValkeyServer) -> None:
    """Three calls of one that is never heard of again; the server's own time passes, told by what it keeps."""
    who = caller(concurrent=4)
    dead, alive = Gateway(server, 0), Gateway(server, 1)
    for gateway in (dead, alive):
        await gateway.limits.tell()
    assert await dead.offer(who, 3) == [None] * 3
    await dead.gate.close()
    assert await alive.offer(who, 2) == [None, CONCURRENCY_EXCEEDED]
    with Redis.from_url(f"redis://127.0.0.1:{server.port}/0") as client:
        seconds, micros = client.time()
        key = f"trunkline:calls:{ACCOUNT}"
        assert 0 < client.pttl(key) <= 2 * LEASE_S * 1000, "nothing stays when all are gone"
        count, till = client.hget(key, "192.0.2.0:5060").split()
        assert count == b"3"
        assert int(till) - (seconds * 1_000_000 + micros) <= LEASE_S * 1_000_000
        client.hset(key, "192.0.2.0:5060", f"3 {seconds * 1_000_000 + micros}")  # the lease has passed
    assert await alive.offer(who, 4) == [None, None, None, CONCURRENCY_EXCEEDED]
    await alive.gate.close()


async def test_a_gateways_last_word_on_its_calls_counts(server: ValkeyServer) -> None:
    who = caller(concurrent=4)
    first, second = Gateway(server, 0), Gateway(server, 1)
    for gateway in (first, second):
        await gateway.limits.tell()
    assert await first.offer(who, 4) == [None] * 4
    first.began(who, 4)
    assert await second.offer(who, 1) == [CONCURRENCY_EXCEEDED]
    first.ongoing.live[ACCOUNT] = 1
    await first.limits.tell()
    assert await second.offer(who, 4) == [None, None, None, CONCURRENCY_EXCEEDED]
    for gateway in (first, second):
        await gateway.gate.close()


async def test_row_38_each_edge_counts_its_own_calls(server: ValkeyServer) -> None:
    who = caller(cps=2)
    here, there = Gateway(server, 0), Gateway(server, 1, edge="dublin")
    for gateway in (here, there):
        await gateway.limits.tell()
        assert await gateway.offer(who, 3) == [None, None, TRUNK_CPS_EXCEEDED]
        await gateway.gate.close()


async def test_a_clock_that_was_set_back_closes_nothing_for_long(server: ValkeyServer) -> None:
    """Times of the server's own that lie ahead: a window is begun anew, calls hold for one lease more."""
    who = caller(cps=2, concurrent=4)
    gateway = Gateway(server, 0)
    await gateway.limits.tell()
    with Redis.from_url(f"redis://127.0.0.1:{server.port}/0") as client:
        seconds, _ = client.time()
        ahead = (seconds + 3600) * 1_000_000
        client.rpush("trunkline:cps:ashburn:TK1", ahead, ahead)
        client.hset(f"trunkline:calls:{ACCOUNT}", "192.0.2.9:5060", f"4 {ahead}")
        assert await gateway.offer(who, 1) == [CONCURRENCY_EXCEEDED]
        till = int(client.hget(f"trunkline:calls:{ACCOUNT}", "192.0.2.9:5060").split()[1])
        assert till < (seconds + LEASE_S + 5) * 1_000_000
        client.hdel(f"trunkline:calls:{ACCOUNT}", "192.0.2.9:5060")
    assert await gateway.offer(who, 2) == [None, TRUNK_CPS_EXCEEDED]
    await gateway.gate.close()


async def test_decision_7_killed_it_is_the_share_and_restored_it_is_shared_again(server: ValkeyServer) -> None:
    who = caller(cps=6)
    first, second = Gateway(server, 0), Gateway(server, 1)
    gateways = (first, second)
    for gateway in gateways:
        await gateway.limits.tell()
    assert await first.offer(who, 7) == [*[None] * 6, TRUNK_CPS_EXCEEDED]
    server.kill()
    try:
        assert await first.offer(who, 1) == [TRUNK_CPS_EXCEEDED], "its share is spent"
        assert await second.offer(who, 3) == [None, None, TRUNK_CPS_EXCEEDED]
        assert not first.limits.shared
        assert not second.limits.shared
    finally:
        server.start()
    for gateway in gateways:
        for _ in range(50):
            await gateway.limits.tell()
            if gateway.limits.shared:
                break
            await asyncio.sleep(0.05)
    assert await second.offer(who, 7) == [*[None] * 6, TRUNK_CPS_EXCEEDED]
    assert await first.offer(who, 1) == [TRUNK_CPS_EXCEEDED]
    for gateway in gateways:
        await gateway.gate.close()


async def test_a_valkey_that_stops_answering_is_waited_for_no_longer_than_said(server: ValkeyServer) -> None:
    gateway = Gateway(server, 0, 0.1)
    await gateway.limits.tell()
    with Redis.from_url(f"redis://127.0.0.1:{server.port}/0") as client:
        client.execute_command("CLIENT", "PAUSE", 1500, "ALL")
        began = time.monotonic()
        assert await gateway.offer(caller(cps=6), 3) == [None, None, TRUNK_CPS_EXCEEDED]
        assert 0.09 < time.monotonic() - began < 1.0
        assert not gateway.limits.shared
    await gateway.gate.close()
