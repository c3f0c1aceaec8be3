"""Goal 11, small version: whatever is wrong with the first target, the call finds the living one at its moment.

Each case is a call in a place of its own towards two targets, a carrier's gateways or a trunk's origination URIs: the
first misbehaves, the second lives. All cases run at once; the tests judge what each saw. The gateway's name server
cannot be set, so that DNS that answers slowly is shown on the fake clock (tests/sim/test_carriers.py); what is dead
here is the name's zone, which nobody serves.
"""

import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from threading import Thread

import pytest

from tests.e2e.peer import Callee, Caller
from tests.e2e.place import Place, Town
from tests.e2e.sip import Wire

pytestmark = pytest.mark.e2e

SIDES = ("carrier", "customer")
AT_ONCE = (0.0, 1.0)
FOUR_SECONDS = (3.9, 5.0)
DNS_DEADLINE = (0.0, 2.5)
STOPS = (404, 486, 603)
PREPARED_S = 40.0
"""All places are prepared at once: how long a first target waits for its call."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one call."""

    waited_s: float | None
    """From the caller's INVITE to that at the living target; None when none came."""
    status: int
    statuses: tuple[int | None, ...]
    """Of the attempts, as recorded."""


Misbehave = Callable[[Wire], None]


def _silent(_wire: Wire) -> None:
    """Hears and says nothing."""


def _answers(status: int) -> Misbehave:
    def answer(wire: Wire) -> None:
        Callee.on(wire, PREPARED_S).refuse(status)

    return answer


def _tries(wire: Wire) -> None:
    """100, nothing for six seconds, then 500."""
    callee = Callee.on(wire, PREPARED_S)
    callee.respond(callee.invite, 100, "Trying")
    time.sleep(6.0)
    callee.refuse(500)


@contextmanager
def _udp(place: Place, misbehave: Misbehave) -> Iterator[str]:
    wire = place.wire(place.host("pbx1"))
    worker = Thread(target=misbehave, args=(wire,))
    worker.start()
    yield f"sip:{place.host('pbx1')}:5060"
    worker.join()


@contextmanager
def _nobody(place: Place, rest: str = "") -> Iterator[str]:
    """The host is there and nothing listens: ICMP for a datagram, a reset for a SYN."""
    yield f"sip:{place.host('pbx1')}:5060{rest}"


@contextmanager
def _reset(place: Place, transport: str = "tcp", answer: bytes = b"") -> Iterator[str]:
    """Accepts a connection, and answers and resets it when something comes."""
    with socket.create_server((place.host("pbx1"), 5060)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            connection.recv(1)
            connection.sendall(answer)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        worker = Thread(target=serve)
        worker.start()
        yield f"sip:{place.host('pbx1')}:5060;transport={transport}"
        worker.join()


@contextmanager
def _dead_zone(place: Place) -> Iterator[str]:
    yield f"sip:{place.name}.nobody.example:5060"


FAILURES: dict[str, tuple[Callable[[Place], AbstractContextManager[str]], tuple[float, float]]] = {
    # What is wrong with the first target, and when the second is asked.
    "dead host": (lambda place: _udp(place, _silent), FOUR_SECONDS),
    "icmp refused": (_nobody, AT_ONCE),
    "tcp refused": (lambda place: _nobody(place, ";transport=tcp"), AT_ONCE),
    "tcp reset": (_reset, AT_ONCE),
    "tls failure": (lambda place: _reset(place, "tls", b"HTTP/1.1 400 Bad Request\r\n\r\n"), AT_ONCE),
    "500": (lambda place: _udp(place, _answers(500)), AT_ONCE),
    "503": (lambda place: _udp(place, _answers(503)), AT_ONCE),
    "408": (lambda place: _udp(place, _answers(408)), AT_ONCE),
    "silent after 100": (lambda place: _udp(place, _tries), (6.0, 7.0)),
    "dead dns": (_dead_zone, DNS_DEADLINE),
}


def _call(town: Town, side: str, first: Callable[[Place], AbstractContextManager[str]], *, stops: bool) -> Seen:
    place = town.place()
    try:
        with first(place) as uri:
            return _called(place, side, uri, stops=stops)
    finally:
        place.close()


def _called(place: Place, side: str, first: str, *, stops: bool) -> Seen:
    second = place.wire(place.host("pbx2"))
    targets = [first, f"sip:{place.host('pbx2')}:5060"]
    if side == "carrier":
        place.open()
        place.town.add_carrier(targets, [place.far])
        caller = place.customer()
    else:
        place.open(uris=targets)
        source = place.host("pbx3")  # the shared carriers' addresses hold one call at a time
        place.town.add_carrier([f"sip:{source}:5060"], [])
        host, port = place.town.gateway
        caller = Caller(place.wire(source), place.far, place.number, f"{host}:{port}")
    time.sleep(1.2)  # a change over REST holds for the next call within a second
    caller.invite(login=place.login if side == "carrier" else None)
    begun = time.monotonic()
    if stops:
        final = caller.expect(*range(300, 700), seconds=8.0)
        caller.ack_failure(final)
        waited_s, status = None, final.status
        second.assert_silence(1.0)
    else:
        callee = Callee.on(second, seconds=12.0)
        waited_s = time.monotonic() - begun
        callee.accept()
        status = caller.established().status
        caller.bye()
        callee.expect_bye()
    statuses = tuple(attempt["sip_status"] for attempt in place.attempts(place.records(1)[0]["sid"]))
    return Seen(waited_s, status, statuses)


Case = tuple[str, str]


@pytest.fixture(scope="module")
def seen(town: Town) -> Iterator[dict[Case, "Future[Seen]"]]:
    """Every case under way."""
    with ThreadPoolExecutor(len(SIDES) * (len(FAILURES) + len(STOPS))) as pool:
        yield {
            **{
                (side, name): pool.submit(_call, town, side, first, stops=False)
                for side in SIDES
                for name, (first, _) in FAILURES.items()
            },
            **{
                (side, str(status)): pool.submit(_call, town, side, _stopping(status), stops=True)
                for side in SIDES
                for status in STOPS
            },
        }


def _stopping(status: int) -> Callable[[Place], AbstractContextManager[str]]:
    return lambda place: _udp(place, _answers(status))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", FAILURES)
def test_goal_11_the_next_target_is_asked_at_its_moment_and_takes_the_call(
    seen: dict[Case, "Future[Seen]"], side: str, name: str
) -> None:
    found = seen[side, name].result(timeout=60)
    earliest, latest = FAILURES[name][1]
    assert found.waited_s is not None
    assert earliest <= found.waited_s <= latest, found
    assert found.status == 200
    assert len(found.statuses) == 2
    assert found.statuses[1] == 200


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("status", STOPS)
def test_goal_11_no_other_target_is_asked_on_a_stop_code(
    seen: dict[Case, "Future[Seen]"], side: str, status: int
) -> None:
    found = seen[side, str(status)].result(timeout=60)
    assert found == Seen(None, status, (status,))
