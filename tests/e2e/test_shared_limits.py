"""Decision 7 on the running service: two gateways that share limits through Valkey, and what happens when it goes."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.e2e.peer import Caller
from tests.e2e.place import Place
from tests.e2e.test_limits import UNLIMITED, TwinTown, call, limit, refusal
from tests.interop.port import PortBlock
from tests.interop.service import Trunkline
from tests.interop.valkey import ValkeyServer

pytestmark = pytest.mark.e2e

ADMITTED = ("SIP/2.0 503 Service Unavailable", "32016 No ringing or answer from the carrier")
OVER = ("SIP/2.0 503 Trunk CPS limit exceeded", "32001 Trunk CPS limit exceeded")


class SharedTown(TwinTown):
    """Two gateways and their Valkey."""

    def __init__(self, service: Trunkline, second: int, valkey: ValkeyServer) -> None:
        super().__init__(service, second)
        self.valkey = valkey

    def told(self, event: str) -> int:
        return sum(json.loads(line)["event"] == event for line in self.log.splitlines() if event in line)

    def wait_told(self, event: str, times: int) -> None:
        deadline = time.monotonic() + 10
        while self.told(event) < times:
            assert time.monotonic() < deadline, self.log[-3000:]
            time.sleep(0.05)


@pytest.fixture(scope="module")
def shared_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedTown]:
    ports = PortBlock()
    first, second = (ports.take(2, even=True) for _ in "12")
    with ValkeyServer(ports.take(1), tmp_path_factory.mktemp("valkey")) as valkey:
        extra = {
            "TRUNKLINE_SIP_BIND": f"127.0.0.1:{first},127.0.0.1:{second}",
            "TRUNKLINE_VALKEY_URL": valkey.url,
        }
        service = Trunkline(tmp_path_factory.mktemp("shared"), ports, extra)
        service.sip_port = first
        with service:
            yield SharedTown(service, second, valkey)
    ports.release()


@pytest.fixture
def place(shared_town: SharedTown) -> Iterator[Place]:
    place = shared_town.place().open()
    yield place
    limit(shared_town, **UNLIMITED)
    place.close()


def burst(town: SharedTown, place: Place, at_first: int, at_second: int) -> list[tuple[str, str]]:
    """Calls at once; nobody is at the carrier's, so one that is admitted ends there."""
    first = town.gateway
    callers: list[Caller] = [call(place) for _ in range(at_first)]
    town.gateway = town.second
    try:
        callers += [call(place) for _ in range(at_second)]
    finally:
        town.gateway = first
    return sorted(refusal(caller) for caller in callers)


def test_decision_7_shared_then_tightened_then_shared_again(shared_town: SharedTown, place: Place) -> None:
    """Four a second: four at one gateway, none left at the other; without Valkey two at each, of three that come."""
    town = shared_town
    town.wait_told("limits are shared through Valkey", 2)
    limit(town, Cps="4")
    assert burst(town, place, 4, 0) == [ADMITTED] * 4
    time.sleep(1.1)
    assert burst(town, place, 3, 3) == sorted([ADMITTED] * 4 + [OVER] * 2)
    town.valkey.kill()
    town.wait_told("Valkey is away: limits are this gateway's share", 2)
    time.sleep(1.1)
    assert burst(town, place, 3, 3) == sorted([ADMITTED] * 4 + [OVER] * 2)
    time.sleep(1.1)
    assert burst(town, place, 4, 0) == sorted([ADMITTED] * 2 + [OVER] * 2)
    town.valkey.start()
    town.wait_told("limits are shared through Valkey", 4)
    time.sleep(1.1)
    assert burst(town, place, 4, 0) == [ADMITTED] * 4


def test_row_41_calls_at_once_are_counted_over_both_gateways(shared_town: SharedTown, place: Place) -> None:
    town = shared_town
    limit(town, Concurrent="1")
    full = ("SIP/2.0 503 Trunk concurrent call limit exceeded", "10004 Concurrent call limit exceeded")
    with place.call_out() as (caller, callee):
        assert burst(town, place, 0, 1) == [full]
        caller.bye()
        callee.expect_bye()
    time.sleep(0.5)
    place.forget_wires()
    assert burst(town, place, 0, 1) == [ADMITTED]
