"""The ng client on virtual time: repetition, deadline, several relays, and what arrives late, twice or damaged."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.shell.virtual_loop import run
from trunkline.platform.media.ng_client import DEADLINE_S, PING_S, NgClient, NgResult, RelayDown
from trunkline.protocol.ng.answer import Ok, Refused
from trunkline.protocol.ng.bencode import BInput, BValue
from trunkline.protocol.ng.datagram import body_of, build, cookie_of

HOST = "127.0.0.7"
SDP = b"v=0\r\n"
START = 1000.0


class FakeRelay:
    """A socket where commands arrive; the test answers them, or does not."""

    def __init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((HOST, 0))
        self.sock.setblocking(False)
        self.address: tuple[str, int] = self.sock.getsockname()

    def next(self) -> tuple[bytes, dict[str, BValue]] | None:
        """The cookie and body of the next command."""
        try:
            datagram, self._client = self.sock.recvfrom(65535)
        except BlockingIOError:
            return None
        cookie = cookie_of(datagram)
        return cookie, body_of(datagram, cookie)

    def take(self, command: str) -> bytes:
        """The cookie of the next command, which must be this one."""
        arrived = self.next()
        assert arrived is not None
        assert arrived[1]["command"] == command.encode()
        return arrived[0]

    def answer(self, cookie: bytes, body: dict[str, BInput]) -> None:
        self.sock.sendto(build(cookie, body), self._client)


@contextmanager
def _client(*relays: FakeRelay) -> Iterator[NgClient]:
    """With the first pings answered."""
    client = NgClient(asyncio.get_running_loop(), [relay.address for relay in relays], "gateway")
    for relay in relays:
        relay.answer(relay.take("ping"), {"result": "pong"})
    try:
        yield client
    finally:
        client.close()
        for relay in relays:
            relay.sock.close()


def test_an_answer_reaches_its_callback_once() -> None:
    async def scene() -> None:
        relay, results = FakeRelay(), list[NgResult]()
        with _client(relay) as client:
            client.offer("c", "A", "t1", SDP, results.append)
            cookie = relay.take("offer")
            relay.answer(b"somebody-else_1", {"result": "ok"})
            relay.sock.sendto(cookie + b" d6:result", relay._client)
            relay.answer(cookie, {"result": "ok", "sdp": b"rewritten"})
            relay.answer(cookie, {"result": "ok", "sdp": b"twice"})
            await _settle()
            assert [result.sdp for result in results if isinstance(result, Ok)] == [b"rewritten"]
            assert len(results) == 1
            assert len(client) == 0

    run(scene)


def test_a_refusal_is_a_value() -> None:
    async def scene() -> None:
        relay, results = FakeRelay(), list[NgResult]()
        with _client(relay) as client:
            client.answer("c", "A", "t1", SDP, results.append)
            relay.answer(relay.take("answer"), {"result": "error", "error-reason": "Unknown call-id"})
            await _settle()
            assert results == [Refused("Unknown call-id")]

    run(scene)


def test_the_same_cookie_is_repeated_at_its_instants_and_then_the_relay_is_down() -> None:
    """0, 0.25, 0.75, 1.75 s; given up at 2 s."""

    async def scene() -> None:
        relay, results = FakeRelay(), list[tuple[float, NgResult]]()
        loop = asyncio.get_running_loop()
        with _client(relay) as client:
            await _settle()
            client.query("c", lambda result: results.append((loop.time(), result)))
            sent = []
            cookies = set()

            def arrived() -> None:
                datagram = relay.next()
                assert datagram is not None
                sent.append(loop.time() - START)
                cookies.add(datagram[0])

            loop.add_reader(relay.sock, arrived)
            await asyncio.sleep(DEADLINE_S + 0.5)
            loop.remove_reader(relay.sock)
            assert sent == [0.0, 0.25, 0.75, 1.75]
            assert len(cookies) == 1
            assert results == [(START + DEADLINE_S, RelayDown(relay.address))]
            assert not client.relays[0].is_up
            later_results = list[NgResult]()
            client.offer("c2", "A", "t1", SDP, later_results.append)
            assert later_results == [RelayDown(None)]

    run(scene)


def test_a_relay_is_up_again_when_it_answers_a_ping() -> None:
    async def scene() -> None:
        relay = FakeRelay()
        with _client(relay) as client:
            await asyncio.sleep(PING_S + DEADLINE_S + 0.1)
            assert not client.relays[0].is_up
            while (arrived := relay.next()) is not None:
                relay.answer(arrived[0], {"result": "pong"})
            await asyncio.sleep(PING_S - DEADLINE_S)
            while (arrived := relay.next()) is not None:
                relay.answer(arrived[0], {"result": "pong"})
            await _settle()
            assert client.relays[0].is_up

    run(scene)


def test_calls_go_to_the_relay_with_the_fewest_and_stay_there() -> None:
    async def scene() -> None:
        one, other = FakeRelay(), FakeRelay()
        with _client(one, other) as client:
            for call in ("c1", "c2", "c3"):
                client.offer(call, "A", "t1", SDP, _ignore)
            assert [client.relay_of(call) for call in ("c1", "c2", "c3")] == [one.address, other.address, one.address]
            client.answer("c2", "A", "t1", SDP, _ignore)
            client.query("c2", _ignore)
            client.delete_attempt("c2", "t1", _ignore)
            client.delete_call("c2", "A", _ignore)
            assert [other.take(verb) for verb in ("offer", "answer", "query", "delete", "delete")]
            assert client.relay_of("c2") is None
            assert [relay.calls for relay in client.relays] == [2, 0]

    run(scene)


def test_a_new_call_avoids_a_relay_that_is_down_and_an_old_one_is_not_moved() -> None:
    async def scene() -> None:
        one, other = FakeRelay(), FakeRelay()
        with _client(one, other) as client:
            client.offer("old", "A", "t1", SDP, _ignore)
            await asyncio.sleep(1)
            _answer_pings(other)
            await asyncio.sleep(DEADLINE_S)
            assert [relay.is_up for relay in client.relays] == [False, True]
            client.offer("new", "A", "t1", SDP, _ignore)
            client.offer("newer", "A", "t1", SDP, _ignore)
            assert {client.relay_of("new"), client.relay_of("newer")} == {other.address}
            assert client.relay_of("old") == one.address

    run(scene)


def test_a_call_from_the_journal_is_placed_where_it_was() -> None:
    async def scene() -> None:
        one, other = FakeRelay(), FakeRelay()
        with _client(one, other) as client:
            client.place("kept", other.address)
            client.place("kept", one.address)
            client.place("elsewhere", ("192.0.2.1", 1))
            assert client.relay_of("kept") == other.address
            assert client.relay_of("elsewhere") is None
            assert [relay.calls for relay in client.relays] == [0, 1]

    run(scene)


def test_two_clients_of_one_name_never_share_a_cookie() -> None:
    """A restarted gateway: rtpengine would give the answer of before."""

    async def scene() -> None:
        cookies = set()
        for _ in range(2):
            relay = FakeRelay()
            with _client(relay) as client:
                client.query("c", _ignore)
                cookies.add(relay.take("query"))
        assert len(cookies) == 2

    run(scene)


def test_a_relay_that_refuses_datagrams_is_down_at_the_deadline_and_costs_no_exception() -> None:
    """ICMP port unreachable comes back on the connected socket."""

    async def scene() -> None:
        relay, results = FakeRelay(), list[NgResult]()
        with _client(relay) as client:
            relay.sock.close()
            client.query("c", results.append)
            client.query("c", results.append)
            await asyncio.sleep(DEADLINE_S + 0.1)
            assert results == [RelayDown(relay.address)] * 2

    run(scene)


def test_a_closed_client_calls_nobody_back() -> None:
    async def scene() -> None:
        relay, results = FakeRelay(), list[NgResult]()
        with _client(relay) as client:
            client.query("c", results.append)
        await asyncio.sleep(DEADLINE_S + 1)
        assert results == []

    run(scene)


def test_what_fits_no_datagram_is_refused_and_the_relay_is_not_blamed() -> None:
    """A caller's SDP of 65,000 octets over TCP took the relay from everybody for as long as a ping takes."""

    async def scene() -> None:
        relay, results = FakeRelay(), list[NgResult]()
        with _client(relay) as client:
            client.offer("c", "A", "t1", b"v=0" + bytes(65_400), results.append)
            assert results == [Refused("larger than a datagram")]
            await asyncio.sleep(DEADLINE_S + 0.1)
            assert client.relays[0].is_up
            assert len(client) == 0

    run(scene)


def test_a_delete_that_a_relay_was_not_there_for_is_told_again() -> None:
    """Goals, row 3: nobody else would give the ports back; with rtpengine not before a day has passed."""

    async def scene() -> None:
        relay, results = FakeRelay(), list[NgResult]()
        with _client(relay) as client:
            for at in range(20):
                client.offer(f"c{at}", "A", "t1", SDP, _ignore)
                client.delete_call(f"c{at}", "A", results.append)
            await asyncio.sleep(DEADLINE_S + 0.1)
            assert results == [RelayDown(relay.address)] * 20
            while relay.next() is not None:
                pass
            await asyncio.sleep(PING_S - DEADLINE_S)
            _answer_pings(relay)
            await _settle()
            deleted = []
            while (arrived := relay.next()) is not None:
                assert arrived[1]["command"] == b"delete"
                deleted.append(arrived[1]["call-id"])
                relay.answer(arrived[0], {"result": "ok", "warning": "unknown"})
                await _settle()
            assert len(deleted) == 20
            assert all(f"c{at}".encode() in deleted for at in range(20))
            assert len(results) == 20
            assert not client.relays[0].owed

    run(scene)


def test_a_relay_that_goes_away_again_is_still_owed_its_deletes() -> None:
    async def scene() -> None:
        relay = FakeRelay()
        with _client(relay) as client:
            client.offer("c", "A", "t1", SDP, _ignore)
            client.delete_call("c", "A", _ignore)
            await asyncio.sleep(DEADLINE_S + 0.1)
            assert list(client.relays[0].owed) == ["c"]
            while relay.next() is not None:
                pass
            await asyncio.sleep(PING_S - DEADLINE_S)
            _answer_pings(relay)
            await _settle()
            assert not client.relays[0].owed
            await asyncio.sleep(DEADLINE_S + 0.1)
            assert list(client.relays[0].owed) == ["c"]

    run(scene)


async def _settle() -> None:
    """Lets the loop read what has arrived; no time passes."""
    for _ in range(5):
        await asyncio.sleep(0)


def _answer_pings(relay: FakeRelay) -> None:
    while (arrived := relay.next()) is not None:
        relay.answer(arrived[0], {"result": "pong"})


def _ignore(_result: NgResult) -> None:
    """The test looks at what was sent."""
