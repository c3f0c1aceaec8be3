"""The ng socket: every cookie answered once in effect, and no datagram that stops the process."""

import select
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kit.length import runs
from trunkline.kit.instant import Instant
from trunkline.protocol.ng.bencode import decode_dict
from trunkline.protocol.ng.command import Delete, Offer, Ping, to_bytes
from trunkline.service.relay.call import Ground
from trunkline.service.relay.call_table import CallTable
from trunkline.service.relay.control import REMEMBERED_S, Control
from trunkline.service.relay.forwarder import Forwarder
from trunkline.service.relay.port_pool import PortPool
from trunkline.service.relay.udp_socket import bound

HOST = "127.0.0.5"
NOW = Instant(100.0)
SDP = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
OFFER = to_bytes(Offer("c", "A", SDP, "t1"))


@dataclass(slots=True)
class Desk:
    control: Control
    table: CallTable
    client: socket.socket

    def ask(self, datagram: bytes, now: Instant = NOW) -> bytes | None:
        """The answer's octets, None when there is none."""
        self.client.send(datagram)
        self.control.receive(now)
        try:
            return self.client.recv(65535)
        except BlockingIOError:
            return None


@pytest.fixture
def desk() -> Iterator[Desk]:
    epoll = select.epoll()
    table = CallTable(Ground(HOST, Forwarder(epoll), PortPool(HOST, (23_000, 23_099), 2.0), lambda: 1), 60.0)
    server, client = bound(HOST, 0), bound(HOST, 0)
    client.connect(server.getsockname())
    yield Desk(Control(server, table, epoll, NOW), table, client)
    table.close(NOW)
    for each in (server, client, epoll):
        each.close()


def test_a_repeated_cookie_is_answered_from_memory(desk: Desk) -> None:
    """Design, decision 17."""
    first = desk.ask(b"1 " + OFFER)
    assert first is not None
    desk.ask(b"2 " + to_bytes(Delete("c", "A")))
    assert desk.ask(b"1 " + OFFER) == first
    assert len(desk.table) == 0


def test_an_error_is_remembered_too(desk: Desk) -> None:
    answer = desk.ask(b"1 " + to_bytes(Delete("c", "A", fatal=True)))
    desk.ask(b"2 " + OFFER)
    assert desk.ask(b"1 " + to_bytes(Delete("c", "A", fatal=True))) == answer
    assert len(desk.table) == 1


def test_the_same_cookie_of_another_client_is_another_command(desk: Desk) -> None:
    desk.ask(b"1 " + OFFER)
    other = bound(HOST, 0)
    other.connect(desk.control.sock.getsockname())
    other.send(b"1 " + to_bytes(Ping()))
    desk.control.receive(NOW)
    assert other.recv(100) == b"1 d6:result4:ponge"
    other.close()


def test_answers_are_forgotten_between_one_and_two_terms(desk: Desk) -> None:
    desk.ask(b"1 " + OFFER)
    desk.ask(b"2 " + to_bytes(Delete("c", "A")))
    desk.control.forget(Instant(NOW + REMEMBERED_S))
    desk.ask(b"1 " + OFFER)
    assert len(desk.table) == 0
    desk.control.forget(Instant(NOW + 2 * REMEMBERED_S))
    desk.ask(b"1 " + OFFER)
    assert len(desk.table) == 1


def test_an_answer_that_fits_no_datagram_is_an_error_that_does(desk: Desk) -> None:
    """Silence would pass for a relay that is down. Each refused line gets a c= line where the session has none."""
    connection = b"c=IN IP4 127.0.0.1\r\n"
    sdp = SDP.replace(connection, b"") + connection + b"m=video 0 RTP/AVP 31\r\n" * 31
    sdp += b"a=" + b"x" * (65_000 - len(sdp)) + b"\r\n"
    answer = desk.ask(b"1 " + to_bytes(Offer("c", "A", sdp, "t1")))
    assert answer is not None
    assert decode_dict(answer, 2)["result"] == b"error"


@pytest.mark.parametrize("body", [b"", b"d", b"de", b"le", b"d7:command4:fly!e", b"\xff" * 40, b"{}"])
def test_a_cookie_is_always_answered(desk: Desk, body: bytes) -> None:
    answer = desk.ask(b"7 " + body)
    assert answer is not None
    assert decode_dict(answer, 2)["result"] == b"error"


@pytest.mark.parametrize("datagram", [b"", b"x", b" de", b"nospace" * 100])
def test_without_a_cookie_there_is_silence_and_a_count(desk: Desk, datagram: bytes) -> None:
    assert desk.ask(datagram) is None
    assert desk.control.anomalies == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=runs(200))
@given(data=st.data())
def test_a_damaged_offer_is_answered_and_raises_nothing(desk: Desk, data: st.DataObject) -> None:
    """goals.md 6: mutated ng."""
    body = bytearray(OFFER)
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(body)))
    assert desk.ask(b"%d " % data.draw(st.integers(0, 10**9)) + bytes(body[:cut] if cut % 3 == 0 else body)) is not None
    desk.table.close(NOW)
