"""The pump over TCP, on loopback sockets: framing, both directions, and peers that stall."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest

from tests.shell.fake_ua import FakeUa, Opened, closed_port, echo, loop_clock, readable, run_on, sip
from trunkline.platform.sipnet.endpoint import SipEndpoint
from trunkline.platform.sipnet.stream import StreamLimits
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit

both = pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
ANSWER = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"


def no_event(event: object) -> None:
    raise AssertionError(f"unexpected {event}")


@contextlib.contextmanager
def caller(address: tuple[str, int], source: str = "127.0.0.1") -> Iterator[socket.socket]:
    """A connection to the endpoint; over loopback connecting never waits."""
    with socket.socket() as peer:
        peer.bind((source, 0))
        peer.connect(address)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.setblocking(False)
        yield peer


@contextlib.contextmanager
def listener(backlog: int = 16) -> Iterator[socket.socket]:
    with socket.socket() as peer:
        peer.bind(("127.0.0.1", 0))
        peer.listen(backlog)
        peer.setblocking(False)
        yield peer


async def accepted(peer: socket.socket) -> socket.socket:
    await readable(peer)
    sock, _ = peer.accept()
    sock.setblocking(False)
    return sock


async def octets(peer: socket.socket, count: int) -> bytes:
    got = bytearray()
    while len(got) < count:
        await readable(peer)
        data = peer.recv(65536)
        assert data, f"closed after {len(got)} octets"
        got += data
    return bytes(got)


async def closed(peer: socket.socket) -> bool:
    """Waits for the end of a connection, whatever is still to be read."""
    while True:
        await readable(peer)
        try:
            if not peer.recv(65536):
                return True
        except ConnectionError:
            return True


@both
def test_message_split_at_every_octet_is_handed_up_whole(loop: str) -> None:
    """Goal 5: TCP split at every octet."""
    message = sip("v=0\r\n")

    async def test() -> None:
        ua = FakeUa(echo)
        endpoint = SipEndpoint(ua, no_event)
        with Opened(endpoint, "TCP") as address, caller(address) as peer:
            for cut in range(1, len(message)):
                peer.send(message[:cut])
                await asyncio.sleep(0)
                peer.send(message[cut:])
                assert await octets(peer, len(ANSWER)) == ANSWER
            for octet in message:
                peer.send(bytes([octet]))
                await asyncio.sleep(0)
            assert await octets(peer, len(ANSWER)) == ANSWER
            peer.send(message * 3)
            assert await octets(peer, 3 * len(ANSWER)) == 3 * ANSWER
            assert {data for data, _ in ua.received} == {message}
            assert len(ua.received) == len(message) + 3
            assert {flow for _, flow in ua.received} == {Flow("TCP", "127.0.0.1", peer.getsockname()[1], 1)}

    run_on(loop, test)


@both
def test_crlf_keepalive_is_answered(loop: str) -> None:
    """Row 89 and RFC 5626 section 4.4.1."""

    async def test() -> None:
        ua = FakeUa(echo)
        endpoint = SipEndpoint(ua, no_event)
        with Opened(endpoint, "TCP") as address, caller(address) as peer:
            peer.send(b"\r\n\r\n")
            assert await octets(peer, 2) == b"\r\n"
            peer.send(b"\r\n\r\n" + sip() + b"\r\n\r\n")
            assert await octets(peer, 4 + len(ANSWER)) == b"\r\n\r\n" + ANSWER
            assert endpoint.counters.keepalives == 3

    run_on(loop, test)


@both
def test_connection_is_opened_once_and_used_again(loop: str) -> None:
    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event)
        with Opened(endpoint, "TCP"), listener() as carrier:
            flow = Flow("TCP", *carrier.getsockname())
            ua.outputs += [Transmit(flow, sip("1")), Transmit(flow, sip("2"))]
            endpoint.pump()
            with await accepted(carrier) as peer:
                assert peer.getpeername()[0] == "127.0.0.1", "from the listener's own address"
                assert await octets(peer, 2 * len(sip("1"))) == sip("1") + sip("2")
                ua.outputs.append(Transmit(flow, sip("3")))
                endpoint.pump()
                assert await octets(peer, len(sip("3"))) == sip("3")
                peer.send(ANSWER)
                await ua.until(lambda: bool(ua.received))
                ((_, back),) = ua.received
                assert (back.address, back.port) == (flow.address, flow.port)
                assert back.connection
                ua.outputs.append(Transmit(back, sip("4")))
                endpoint.pump()
                assert await octets(peer, len(sip("4"))) == sip("4")
                assert (endpoint.counters.opened, endpoint.connections) == (1, 1)
            await ua.until(lambda: bool(ua.failed))
            assert ua.failed == [(back, "closed by peer")]
            ua.outputs.append(Transmit(back, sip("5")))
            endpoint.pump()
            assert ua.failed[1:] == [(back, "connection is gone")]

    run_on(loop, test)


@both
def test_refused_connection_is_told(loop: str) -> None:
    """Goal 11: TCP refused."""

    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event)
        with Opened(endpoint, "TCP"):
            flow = Flow("TCP", "127.0.0.9", closed_port())
            ua.outputs.append(Transmit(flow, sip()))
            endpoint.pump()
            await ua.until(lambda: bool(ua.failed))
            assert ua.failed == [(flow, "Connection refused")]
            assert endpoint.connections == 0

    run_on(loop, test)


@both
def test_reset_connection_is_told(loop: str) -> None:
    """Goal 11: TCP reset."""

    async def test() -> None:
        ua = FakeUa(echo)
        endpoint = SipEndpoint(ua, no_event)
        with Opened(endpoint, "TCP") as address, caller(address) as peer:
            peer.send(sip())
            await octets(peer, len(ANSWER))
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            peer.close()
            await ua.until(lambda: bool(ua.failed))
            assert ua.failed == [(ua.received[0][1], "Connection reset by peer")]
            assert endpoint.connections == 0

    run_on(loop, test)


def test_host_that_does_not_answer_fails_after_four_seconds() -> None:
    """Row 55: connecting counts into the 4 s. A full backlog swallows our SYN."""

    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event, clock=loop_clock)
        with Opened(endpoint, "TCP"), listener(0) as dead, caller(dead.getsockname()):
            flow = Flow("TCP", *dead.getsockname())
            start = loop_clock()
            ua.outputs.append(Transmit(flow, sip()))
            endpoint.pump()
            assert endpoint.connections == 1
            await ua.until(lambda: bool(ua.failed))
            assert ua.failed == [(flow, "no connection in time")]
            assert round(loop_clock() - start, 3) == 4.0
            assert endpoint.connections == 0

    run_on("virtual", test)


@both
def test_peer_that_does_not_read_is_disconnected_and_harms_nobody(loop: str) -> None:
    async def test() -> None:
        ua = FakeUa(echo)
        limits = StreamLimits(unsent=100_000)
        endpoint = SipEndpoint(ua, no_event, limits=limits)
        with Opened(endpoint, "TCP") as address, caller(address) as stalled, caller(address) as other:
            stalled.send(sip())
            await ua.until(lambda: len(ua.received) == 1)
            flow = ua.received[0][1]
            for _ in range(2000):
                if ua.failed:
                    break
                ua.outputs.append(Transmit(flow, sip("x" * 60_000)))
                endpoint.pump()
            assert ua.failed == [(flow, "peer does not read")]
            other.send(sip())
            assert await octets(other, len(ANSWER)) == ANSWER

    run_on(loop, test)


@both
def test_slow_reader_gets_everything_in_order(loop: str) -> None:
    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event, limits=StreamLimits(unsent=50_000_000))
        with Opened(endpoint, "TCP") as address, caller(address) as peer:
            peer.send(sip())
            await ua.until(lambda: len(ua.received) == 1)
            messages = [sip(str(number) * 9000) for number in range(200)]
            ua.outputs.extend(Transmit(ua.received[0][1], message) for message in messages)
            endpoint.pump()
            expected = b"".join(messages)
            assert await octets(peer, len(expected)) == expected
            assert ua.failed == []

    run_on(loop, test)


@pytest.mark.parametrize(
    ("says", "ends_after", "reason"),
    [
        (b"", 30, "nothing said"),
        (sip()[:-10], 10, "message not finished in time"),
        (sip() + b"INVITE", 10, "message not finished in time"),
        (sip(), 600, "idle"),
    ],
    ids=["silent", "partial", "partial after a whole one", "idle"],
)
def test_connection_that_is_overdue_is_closed(says: bytes, ends_after: float, reason: str) -> None:
    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event, clock=loop_clock)
        with Opened(endpoint, "TCP") as address, caller(address) as peer:
            start = loop_clock()
            if says:
                peer.send(says)
            assert await closed(peer)
            assert ends_after <= loop_clock() - start <= ends_after + 1.1
            assert [error for _, error in ua.failed] == [reason]
            assert endpoint.connections == 0

    run_on("virtual", test)


def test_slow_sender_cannot_stretch_one_message() -> None:
    """An octet now and then is activity, yet the message has to be whole in time."""

    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event, clock=loop_clock)
        with Opened(endpoint, "TCP") as address, caller(address) as peer:
            start = loop_clock()
            with contextlib.suppress(ConnectionError):
                for octet in sip("x" * 100):
                    peer.send(bytes([octet]))
                    await asyncio.sleep(0.5)
            assert [error for _, error in ua.failed] == ["message not finished in time"]
            assert loop_clock() - start <= 12

    run_on("virtual", test)


def test_idle_connection_of_a_live_dialog_is_kept() -> None:
    async def test() -> None:
        ua = FakeUa()
        live: set[Flow] = set()
        endpoint = SipEndpoint(ua, no_event, clock=loop_clock, in_use=lambda: live)
        with Opened(endpoint, "TCP") as address, caller(address) as peer:
            peer.send(sip())
            await ua.until(lambda: bool(ua.received))
            live.add(ua.received[0][1])
            await asyncio.sleep(3000)
            assert endpoint.connections == 1
            live.clear()
            live.add(ua.received[0][1].unconnected())
            await asyncio.sleep(3000)
            assert endpoint.connections == 1
            live.clear()
            await asyncio.sleep(602)
            assert endpoint.connections == 0

    run_on("virtual", test)


@pytest.mark.parametrize("junk", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01" + b"x" * 70_000])
def test_stream_that_cannot_be_followed_is_closed(junk: bytes) -> None:
    """Section 18.3; what came whole before it counts."""

    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event)
        with Opened(endpoint, "TCP") as address, caller(address) as peer:
            peer.send(sip() + junk[:60_000])
            with contextlib.suppress(OSError):
                peer.send(junk[60_000:])
            assert await closed(peer)
            assert [data for data, _ in ua.received] == [sip()]
            assert endpoint.counters.unframeable == 1
            assert len(endpoint.stream_guard) == 1

    run_on("asyncio", test)


def test_one_source_cannot_take_all_connections() -> None:
    async def test() -> None:
        ua = FakeUa(echo)
        endpoint = SipEndpoint(ua, no_event, limits=StreamLimits(per_source=3, total=5))
        with Opened(endpoint, "TCP") as address, contextlib.ExitStack() as stack:
            greedy = [stack.enter_context(caller(address, "127.0.0.2")) for _ in range(5)]
            assert await closed(greedy[3])
            assert await closed(greedy[4])
            honest = [stack.enter_context(caller(address, "127.0.0.3")) for _ in range(3)]
            assert await closed(honest[2])
            for peer in (*greedy[:3], *honest[:2]):
                peer.send(sip())
                assert await octets(peer, len(ANSWER)) == ANSWER
            assert (endpoint.connections, endpoint.counters.turned_away) == (5, 3)
            greedy[0].close()
            await ua.until(lambda: endpoint.connections == 4)
            with caller(address, "127.0.0.2") as again:
                again.send(sip())
                assert await octets(again, len(ANSWER)) == ANSWER

    run_on("asyncio", test)


def test_callers_cannot_take_the_room_of_our_own_connections() -> None:
    """Goals, 14: what callers hold must not keep calls from leaving over TCP and TLS."""

    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event, limits=StreamLimits(total=2))
        with Opened(endpoint, "TCP") as address, contextlib.ExitStack() as stack, listener() as far:
            for _ in range(2):
                stack.enter_context(caller(address)).send(sip())
            await ua.until(lambda: len(ua.received) == 2)
            ua.outputs.append(Transmit(Flow("TCP", *far.getsockname()), sip()))
            endpoint.pump()
            with await accepted(far) as peer:
                assert await octets(peer, len(sip())) == sip()
            assert not ua.failed

    run_on("asyncio", test)


def test_keep_alives_by_the_thousand_are_answered_in_one_piece() -> None:
    """RFC 5626 section 4.4.1, goals 14: 64 kB of CRLF must not cost 16,384 writes."""

    async def test() -> None:
        endpoint = SipEndpoint(FakeUa(), no_event)
        with Opened(endpoint, "TCP") as address, caller(address) as peer:
            peer.send(b"\r\n\r\n" * 8000)
            assert await octets(peer, 16000) == b"\r\n" * 8000
            assert endpoint.counters.keepalives == 8000

    run_on("asyncio", test)


def test_source_in_debt_cannot_connect() -> None:
    async def test() -> None:
        endpoint = SipEndpoint(FakeUa(), no_event, clock=loop_clock)
        for _ in range(20):
            endpoint.stream_guard.blame("127.0.0.1", loop_clock())
        with Opened(endpoint, "TCP") as address, caller(address) as peer:
            assert await closed(peer)
            assert endpoint.counters.turned_away == 1

    run_on("virtual", test)


def test_datagrams_in_its_name_do_not_keep_a_caller_from_connecting() -> None:
    """Goals, 14: the source of a datagram can be forged, that of a connection cannot."""

    async def test() -> None:
        endpoint = SipEndpoint(FakeUa(echo), no_event, clock=loop_clock)
        for _ in range(30):
            endpoint.receive(b"junk", Flow("UDP", "127.0.0.1", 5060))
        assert endpoint.guard.in_debt("127.0.0.1", loop_clock())
        with Opened(endpoint, "TCP") as address, caller(address) as peer:
            peer.send(sip())
            assert await octets(peer, len(ANSWER)) == ANSWER

    run_on("virtual", test)


def test_closing_leaves_no_socket_and_no_timer() -> None:
    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event, clock=loop_clock)
        with listener() as carrier:
            with Opened(endpoint, "TCP", "UDP") as address, caller(address) as peer:
                ua.outputs.append(Transmit(Flow("TCP", *carrier.getsockname()), sip()))
                ua.deadline = loop_clock()
                endpoint.pump()
                peer.send(sip())
                await ua.until(lambda: bool(ua.received))
                advanced = len(ua.advanced)
            assert endpoint.connections == 0
            await asyncio.sleep(700)
            assert len(ua.advanced) == advanced
            assert ua.failed == []

    run_on("virtual", test)
