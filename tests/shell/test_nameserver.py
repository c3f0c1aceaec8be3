"""The name server on loopback: asked by dnspython's resolver and by our own RFC 3263 locator (features row 19)."""

import asyncio
import errno
import os
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import dns.asyncquery
import dns.asyncresolver
import dns.message
import dns.nameserver
import pytest

from tests.shell.fake_ua import loop_clock, run_on
from trunkline.domain.trunk.edge.edges import EdgeGateway
from trunkline.domain.trunk.edge.zone import Authority, edge_zone
from trunkline.platform.nameserver import listening
from trunkline.platform.nameserver.listening import Listener
from trunkline.platform.nameserver.reply import Replies
from trunkline.platform.sipnet.dns_lookup import DnsLookup
from trunkline.platform.sipnet.location import Located, Locator
from trunkline.protocol.sip.message.uri import parse_uri
from trunkline.protocol.sip.transaction.flow import Flow

PFX = "voice.example.com"
GATEWAYS = (
    *[EdgeGateway("ashburn", f"192.0.2.{at}", 5060) for at in range(4)],
    EdgeGateway("dublin", "192.0.2.130", 5070),
)
T = TypeVar("T")


def serving(
    test: Callable[[Listener], Awaitable[T]], gateways: tuple[EdgeGateway, ...] = GATEWAYS, loop: str = "asyncio"
) -> T:
    """Run a test beside a name server."""

    async def run() -> T:
        zone = edge_zone(PFX, gateways, Authority(1, ("127.0.0.1",)))
        listener = Listener(Replies(zone))
        await listener.open("127.0.0.1", 0)
        try:
            return await test(listener)
        finally:
            listener.close()
            await asyncio.sleep(0)

    return run_on(loop, run)


def locate(uri: str) -> Located:
    async def test(listener: Listener) -> Located:
        lookup = DnsLookup(loop_clock, [listener.address])
        transports = ("UDP", "TCP", "TLS")
        locator = Locator(lookup, loop_clock, random.Random(2).randrange, {}, transports=transports)
        return await locator.locate(parse_uri(uri))

    return serving(test)


@pytest.mark.parametrize(
    ("uri", "transport", "port"),
    [
        (f"sip:+15005550100@acme.pstn.{PFX}", "UDP", 5060),
        (f"sip:+15005550100@acme.pstn.us1.{PFX}", "UDP", 5060),
        (f"sip:+15005550100@a.b.pstn.ashburn.{PFX};transport=tcp", "TCP", 5060),
        (f"sips:+15005550100@acme.pstn.{PFX}", "TLS", 5061),
        (f"sip:pstn.ashburn.{PFX};transport=tls", "TLS", 5061),
    ],
)
def test_row_19_our_locator_finds_all_four_addresses_of_an_edge(uri: str, transport: str, port: int) -> None:
    located = locate(uri)
    assert isinstance(located, list)
    assert {(flow.transport, flow.port) for flow in located} == {(transport, port)}
    assert {flow.address for flow in located} == {"192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3"}


def test_row_19_the_bare_name_leads_by_naptr_and_srv_to_ports_of_its_own() -> None:
    assert locate(f"sip:pstn.ie1.{PFX}") == [
        Flow("UDP", "192.0.2.130", 5070),
        Flow("TCP", "192.0.2.130", 5070),
        Flow("TLS", "192.0.2.130", 5071),
    ]


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_row_19_a_resolver_that_is_not_ours_reads_every_record(loop: str) -> None:
    async def test(listener: Listener) -> dict[str, list[str]]:
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = [dns.nameserver.Do53Nameserver(*listener.address)]
        found = {}
        for name, kind in ((f"acme.pstn.de1.{PFX}", "A"), (f"pstn.de1.{PFX}", "NAPTR"), (PFX, "NS"), (PFX, "SOA")):
            answer = await resolver.resolve(name, kind)
            found[kind] = sorted(rdata.to_text() for rdata in answer)
        return found

    found = serving(test, (EdgeGateway("frankfurt", "192.0.2.9", 5060),), loop)
    assert found["A"] == ["192.0.2.9"]
    assert [text.split()[3] for text in found["NAPTR"]] == ['"SIP+D2U"', '"SIP+D2T"', '"SIPS+D2T"']
    assert found["NS"] == [f"ns.{PFX}."]
    assert found["SOA"][0].startswith(f"ns.{PFX}. hostmaster.{PFX}. 1 ")


def test_an_answer_cut_short_comes_whole_over_tcp() -> None:
    many = tuple(EdgeGateway("ashburn", f"192.0.2.{at}", 5060) for at in range(250))

    async def test(listener: Listener) -> tuple[dns.message.Message, bool]:
        query = dns.message.make_query(f"acme.pstn.{PFX}", "A")
        host, port = listener.address
        return await dns.asyncquery.udp_with_fallback(query, host, port=port, timeout=5)

    answer, over_tcp = serving(test, many)
    assert over_tcp
    assert len(answer.answer[0]) == 250


def question() -> bytes:
    wire = dns.message.make_query(f"acme.pstn.{PFX}", "A").to_wire()
    return len(wire).to_bytes(2) + wire


async def answers(reader: asyncio.StreamReader) -> int:
    """How many come before the end of the connection."""
    count = 0
    while True:
        try:
            length = int.from_bytes(await reader.readexactly(2))
            await reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return count
        count += 1


def test_questions_on_one_connection_are_answered_however_they_are_cut() -> None:
    async def test(listener: Listener) -> int:
        reader, writer = await asyncio.open_connection(*listener.address)
        for octet in question() * 3:
            writer.write(bytes([octet]))
            await asyncio.sleep(0)
        writer.write_eof()
        count = await answers(reader)
        writer.close()
        return count

    assert serving(test) == 3


@pytest.mark.parametrize("sent", [b"", b"\0", b"\0\x20half", question()], ids=["nothing", "octet", "half", "whole"])
def test_a_connection_that_stalls_is_closed_after_five_seconds(sent: bytes) -> None:
    async def test(listener: Listener) -> float:
        began = asyncio.get_running_loop().time()
        reader, writer = await asyncio.open_connection(*listener.address)
        writer.write(sent)
        await answers(reader)
        writer.close()
        assert listener.connection_count == 0
        return asyncio.get_running_loop().time() - began

    assert serving(test, loop="virtual") == pytest.approx(5.0, abs=0.5)


def test_a_connection_that_goes_on_asking_is_kept() -> None:
    async def test(listener: Listener) -> int:
        reader, writer = await asyncio.open_connection(*listener.address)
        for _ in range(3):
            writer.write(question())
            await asyncio.sleep(3.0)
        count = await answers(reader)
        writer.close()
        return count

    assert serving(test, loop="virtual") == 3


def test_octets_that_trickle_earn_no_patience() -> None:
    async def test(listener: Listener) -> float:
        began = asyncio.get_running_loop().time()
        reader, writer = await asyncio.open_connection(*listener.address)
        for octet in question():
            if reader.at_eof() or writer.is_closing():
                break
            writer.write(bytes([octet]))
            await asyncio.sleep(1.0)
        await answers(reader)
        writer.close()
        return asyncio.get_running_loop().time() - began

    assert serving(test, loop="virtual") < 7.0


@pytest.mark.parametrize("sent", [b"\xff\xff", b"\0\x0cnot a quest!", b"\0\0"], ids=["long", "noise", "empty"])
def test_what_is_no_question_ends_the_connection(sent: bytes) -> None:
    async def test(listener: Listener) -> int:
        reader, writer = await asyncio.open_connection(*listener.address)
        writer.write(sent)
        count = await answers(reader)
        writer.close()
        return count

    assert serving(test) == 0


def test_no_more_connections_are_held_than_there_is_room_for() -> None:
    async def test(listener: Listener) -> int:
        writers = [(await asyncio.open_connection(*listener.address))[1] for _ in range(listening.MOST_CONNECTIONS + 5)]
        await asyncio.sleep(0.05)
        held = listener.connection_count
        for writer in writers:
            writer.close()
        return held

    assert serving(test) == listening.MOST_CONNECTIONS


def test_a_malformed_datagram_gets_nothing_and_the_next_one_its_answer() -> None:
    async def test(listener: Listener) -> dns.message.Message:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=listener.address)
        for noise in (b"", b"\xff" * 12, b"GET / HTTP/1.1\r\n\r\n", bytes(1400)):
            transport.sendto(noise)
        transport.close()
        host, port = listener.address
        return await dns.asyncquery.udp(dns.message.make_query(f"x.pstn.{PFX}", "A"), host, port=port, timeout=5)

    assert len(serving(test).answer[0]) == 4


class Unread(asyncio.Transport):
    """A connection whose far end reads nothing: the first answer fills it."""

    def __init__(self) -> None:
        super().__init__()
        self.protocol: Any = None
        self.writes = 0
        self.ended = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes += 1
        self.protocol.pause_writing()

    def abort(self) -> None:
        self.ended = True

    def is_closing(self) -> bool:
        return self.ended


def test_who_asks_much_and_reads_nothing_is_answered_no_more() -> None:
    """Goals, 14: 256 kB of questions at once would keep everybody else waiting for a second."""

    async def test(listener: Listener) -> int:
        unread = Unread()
        unread.protocol = connection = listener._connected()
        connection.connection_made(unread)
        unread.protocol.data_received(question() * 100)
        connection.connection_lost(None)
        return unread.writes

    assert serving(test) == 1


def test_port_0_is_one_that_both_have_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first port that TCP has free is taken over UDP."""

    async def test() -> int:
        loop = asyncio.get_running_loop()
        given: list[int] = []
        create = loop.create_datagram_endpoint

        async def first_taken(protocol: Any, address: tuple[str, int], **options: Any) -> Any:
            given.append(address[1])
            if len(given) == 1:
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
            return await create(protocol, address, **options)

        monkeypatch.setattr(loop, "create_datagram_endpoint", first_taken)
        listener = Listener(Replies(edge_zone(PFX, GATEWAYS, Authority(1, ()))))
        await listener.open("127.0.0.1", 0)
        assert listener.address[1] == given[-1]
        listener.close()
        return len(given)

    assert run_on("asyncio", test) == 2
