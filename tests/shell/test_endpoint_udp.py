"""The pump over UDP, on loopback sockets and both loops."""

import asyncio
import socket
import time

import pytest
import structlog

from tests.shell.fake_ua import (
    FakeUa,
    Opened,
    closed_port,
    echo,
    in_seconds,
    loop_clock,
    readable,
    run_on,
    sip,
    udp_peer,
)
from trunkline.kit.instant import Instant
from trunkline.platform.sipnet.endpoint import SipEndpoint
from trunkline.platform.sipnet.udp import BATCH, UdpSocket
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit

both = pytest.mark.parametrize("loop", ["asyncio", "uvloop"])


def no_event(event: object) -> None:
    raise AssertionError(f"unexpected {event}")


@both
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_datagram_is_handed_up_and_the_answer_leaves_from_the_same_port(loop: str, address: str) -> None:
    async def test() -> None:
        ua = FakeUa(echo)
        endpoint = SipEndpoint(ua, no_event)
        try:
            (bound,) = endpoint.open([("UDP", address, 0)])
            with udp_peer(address) as peer:
                peer.sendto(sip("hello"), (address, bound.port))
                await readable(peer)
                data, source = peer.recvfrom(2000)
                assert data.startswith(b"SIP/2.0 200 OK")
                assert source[:2] == (address, bound.port)
                assert ua.received == [(sip("hello"), Flow("UDP", address, peer.getsockname()[1]))]
                assert (endpoint.counters.received, endpoint.counters.sent) == (1, 1)
        finally:
            endpoint.close()

    run_on(loop, test)


@both
def test_burst_beyond_one_batch_is_taken_whole(loop: str) -> None:
    """And how long what is left has waited already, which is how a gateway knows that it is overloaded."""
    waited = []

    async def test() -> None:
        def note(data: bytes, flow: Flow) -> list[object]:
            waited.append(endpoint.waited_s)
            return []

        ua = FakeUa(note)
        endpoint = SipEndpoint(ua, no_event)
        with Opened(endpoint) as address, udp_peer() as peer:
            for number in range(3 * BATCH + 5):
                peer.sendto(sip(str(number)), address)
            time.sleep(0.05)
            await ua.until(lambda: len(ua.received) == 3 * BATCH + 5)
            assert [data for data, _ in ua.received] == [sip(str(number)) for number in range(3 * BATCH + 5)]
            flows = {id(flow) for _, flow in ua.received}
            assert len(flows) == 1, "one Flow object a source"
            assert endpoint.kernel_drops == 0
            assert waited[:BATCH] == [0.0] * BATCH
            assert all(0.05 <= age < 1.0 for age in waited[BATCH:])
            assert endpoint.waited_s == 0.0

    run_on(loop, test)


@both
def test_refused_destination_is_told_and_the_socket_lives_on(loop: str) -> None:
    """Goal 11, ICMP refused. libuv stops watching a socket that reports an error: the socket must survive that."""

    async def test() -> None:
        ua = FakeUa(echo)
        endpoint = SipEndpoint(ua, no_event)
        with Opened(endpoint) as address, udp_peer() as peer:
            for round_ in range(1, 4):
                dead = Flow("UDP", "127.0.0.9", closed_port())
                ua.outputs.append(Transmit(dead, sip()))
                endpoint.pump()
                await ua.until(lambda round_=round_: len(ua.failed) == round_)  # type: ignore[misc]
                assert ua.failed[-1] == (dead, "Connection refused")
                peer.sendto(sip(), address)
                await readable(peer)
                assert peer.recv(2000).startswith(b"SIP/2.0 200")
            assert endpoint.counters.refused == 3

    run_on(loop, test)


@both
def test_refusal_of_one_destination_never_costs_another_its_datagram(loop: str) -> None:
    """The kernel reports a pending ICMP error at the next send, which then sends nothing."""

    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event)
        with Opened(endpoint), udp_peer() as peer:
            dead, alive = Flow("UDP", "127.0.0.9", closed_port()), Flow("UDP", *peer.getsockname())
            for _ in range(20):
                ua.outputs += [Transmit(dead, sip("dead")), Transmit(alive, sip("alive"))]
            endpoint.pump()
            await ua.until(lambda: len(ua.failed) >= 20)
            got = [peer.recv(2000) for _ in range(20)]
            assert got == [sip("alive")] * 20
            assert {flow for flow, _ in ua.failed} == {dead}
            assert endpoint.counters.sent == 40

    run_on(loop, test)


@both
def test_what_an_earlier_refusal_has_failed_is_not_sent_any_more(loop: str) -> None:
    """RFC 3261 section 18.4: the INVITE's transaction is over by then, and a phone that it rang would ring for ever."""

    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event)
        with Opened(endpoint):
            port = closed_port()
            peer = Flow("UDP", "127.0.0.9", port)
            ua.outputs.append(Transmit(peer, sip("OPTIONS")))
            endpoint.pump()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:  # before the error has been read
                back.bind((peer.address, port))
                back.setblocking(False)
                ua.outputs.append(Transmit(peer, sip("INVITE")))
                endpoint.pump()
                assert ua.failed == [(peer, "Connection refused")]
                assert (endpoint.counters.sent, endpoint.counters.unsent) == (1, 1)
                with pytest.raises(BlockingIOError):
                    back.recv(2000)
                ua.outputs.append(Transmit(peer, sip("next INVITE")))
                endpoint.pump()
                assert back.recv(2000) == sip("next INVITE")

    run_on(loop, test)


def test_refusal_over_ipv6_is_told() -> None:
    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event)
        try:
            endpoint.open([("UDP", "::1", 0)])
            with udp_peer("::1") as peer:
                dead = Flow("UDP", "::1", peer.getsockname()[1])
            ua.outputs.append(Transmit(dead, sip()))
            endpoint.pump()
            await ua.until(lambda: bool(ua.failed))
            assert ua.failed == [(dead, "Connection refused")]
        finally:
            endpoint.close()

    run_on("asyncio", test)


@both
def test_unreachable_or_unusable_destination_fails_at_once(loop: str) -> None:
    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event)
        with Opened(endpoint):
            flows = [
                Flow("UDP", "255.255.255.255", 5060),
                Flow("UDP", "::1", 5060),
                Flow("UDP", "pbx.example.com", 5060),
                Flow("TLS", "127.0.0.1", 5061),
                Flow("TCP", "127.0.0.1", 5061, 99),
                Flow("UDP", "127.0.0.1", 0),
            ]
            ua.outputs.extend(Transmit(flow, sip()) for flow in flows)
            endpoint.pump()
            assert [flow for flow, _ in ua.failed] == flows
            assert endpoint.counters.unsent == len(flows)
            assert endpoint.counters.sent == 0
            assert endpoint.counters.bugs == 0

    run_on(loop, test)


def test_what_is_no_sip_is_not_parsed_and_uses_up_patience() -> None:
    """Goals, attacks: caps before parsing."""

    async def test() -> None:
        ua = FakeUa()
        now = Instant(1000.0)
        endpoint = SipEndpoint(ua, no_event, clock=lambda: now)
        with Opened(endpoint) as address, udp_peer() as peer, udp_peer("127.0.0.2") as honest:
            for data in (b"", b"\r\n\r\n", b"\0", b"\0\0\0\0"):
                peer.sendto(data, address)
            for _ in range(19):
                peer.sendto(b"GET / HTTP/1.1\r\n\r\n", address)
            peer.sendto(sip("x" * 17_000), address)
            peer.sendto(sip("patience left"), address)
            await ua.until(lambda: len(ua.received) == 1)
            peer.sendto(b"junk", address)
            peer.sendto(sip("none left"), address)
            honest.sendto(sip("not touched"), address)
            await ua.until(lambda: len(ua.received) == 2)
            assert [data for data, _ in ua.received] == [sip("patience left"), sip("not touched")]
            assert (endpoint.counters.keepalives, endpoint.counters.shunned) == (4, 22)
            now = Instant(1001.0)
            peer.sendto(sip("a second later"), address)
            await ua.until(lambda: len(ua.received) == 3)

    run_on("asyncio", test)


def test_kernel_drops_are_counted() -> None:
    """Goals: RcvbufErrors are watched."""

    async def test() -> None:
        udp = UdpSocket(("127.0.0.1", 0), lambda *_: None, lambda: None, lambda *_: None)
        with udp_peer() as peer:
            assert udp.receive_buffer >= 2 * 200_000
            sent = 0
            while udp.drops == 0 and sent < 50_000:
                for _ in range(200):
                    peer.sendto(b"x" * 8000, udp.address)
                sent += 200
            assert udp.drops > 0
        udp.close()

    run_on("asyncio", test)


def test_timer_fires_at_the_deadline_and_only_one_is_armed() -> None:
    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event, clock=loop_clock)
        start = loop_clock()
        with Opened(endpoint):
            for seconds in (4.0, 0.5, 2.0, 0.5):
                ua.deadline = in_seconds(seconds)
                endpoint.pump()
            await ua.until(lambda: bool(ua.advanced))
            assert [round(at - start, 6) for at in ua.advanced] == [0.5]
            ua.deadline = Instant(start + 32.0)
            endpoint.pump()
            await asyncio.sleep(60.0)
            assert [round(at - start, 6) for at in ua.advanced] == [0.5, 32.0]
            await asyncio.sleep(60.0)
            assert len(ua.advanced) == 2

    run_on("virtual", test)


def test_timers_of_one_hundredth_of_a_second_cost_one_wake_up() -> None:
    """Each call leaves half a dozen behind for up to 32 s (RFC 3261 table 4), and each of them woke the loop."""

    async def test() -> None:
        ua = ManyTimers([0.0005 * number for number in range(1, 2001)])
        endpoint = SipEndpoint(ua, no_event, clock=loop_clock)
        with Opened(endpoint):
            endpoint.pump()
            await asyncio.sleep(2.0)
        assert 95 <= len(ua.advanced) <= 105
        assert ua.deadlines == []
        assert max(ua.late) <= 0.0101

    run_on("virtual", test)


class ManyTimers(FakeUa):
    """Deadlines in seconds from now, and how late each came."""

    def __init__(self, seconds: list[float]) -> None:
        super().__init__()
        self.deadlines = [in_seconds(each) for each in seconds]
        self.late: list[float] = []

    def next_deadline(self) -> Instant | None:
        return self.deadlines[0] if self.deadlines else None

    def advance(self, now: Instant) -> None:
        super().advance(now)
        while self.deadlines and self.deadlines[0] <= now:
            self.late.append(now - self.deadlines.pop(0))


def test_deadline_that_moved_later_costs_one_idle_wake_up_only() -> None:
    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event, clock=loop_clock)
        start = loop_clock()
        with Opened(endpoint):
            ua.deadline = in_seconds(0.5)
            endpoint.pump()
            ua.deadline = Instant(start + 5.0)
            endpoint.pump()
            await asyncio.sleep(60.0)
            assert [round(at - start, 6) for at in ua.advanced] == [0.5, 5.0]

    run_on("virtual", test)


@both
def test_overdue_deadline_does_not_spin(loop: str) -> None:
    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event)
        with Opened(endpoint):
            ua.deadline = Instant(0.0)
            endpoint.pump()
            await ua.until(lambda: bool(ua.advanced))
            assert ua.deadline is None

    run_on(loop, test)


def test_verbs_called_from_an_event_are_drained_without_recursion() -> None:
    async def test() -> None:
        ua = FakeUa(lambda data, flow: [("event", data)])
        depth = 0
        seen: list[object] = []

        def on_event(event: object) -> None:
            nonlocal depth
            depth += 1
            assert depth == 1
            seen.append(event)
            if len(seen) < 4:
                ua.outputs.append(("more", len(seen)))
                endpoint.pump()
            ua.changed.set()
            depth -= 1

        endpoint = SipEndpoint(ua, on_event)
        with Opened(endpoint) as address, udp_peer() as peer:
            peer.sendto(sip(), address)
            await ua.until(lambda: len(seen) == 4)
        assert seen == [("event", sip()), ("more", 1), ("more", 2), ("more", 3)]

    run_on("asyncio", test)


class Faulty(FakeUa):
    """Raises where it is told to."""

    def __init__(self, *where: str) -> None:
        super().__init__(echo)
        self.where = set(where)

    def _fault(self, where: str) -> None:
        if where in self.where:
            self.where.discard(where)
            raise ZeroDivisionError(where)

    def receive(self, data: bytes, flow: Flow, now: Instant) -> None:
        self._fault("receive")
        super().receive(data, flow, now)

    def advance(self, now: Instant) -> None:
        super().advance(now)
        self._fault("advance")

    def transport_failed(self, flow: Flow, error: str, now: Instant) -> None:
        super().transport_failed(flow, error, now)
        self._fault("transport_failed")

    def poll(self) -> object | None:
        self._fault("poll")
        return super().poll()


@pytest.mark.parametrize("where", ["receive", "advance", "transport_failed", "poll", "event", "on_bug"])
def test_bug_costs_one_message_and_never_the_pump(where: str) -> None:
    """Style section 8: the bulkhead."""

    async def test() -> None:
        ua = Faulty(where, *(["receive"] if where == "on_bug" else []))
        hints: list[object] = []

        def on_event(event: object) -> None:
            raise ZeroDivisionError(event)

        def on_bug(hint: object) -> None:
            hints.append(hint)
            if where == "on_bug":
                raise ZeroDivisionError

        endpoint = SipEndpoint(ua, on_event, on_bug=on_bug, clock=loop_clock)
        with structlog.testing.capture_logs() as lines, Opened(endpoint) as address, udp_peer() as peer:
            dead = Flow("TLS", "127.0.0.1", 5061)
            ua.outputs.append(Transmit(dead, sip()))
            ua.outputs.extend(["an event"] if where == "event" else [])
            ua.deadline = in_seconds(0.2)
            endpoint.pump()
            await asyncio.sleep(1.0)
            for number in range(2):
                peer.sendto(sip(str(number)), address)
            await readable(peer)
            assert peer.recv(2000).startswith(b"SIP/2.0 200")
            await asyncio.sleep(1.0)
            assert ua.received[-1][0] == sip("1")
            assert ua.failed == [(dead, "no transport TLS here")]
            assert len(ua.advanced) == 1
        expected: dict[str, list[object]] = {
            "receive": [sip("0")], "advance": [None], "transport_failed": [dead], "poll": [None],
            "event": ["an event"], "on_bug": [sip("0")],
        }  # fmt: skip
        assert hints == expected[where]
        assert endpoint.counters.bugs == 1
        assert {line["log_level"] for line in lines} == {"error"}

    run_on("virtual", test)


def test_address_in_use_is_an_error_that_leaves_nothing_bound() -> None:
    async def test() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            endpoint = SipEndpoint(FakeUa(), no_event)
            with pytest.raises(OSError, match="in use"):
                endpoint.open([("UDP", "127.0.0.1", 0), ("TCP", *taken.getsockname())])
            assert endpoint.connections == 0
            assert endpoint.kernel_drops == 0

    run_on("asyncio", test)
