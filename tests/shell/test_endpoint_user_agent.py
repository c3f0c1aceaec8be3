"""Two real user agents through two real endpoints over loopback: the stairs from octets to events and back."""

import asyncio
from collections.abc import Callable

import pytest

from tests.shell.fake_ua import Opened, closed_port, run_on
from trunkline.kit.instant import Instant
from trunkline.platform.setting.clock import now
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.sipnet.endpoint import SipEndpoint
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.ua.event import RequestArrived, ResponseArrived
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.protocol.sip.ua.user_agent import UserAgent


class Silent:
    def anomaly(self, kind: str, flow: Flow, detail: str) -> None:
        raise AssertionError(f"{kind} {flow} {detail}")


class Side:
    """One user agent, its endpoint, and the answers that it got."""

    def __init__(self, clock: Callable[[], Instant] = now) -> None:
        self.ua = UserAgent(RandomIds(), LocalAddress("127.0.0.1", 5060), Silent())
        self.endpoint = SipEndpoint(self.ua, self.on_event, clock=clock)
        self.answers: dict[object, int] = {}
        self.answered = asyncio.Event()
        self.clock = clock

    def on_event(self, event: object) -> None:
        if isinstance(event, RequestArrived):
            self.ua.respond(event.transaction, 200, self.clock())
        elif isinstance(event, ResponseArrived):
            self.answers[event.owner] = 0 if event.response is None else event.response.status
            self.answered.set()

    def ask(self, flow: Flow, owner: object) -> None:
        self.ua.request("OPTIONS", "sip:127.0.0.1", flow, owner, self.clock())
        self.endpoint.pump()

    async def heard(self, count: int) -> None:
        while len(self.answers) < count:
            self.answered.clear()
            await self.answered.wait()


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_options_are_answered_through_the_whole_stack(loop: str, transport: str) -> None:
    """Row 28."""

    async def test() -> None:
        caller, callee = Side(), Side()
        with Opened(caller.endpoint, transport), Opened(callee.endpoint, transport) as address:
            for number in range(50):
                caller.ask(Flow(transport, *address), number)
            await caller.heard(50)
            assert set(caller.answers.values()) == {200}
            assert caller.endpoint.connections == (1 if transport == "TCP" else 0)
            assert caller.endpoint.counters.bugs == callee.endpoint.counters.bugs == 0
            if transport == "TCP":
                assert caller.ua.transaction_count == callee.ua.transaction_count == 0

    run_on(loop, test)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_refused_options_fail_at_once_and_the_next_peer_is_reached(loop: str, transport: str) -> None:
    """Goal 11: ICMP refused and TCP refused."""

    async def test() -> None:
        caller, callee = Side(), Side()
        with Opened(caller.endpoint, transport), Opened(callee.endpoint, transport) as address:
            caller.ask(Flow(transport, "127.0.0.9", closed_port()), "dead")
            await caller.heard(1)
            caller.ask(Flow(transport, *address), "alive")
            await caller.heard(2)
            assert caller.answers == {"dead": 0, "alive": 200}

    run_on(loop, test)
