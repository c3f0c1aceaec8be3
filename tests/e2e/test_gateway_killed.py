"""`kill -9` of the gateway on the wire: live calls go on, audio does not stop, every call leaves one right record."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

import pytest

from tests.e2e.peer import Callee, Caller
from tests.e2e.place import Place, Town
from tests.e2e.rtp import heard, rtp_socket, say
from tests.e2e.sip import Wire
from tests.interop.port import PortBlock
from tests.interop.service import Trunkline

pytestmark = pytest.mark.e2e

CALLS = 50


@pytest.fixture(scope="module")
def own_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A service of this file's own: others would not like what happens to it."""
    ports = PortBlock()
    with Trunkline(tmp_path_factory.mktemp("killed"), ports) as service:
        yield Town(service)
    ports.release()


@dataclass
class Talk:
    """One call that is up, with the audio sockets of both ends."""

    caller: Caller
    callee: Callee
    near: socket.socket
    far: socket.socket
    answered_at: float
    ended_at: float = 0.0

    @classmethod
    def begin(cls, place: Place, carrier: Wire, number: int, sockets: ExitStack) -> "Talk":
        caller = place.customer()
        caller.rtp_port = port = 40000 + 2 * number
        near = sockets.enter_context(rtp_socket(place.customer_host, port))
        far = sockets.enter_context(rtp_socket(place.carrier_host, port))
        caller.invite(login=place.login)
        callee = Callee.on(carrier, rtp_port=port)
        callee.ring()
        callee.answer()
        caller.established()
        callee.expect("ACK")
        return cls(caller, callee, near, far, time.time())

    def assert_audible(self, word: str) -> None:
        """Both ways."""
        for source, target, answer in (
            (self.near, self.far, self.caller.answered),
            (self.far, self.near, self.callee.invite),
        ):
            payload = f"{word} {self.caller.rtp_port}".encode()
            say(source, answer.rtp(), payload)
            found = heard(target)
            assert found is not None, f"silence at {word} in call {self.caller.rtp_port}"
            assert found[0] == payload

    def answer_probes(self) -> None:
        """The gateway asks both ends whether the call still stands."""
        for end in (self.caller, self.callee):
            end.respond(end.expect("OPTIONS", seconds=8.0), 200, "OK")

    def hang_up(self, by_caller: bool) -> None:
        ends = (self.caller, self.callee) if by_caller else (self.callee, self.caller)
        self.ended_at = time.time()
        ends[0].bye()
        ends[1].expect_bye(3.0)


def test_fifty_live_calls_survive_the_gateway(own_town: Town) -> None:
    """Goals rows 9 and 10: no audio gap, BYE from either side works within 3 s, 50 right records."""
    place = own_town.place().open()
    service = own_town.service
    with ExitStack() as sockets:
        carrier = place.carrier()
        talks = [Talk.begin(place, carrier, number, sockets) for number in range(CALLS)]
        for talk in talks:
            talk.assert_audible("before")
        former = service.kill("gateway")
        for talk in talks:
            talk.assert_audible("dead")
        service.wait_restarted("gateway", former)
        for talk in talks:
            talk.answer_probes()
            talk.assert_audible("after")
        for number, talk in enumerate(talks):
            talk.hang_up(by_caller=number % 2 == 0)
    rows = {row["inbound_sip_call_id"]: row for row in place.records(CALLS)}
    assert len(rows) == CALLS
    for number, talk in enumerate(talks):
        row = rows[talk.caller.call_id]
        assert row["cause"] == ("caller_hung_up" if number % 2 == 0 else "callee_hung_up")
        assert not row["interrupted"]
        assert row["outbound_sip_call_id"] == talk.callee.call_id
        answered, released = (
            datetime.fromisoformat(str(row[name]).replace(" ", "T")) for name in ("answered_at", "released_at")
        )
        assert (released - answered).total_seconds() == pytest.approx(talk.ended_at - talk.answered_at, abs=1.0)
    place.close()


def test_a_call_that_rings_is_ended_on_both_sides(own_town: Town) -> None:
    """Design, decision 8: CANCEL to who is being rung, 503 to who calls, one interrupted record."""
    place = own_town.place().open()
    caller = place.customer()
    carrier = place.carrier()
    caller.invite(login=place.login)
    callee = Callee.on(carrier)
    callee.ring()
    caller.expect(180)
    former = own_town.service.kill("gateway")
    own_town.service.wait_restarted("gateway", former)
    cancel = callee.expect("CANCEL")
    callee.respond(cancel, 200, "OK")
    callee.refuse(487, "Request Terminated")
    caller.refused(503)
    record = place.record()
    assert (record["cause"], record["interrupted"], record["status"]) == ("interrupted", 1, "failed")
    place.close()


def test_the_journal_names_the_process_that_holds_it(own_town: Town) -> None:
    """One directory for each gateway, locked."""
    journal = own_town.service.home / "home" / "journal"
    locks = list(journal.rglob("lock"))
    assert len(locks) == 1
    assert str(own_town.service.pid("gateway")) in locks[0].read_text()
