"""The pump over TLS, on loopback sockets with OpenSSL at the far end (rows 75, 76; goals 13)."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.shell.certificate import NAME, caller_context, certificates, server_tls
from tests.shell.fake_ua import FakeUa, echo, loop_clock, run_on, sip
from tests.shell.test_endpoint_tcp import ANSWER, caller, closed, listener, no_event
from trunkline.platform.sipnet.client_hello import ClientHello
from trunkline.platform.sipnet.endpoint import SipEndpoint
from trunkline.platform.sipnet.stream import StreamLimits
from trunkline.protocol.sip.transaction.flow import Flow, TlsTerms
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.service.gateway.tls.tls_contexts import AskDeprecated, GatewayTls

both = pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]
V = ssl.TLSVersion
QUICK = StreamLimits(handshake_s=0.3, connect_s=0.3)


@contextlib.contextmanager
def opened(
    ua: FakeUa, tls: GatewayTls | None = None, limits: StreamLimits | None = None
) -> Iterator[tuple[SipEndpoint, tuple[str, int]]]:
    endpoint = SipEndpoint(ua, no_event, clock=loop_clock, limits=limits, contexts=tls or server_tls())
    [flow] = endpoint.open([("TLS", "127.0.0.1", 0)])
    try:
        yield endpoint, (flow.address, flow.port)
    finally:
        endpoint.close()


@contextlib.asynccontextmanager
async def secure(
    address: tuple[str, int], context: ssl.SSLContext | None = None, name: str = NAME
) -> AsyncIterator[Peer]:
    """A caller that has finished its handshake."""
    reader, writer = await asyncio.open_connection(
        *address, ssl=context or caller_context(), server_hostname=name, ssl_shutdown_timeout=1
    )
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


@both
def test_request_over_tls_is_answered_on_its_connection(loop: str) -> None:
    async def test() -> None:
        ua = FakeUa(echo)
        with opened(ua) as (_, address):
            async with secure(address) as (reader, writer):
                for count in (1, 2):
                    writer.write(sip("v=0\r\n"))
                    assert await reader.readexactly(len(ANSWER)) == ANSWER
                    assert len(ua.received) == count
                own = writer.get_extra_info("sockname")
            assert ua.received[0] == (sip("v=0\r\n"), Flow("TLS", own[0], own[1], 1))
            assert ua.received[0][1].reliable

    run_on(loop, test)


@both
def test_large_message_and_keep_alive_cross_tls_both_ways(loop: str) -> None:
    """Row 89: CRLFCRLF is answered by CRLF; a message longer than a TLS record is one message."""
    large = sip("x" * 60_000)

    async def test() -> None:
        ua = FakeUa(lambda data, flow: [Transmit(flow, data)])
        with opened(ua) as (endpoint, address):
            async with secure(address) as (reader, writer):
                writer.write(b"\r\n\r\n")
                assert await reader.readexactly(2) == b"\r\n"
                writer.write(large)
                assert await reader.readexactly(len(large)) == large
            assert [data for data, _ in ua.received] == [large]
            assert endpoint.counters.keepalives == 1

    run_on(loop, test)


def test_request_split_at_every_octet_of_the_wire_is_handed_up_whole() -> None:
    async def test() -> None:
        ua = FakeUa(echo)
        with opened(ua) as (_, address), caller(address) as peer:
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = caller_context().wrap_bio(incoming, outgoing, server_hostname=NAME)
            loop = asyncio.get_running_loop()

            async def trickle() -> None:
                for octet in outgoing.read():
                    await loop.sock_sendall(peer, bytes([octet]))

            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    await trickle()
                    incoming.write(await loop.sock_recv(peer, 65536))
            tls.write(sip("v=0\r\n"))
            await trickle()
            await ua.until(lambda: bool(ua.received))
            assert ua.received[0][0] == sip("v=0\r\n")

    run_on("asyncio", test)


def allow(allowed: bool) -> AskDeprecated:
    return lambda hello, address, answer: answer(allowed)


async def handshake(address: tuple[str, int], context: ssl.SSLContext) -> tuple[str, str] | None:
    """Version and cipher that came to be, None for a refusal."""
    try:
        async with secure(address, context) as (reader, writer):
            cipher = writer.get_extra_info("cipher")
            writer.write(sip())
            assert await reader.readexactly(len(ANSWER)) == ANSWER
            return (cipher[1], cipher[0])
    except (ssl.SSLError, ConnectionError, asyncio.IncompleteReadError):
        return None


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_versions_spoken_are_exactly_those_of_the_policy(allowed: bool) -> None:
    """Row 75: 1.2 and later for everybody, 1.0 and 1.1 by the account's switch alone."""

    async def test() -> dict[ssl.TLSVersion, bool]:
        tls = server_tls()
        tls.ask_deprecated = allow(allowed)
        spoken = {}
        with opened(FakeUa(echo), tls) as (_, address):
            for version in (V.TLSv1, V.TLSv1_1, V.TLSv1_2, V.TLSv1_3):
                spoken[version] = await handshake(address, caller_context(version, version)) is not None
        return spoken

    expected = {V.TLSv1: allowed, V.TLSv1_1: allowed, V.TLSv1_2: True, V.TLSv1_3: True}
    assert run_on("asyncio", test) == expected


# sip.md 5.5, in its order.
LISTED = (
    *("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256"),
    *("ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    *("ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384", "AES128-GCM-SHA256", "AES128-SHA256", "AES128-SHA"),
    *("AES256-GCM-SHA384", "AES256-SHA256", "AES256-SHA"),
)
UNLISTED = (
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "DHE-RSA-AES128-GCM-SHA256",
    "AES128-CCM",
    "CAMELLIA128-SHA",
)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("allowed", [False, True])
def test_ciphers_spoken_are_exactly_those_listed(allowed: bool) -> None:
    """Row 76: each of the 14 by itself, and no other; TLS 1.0 and 1.1 know two of them."""

    async def test() -> set[tuple[str, str]]:
        tls = server_tls()
        tls.ask_deprecated = allow(allowed)
        spoken = set()
        with opened(FakeUa(echo), tls) as (_, address):
            for version in (V.TLSv1, V.TLSv1_1, V.TLSv1_2):
                for cipher in (*LISTED, *UNLISTED):
                    context = caller_context(version, version, f"{cipher}:@SECLEVEL=0")
                    if await handshake(address, context) is not None:
                        spoken.add((version.name, cipher))
        return spoken

    old = {(version, cipher) for version in ("TLSv1", "TLSv1_1") for cipher in ("AES128-SHA", "AES256-SHA")}
    assert run_on("asyncio", test) == {("TLSv1_2", cipher) for cipher in LISTED} | (old if allowed else set())


def test_cipher_is_the_first_of_our_list_that_the_caller_has() -> None:
    """Row 76: the documented order is ours, whatever order the caller likes."""

    async def test() -> list[str]:
        chosen = []
        with opened(FakeUa(echo)) as (_, address):
            for first in range(len(LISTED)):
                wishes = ":".join(reversed(LISTED[first:]))
                found = await handshake(address, caller_context(V.TLSv1_2, V.TLSv1_2, f"{wishes}:@SECLEVEL=0"))
                assert found is not None
                chosen.append(found[1])
        return chosen

    assert run_on("asyncio", test) == list(LISTED)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_only_a_caller_that_can_do_no_better_is_asked_about() -> None:
    """Row 75: a modern one waits for nobody's account."""

    async def test() -> list[int]:
        tls, asked = server_tls(), []

        def ask(hello: ClientHello, address: str, answer: Callable[[bool], None]) -> None:
            asked.append(hello.best_version)
            answer(False)

        tls.ask_deprecated = ask
        with opened(FakeUa(echo), tls) as (_, address):
            for version in (V.TLSv1_3, V.TLSv1_2, V.TLSv1_1):
                await handshake(address, caller_context(V.TLSv1, version))
        return asked

    assert run_on("asyncio", test) == [0x0302]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_a_message_over_deprecated_tls_says_so() -> None:
    """What the INVITE is judged by (sip.md 5.4)."""

    async def test() -> None:
        ua, tls = FakeUa(echo), server_tls()
        tls.ask_deprecated = allow(True)
        with opened(ua, tls) as (_, address):
            await handshake(address, caller_context(V.TLSv1, V.TLSv1_1))
            await handshake(address, caller_context())
        assert [flow.tls for _, flow in ua.received] == [TlsTerms(deprecated=True), None]

    run_on("asyncio", test)


def test_caller_of_an_unknown_authority_turns_away_and_costs_nothing() -> None:
    async def test() -> None:
        ua = FakeUa(echo)
        with opened(ua) as (endpoint, address):
            with pytest.raises(ssl.SSLCertVerificationError):
                async with secure(address, ssl.create_default_context()):
                    pass
            assert await handshake(address, caller_context()) is not None
            assert endpoint.half_open == 0
        assert [error for _, error in ua.failed] in ([], ["closed by peer"])

    run_on("asyncio", test)


# ---- callers that stall, or speak something else


@both
def test_caller_without_a_handshake_is_gone_in_time(loop: str) -> None:
    """Goals 13: 5 s, here 0.3; whether it says nothing, half a ClientHello, or stops in the middle."""

    async def test() -> None:
        ua = FakeUa()
        with opened(ua, limits=QUICK) as (endpoint, address):
            with caller(address) as mute, caller(address) as slow:
                slow.sendall(b"\x16\3\1\1\0\1")
                begun = loop_clock()
                assert await closed(mute)
                assert await closed(slow)
                assert 0.25 < loop_clock() - begun < 2
            assert endpoint.half_open == endpoint.connections == 0
        assert ua.failed == []

    run_on(loop, test)


def test_default_bounds_are_those_of_the_goals() -> None:
    limits = StreamLimits()
    assert (limits.handshake_s, limits.half_open, limits.half_open_per_source) == (5.0, 1000, 50)


def test_half_open_callers_are_bounded_by_source_and_in_all() -> None:
    """Goals 13: a crowd that never finishes leaves room for the next who does."""
    limits = StreamLimits(half_open=40, half_open_per_source=25)

    async def test() -> None:
        ua = FakeUa(echo)
        with opened(ua, limits=limits) as (endpoint, address), contextlib.ExitStack() as crowd:
            for source in ("127.0.0.2", "127.0.0.3"):
                for _ in range(30):
                    crowd.enter_context(caller(address, source))
            while endpoint.counters.turned_away < 20:
                await asyncio.sleep(0)
            assert endpoint.half_open == 40
            assert endpoint.counters.turned_away == 20
            with pytest.raises(OSError):  # noqa: PT011  cut at once, or within its handshake
                async with secure(address):
                    pass
            crowd.close()
            while endpoint.half_open:
                await asyncio.sleep(0)
            async with secure(address) as (reader, writer):
                writer.write(sip())
                assert await reader.readexactly(len(ANSWER)) == ANSWER

    run_on("uvloop", test)


@pytest.mark.parametrize("junk", [sip(), b"GET / HTTP/1.1\r\n\r\n", b"\x16\3\1\0\4\2\0\0\0", b"\0" * 20_000])
def test_what_is_no_tls_is_cut_off_and_blamed(junk: bytes) -> None:
    async def test() -> None:
        ua = FakeUa(echo)
        with opened(ua) as (endpoint, address), caller(address) as peer:
            with contextlib.suppress(ConnectionError):
                await asyncio.get_running_loop().sock_sendall(peer, junk)
            assert await closed(peer)
            assert len(endpoint.stream_guard) == 1
        assert (ua.received, ua.failed) == ([], [])

    run_on("asyncio", test)


def test_a_context_that_comes_too_late_harms_nobody() -> None:
    """The account is asked for by a job; the caller is gone before it ends, or the context never comes."""

    async def test() -> None:
        late: list[object] = []
        tls = server_tls()
        tls.ask_deprecated = lambda hello, address, answer: late.append(answer)
        with opened(FakeUa(echo), tls, QUICK) as (endpoint, address):
            with caller(address) as peer:
                peer.sendall(b"\x16\3\1\0\x2f\1\0\0\x2b\3\1" + bytes(32) + b"\0\0\2\0\x2f\1\0\0\0")
                while not late:
                    await asyncio.sleep(0)
                assert await closed(peer)
            for answer in late:
                assert callable(answer)
                answer(True)
            assert endpoint.half_open == 0
            assert endpoint.counters.bugs == 0

    run_on("asyncio", test)


# ---- connections of ours


@contextlib.asynccontextmanager
async def callee(context: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[Peer], asyncio.Event]]:
    """A TLS server with our certificates: its port, and who has come."""
    if context is None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        files = certificates().files()[0]
        context.load_cert_chain(files.certificate, files.key)
    came: list[Peer] = []
    changed = asyncio.Event()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append((reader, writer))
        changed.set()

    server = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], came, changed
    finally:
        server.close()
        for _, writer in came:
            writer.transport.abort()


@both
def test_connection_of_ours_carries_both_directions_and_is_used_again(loop: str) -> None:
    async def test() -> None:
        ua = FakeUa(echo)
        async with callee() as (port, came, changed):
            with opened(ua) as (endpoint, _):
                there = Flow("TLS", "127.0.0.1", port)
                for _ in range(3):
                    ua.outputs.append(Transmit(there, sip()))
                    endpoint.pump()
                await changed.wait()
                [(reader, writer)] = came
                assert await reader.readexactly(3 * len(sip())) == 3 * sip()
                writer.write(sip("in"))
                await ua.until(lambda: bool(ua.received))
                assert await reader.readexactly(len(ANSWER)) == ANSWER
                assert ua.received == [(sip("in"), Flow("TLS", "127.0.0.1", port, 1))]
                assert endpoint.counters.opened == 1

    run_on(loop, test)


def test_one_address_asked_for_differently_is_another_connection() -> None:
    """A connection that nobody verified does not carry what is to be verified."""

    async def test() -> None:
        ua = FakeUa()
        tls = server_tls(trusted=certificates().authority_file)
        async with callee() as (port, _, _):
            with opened(ua, tls) as (endpoint, _):
                plain = Flow("TLS", "127.0.0.1", port)
                strict = Flow("TLS", "127.0.0.1", port, 0, TlsTerms(NAME, verified=True))
                for flow in (plain, strict, plain, strict):
                    ua.outputs.append(Transmit(flow, sip()))
                endpoint.pump()
                assert endpoint.counters.opened == 2

    run_on("asyncio", test)


VERIFIED = [
    (TlsTerms(NAME, verified=True), True, ""),
    (TlsTerms("127.0.0.1", verified=True), True, ""),
    (TlsTerms("pbx.example.net", verified=True), True, "Hostname mismatch"),
    (TlsTerms("pbx.example.net"), True, ""),
    (TlsTerms(NAME, verified=True), False, "self-signed certificate in certificate chain|unable to get local issuer"),
    (TlsTerms("bad..name", verified=True), True, "not a name"),
]


@pytest.mark.parametrize(("terms", "trusting", "fault"), VERIFIED)
def test_far_side_is_verified_where_that_is_asked_for(terms: TlsTerms, trusting: bool, fault: str) -> None:
    async def test() -> None:
        ua = FakeUa()
        tls = server_tls(trusted=certificates().authority_file if trusting else None)
        async with callee() as (port, came, changed):
            with opened(ua, tls) as (endpoint, _):
                flow = Flow("TLS", "127.0.0.1", port, 0, terms)
                ua.outputs.append(Transmit(flow, sip()))
                endpoint.pump()
                if not fault:
                    await changed.wait()
                    assert await came[0][0].readexactly(len(sip())) == sip()
                    return
                await ua.until(lambda: bool(ua.failed))
                [(failed, error)] = ua.failed
                assert failed == flow
                assert any(part in error for part in fault.split("|")), error

    run_on("asyncio", test)


def test_far_side_without_tls_fails_the_address() -> None:
    """Goals 11: a TLS failure moves on; whether it answers something else, or nothing for 4 s (here 0.3)."""

    async def test() -> None:
        ua = FakeUa()
        with listener() as talker, listener() as mute, opened(ua, limits=QUICK) as (endpoint, _):
            flows = [Flow("TLS", *sock.getsockname()) for sock in (talker, mute)]
            for flow in flows:
                ua.outputs.append(Transmit(flow, sip()))
            endpoint.pump()
            sock, _ = await asyncio.get_running_loop().sock_accept(talker)
            with sock:
                await asyncio.get_running_loop().sock_sendall(sock, b"SIP/2.0 400 Bad Request\r\n\r\n")
                await ua.until(lambda: len(ua.failed) == 2)
            assert [flow for flow, _ in ua.failed] == flows
            assert ua.failed[0][1].startswith("TLS: ")
            assert ua.failed[1][1] == "no connection in time"
            assert endpoint.connections == 0

    run_on("asyncio", test)


# ---- certificates


def test_new_certificates_under_load_drop_no_connection() -> None:
    """Goals 13: reload drops 0 connections, and the next caller sees the new certificate."""

    async def serial(writer: asyncio.StreamWriter) -> bytes:
        found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        assert isinstance(found, bytes)
        return found

    async def test() -> None:
        ua, tls = FakeUa(echo), server_tls()
        with opened(ua, tls) as (_, address):
            async with contextlib.AsyncExitStack() as stack:
                peers = [await stack.enter_async_context(secure(address)) for _ in range(20)]
                seen = {await serial(writer) for _, writer in peers}
                for turn in range(5):
                    files = certificates().files()
                    tls.load(files[turn % 2 :][:1])  # by turns the RSA and the ECDSA one
                    for _, writer in peers:
                        writer.write(sip())
                    peers.append(await stack.enter_async_context(secure(address)))
                    seen.add(await serial(peers[-1][1]))
                    for reader, _ in peers[:-1]:
                        assert await reader.readexactly(len(ANSWER)) == ANSWER
                assert len(seen) == 2
            assert {error for _, error in ua.failed} <= {"closed by peer", "Connection reset by peer"}

    run_on("uvloop", test)


def test_endpoint_without_certificates_speaks_no_tls() -> None:
    async def test() -> None:
        ua = FakeUa()
        endpoint = SipEndpoint(ua, no_event)
        with pytest.raises(OSError, match="no certificates"):
            endpoint.open([("TLS", "127.0.0.1", 0)])
        endpoint.open([("TCP", "127.0.0.1", 0)])
        ua.outputs.append(Transmit(Flow("TLS", "127.0.0.1", 9), sip()))
        endpoint.pump()
        assert [error for _, error in ua.failed] == ["no transport TLS here"]
        endpoint.close()

    run_on("asyncio", test)


def test_end_of_a_connection_is_said_and_not_just_cut() -> None:
    """RFC 8446 section 6.1: the far end hears a close_notify."""

    async def test() -> None:
        with opened(FakeUa(echo)) as (endpoint, address):
            async with secure(address) as (reader, writer):
                writer.write(sip())
                await reader.readexactly(len(ANSWER))
                endpoint.close()
                assert await reader.read() == b""
        with socket.socket() as probe:
            assert probe.connect_ex(address) != 0

    run_on("asyncio", test)
