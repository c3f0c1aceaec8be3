"""RFC 3263 against a DNS server of our own on loopback."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.clock import FakeClock
from tests.shell.dns_server import DnsServer
from tests.shell.fake_ua import loop_clock, run_on
from trunkline.kit.instant import Instant
from trunkline.platform.sipnet.dns_lookup import DnsLookup, LookupFault
from trunkline.platform.sipnet.dns_record import RecordType
from trunkline.platform.sipnet.location import Located, LocationFailed, LocationFault, Locator
from trunkline.protocol.sip.message.uri import parse_uri
from trunkline.protocol.sip.transaction.flow import Flow

ZONE: dict[tuple[str, str], list[str]] = {
    ("naptr.example.com", "NAPTR"): [
        '20 10 "s" "SIP+D2U" "" _sip._udp.naptr.example.com.',
        '10 20 "s" "SIP+D2T" "" _sip._tcp.naptr.example.com.',
        '5 10 "s" "SIP+D2S" "" _sip._sctp.naptr.example.com.',
        '6 10 "s" "SIPS+D2T" "" _sips._tcp.naptr.example.com.',
        '7 10 "u" "E2U+sip" "!^.*$!sip:x@example.com!" .',
    ],
    ("_sip._udp.naptr.example.com", "SRV"): ["10 0 5070 gw1.example.com."],
    ("_sip._tcp.naptr.example.com", "SRV"): ["10 0 5080 gw2.example.com."],
    ("_sips._tcp.naptr.example.com", "SRV"): ["10 0 5081 gw2.example.com."],
    ("srv.example.com", "A"): ["192.0.2.99"],
    ("_sip._udp.srv.example.com", "SRV"): ["20 0 5060 gw2.example.com.", "10 0 5062 gw1.example.com."],
    ("tcponly.example.com", "A"): ["192.0.2.99"],
    ("_sip._tcp.tcponly.example.com", "SRV"): ["10 0 5060 gw1.example.com."],
    ("refusing.example.com", "A"): ["192.0.2.99"],
    ("_sip._udp.refusing.example.com", "SRV"): ["0 0 0 ."],
    ("gw1.example.com", "A"): ["192.0.2.1"],
    ("gw2.example.com", "A"): ["192.0.2.2"],
    ("gw2.example.com", "AAAA"): ["2001:db8::2"],
    ("plain.example.com", "A"): ["192.0.2.3"],
    ("many.example.com", "A"): [f"192.0.2.{number}" for number in range(10, 20)],
    ("alias.example.com", "A"): ["CNAME plain.example.com."],
    ("only6.example.com", "AAAA"): ["2001:db8::6"],
}  # fmt: skip

HOSTS = {"pbx": ("127.0.0.5",), "both": ("::1", "127.0.0.6")}


def first(below: int) -> int:
    return 0


def ask(
    *uris: str,
    server: DnsServer | None = None,
    clock: Callable[[], Instant] = loop_clock,
    draw: Callable[[int], int] = first,
    ipv6: bool = False,
    transports: tuple[str, ...] = ("UDP", "TCP"),
) -> list[Located]:
    """Locate one URI after the other on virtual time."""

    async def test() -> list[Located]:
        with server or DnsServer(ZONE) as address:
            lookup = DnsLookup(clock, [address])
            locator = Locator(lookup, clock, draw, HOSTS, transports=transports, ipv6=ipv6)
            return [await locator.locate(parse_uri(uri)) for uri in uris]

    return run_on("virtual", test)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sip:192.0.2.9", Flow("UDP", "192.0.2.9", 5060)),
        ("sip:+15005550100@192.0.2.9:5070;transport=tcp", Flow("TCP", "192.0.2.9", 5070)),
        ("sip:192.0.2.9;transport=TLS", Flow("TLS", "192.0.2.9", 5061)),
        ("sips:192.0.2.9", Flow("TLS", "192.0.2.9", 5061)),
        ("sip:[2001:DB8::9]:5070", Flow("UDP", "2001:db8::9", 5070)),
        ("sip:plain.example.com;maddr=192.0.2.8", Flow("UDP", "192.0.2.8", 5060)),
        ("sip:localhost:5090", Flow("UDP", "127.0.0.1", 5090)),
        ("sip:demo.pstn.trunkline.localhost", Flow("UDP", "127.0.0.1", 5060)),
        ("sip:PBX;transport=tcp", Flow("TCP", "127.0.0.5", 5060)),
        ("sip:both", Flow("UDP", "127.0.0.6", 5060)),
    ],
)
def test_numeric_and_local_names_need_no_question(uri: str, expected: Flow) -> None:
    """Rows 46 to 48."""
    server = DnsServer(ZONE)
    assert ask(uri, server=server, transports=("UDP", "TCP", "TLS")) == [[expected]]
    assert server.asked == []


@pytest.mark.parametrize(
    ("uri", "expected", "questions"),
    [
        ("sip:plain.example.com:5070", [("UDP", "192.0.2.3", 5070)], ["A"]),
        ("sip:plain.example.com", [("UDP", "192.0.2.3", 5060)], ["NAPTR", "SRV", "SRV", "A"]),
        ("sip:plain.example.com;transport=tcp", [("TCP", "192.0.2.3", 5060)], ["SRV", "A"]),
        (
            "sip:srv.example.com",
            [("UDP", "192.0.2.1", 5062), ("UDP", "192.0.2.2", 5060)],
            ["NAPTR", "SRV", "A", "A"],
        ),
        ("sip:srv.example.com;transport=tcp", [("TCP", "192.0.2.99", 5060)], ["SRV", "A"]),
        ("sip:srv.example.com:5060", [("UDP", "192.0.2.99", 5060)], ["A"]),
        ("sip:tcponly.example.com", [("TCP", "192.0.2.1", 5060)], ["NAPTR", "SRV", "SRV", "A"]),
        (
            "sip:naptr.example.com",
            [("TCP", "192.0.2.2", 5080), ("UDP", "192.0.2.1", 5070)],
            ["NAPTR", "SRV", "A", "SRV", "A"],
        ),
        ("sip:naptr.example.com;transport=udp", [("UDP", "192.0.2.1", 5070)], ["SRV", "A"]),
        ("sip:alias.example.com:5060", [("UDP", "192.0.2.3", 5060)], ["A"]),
    ],
)
def test_name_is_located_by_the_questions_that_rfc_3263_asks(
    uri: str, expected: list[tuple[str, str, int]], questions: list[str]
) -> None:
    server = DnsServer(ZONE)
    assert ask(uri, server=server) == [[Flow(*one) for one in expected]]
    assert [kind for _, kind in server.asked] == questions


def test_tls_is_taken_from_naptr_only_when_we_speak_it() -> None:
    (located,) = ask("sip:naptr.example.com", transports=("UDP", "TCP", "TLS"))
    assert isinstance(located, list)
    assert located[0] == Flow("TLS", "192.0.2.2", 5081)


def test_ipv6_addresses_count_only_when_we_can_send_to_them() -> None:
    assert ask("sip:only6.example.com:5060") == [LocationFailed(LocationFault.NOT_FOUND, "only6.example.com")]
    assert ask("sip:only6.example.com:5060", ipv6=True) == [[Flow("UDP", "2001:db8::6", 5060)]]
    assert ask("sip:gw2.example.com:5060", ipv6=True) == [
        [Flow("UDP", "192.0.2.2", 5060), Flow("UDP", "2001:db8::2", 5060)]
    ]


def test_four_addresses_at_most_drawn_anew_each_time() -> None:
    """Design, decision 6: one cached answer, but not everybody to the same address."""
    numbers = random.Random(1)
    server = DnsServer(ZONE)
    located = ask(*["sip:many.example.com:5060"] * 50, server=server, draw=numbers.randrange)
    assert len(server.asked) == 1
    heads = Counter[str]()
    for flows in located:
        assert isinstance(flows, list)
        assert len({flow.address for flow in flows}) == 4
        heads[flows[0].address] += 1
    assert len(heads) == 10


def test_service_that_is_decidedly_not_offered_has_no_address() -> None:
    """RFC 2782: a target of "." forbids falling back to the host's own address."""
    assert ask("sip:refusing.example.com;transport=udp") == [
        LocationFailed(LocationFault.NOT_FOUND, "refusing.example.com")
    ]


@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        ("sip:nowhere.example.com", LocationFault.NOT_FOUND),
        ("sip:nowhere.example.com:5060", LocationFault.NOT_FOUND),
        (f"sip:{'x' * 64}.example.com:5060", LocationFault.NOT_FOUND),
        ("sip:a..b:5060", LocationFault.NOT_FOUND),
        ("sip:broken.example.com:5060", LocationFault.SERVER),
        ("sip:plain.example.com;transport=sctp", LocationFault.UNSUPPORTED),
        ("sips:plain.example.com", LocationFault.UNSUPPORTED),
        ("tel:+15005550100", LocationFault.UNSUPPORTED),
    ],
)
def test_failure_is_a_value(uri: str, fault: LocationFault) -> None:
    server = DnsServer(ZONE)
    server.broken.add("broken.example.com")
    (located,) = ask(uri, server=server)
    assert isinstance(located, LocationFailed)
    assert located.fault is fault


def test_silent_server_costs_its_deadline_once() -> None:
    """Goal 11, dead DNS; 1.5 s in all."""
    server = DnsServer(ZONE)
    server.silent = {("plain.example.com", "A")}
    took: list[float] = []

    async def test() -> None:
        with server as address:
            locator = Locator(DnsLookup(loop_clock, [address]), loop_clock, first, {})
            for _ in range(3):
                start = loop_clock()
                located = await locator.locate(parse_uri("sip:plain.example.com:5060"))
                assert located == LocationFailed(LocationFault.TIMEOUT, "plain.example.com")
                took.append(round(loop_clock() - start, 3))
            await asyncio.sleep(2.0)
            server.silent.clear()
            assert await locator.locate(parse_uri("sip:plain.example.com:5060")) == [Flow("UDP", "192.0.2.3", 5060)]

    run_on("virtual", test)
    assert took == [1.5, 0.0, 0.0]


def test_server_that_swallows_naptr_is_asked_on() -> None:
    server = DnsServer(ZONE)
    server.silent = {("srv.example.com", "NAPTR")}
    (located,) = ask("sip:srv.example.com", server=server)
    assert located == [Flow("UDP", "192.0.2.1", 5062), Flow("UDP", "192.0.2.2", 5060)]


def test_second_server_answers_when_the_first_is_dead() -> None:
    async def test() -> Located:
        dead = DnsServer({})
        dead.silent = {("plain.example.com", "A")}
        with dead as first_address, DnsServer(ZONE) as second_address:
            lookup = DnsLookup(loop_clock, [first_address, second_address])
            return await Locator(lookup, loop_clock, first, {}).locate(parse_uri("sip:plain.example.com:5060"))

    assert run_on("virtual", test) == [Flow("UDP", "192.0.2.3", 5060)]


def test_answers_are_kept_for_their_ttl_and_absences_for_the_negative_one() -> None:
    clock = FakeClock()
    server = DnsServer(ZONE, ttl=600, negative_ttl=20)

    async def test() -> list[int]:
        counts: list[int] = []
        with server as address:
            lookup = DnsLookup(lambda: clock.now, [address])
            locator = Locator(lookup, lambda: clock.now, first, {})
            for leap in (0, 19, 2, 560, 30):
                clock.leap(leap)
                for uri in (
                    "sip:plain.example.com:5060",
                    "sip:PLAIN.example.com.:5060",
                    "sip:nowhere.example.com:5060",
                ):
                    await locator.locate(parse_uri(uri))
                counts.append(len(server.asked))
        return counts

    assert run_on("asyncio", test) == [2, 2, 3, 4, 6]


def test_cache_is_bounded() -> None:
    clock = FakeClock()

    async def test() -> int:
        with DnsServer({}) as address:
            lookup = DnsLookup(lambda: clock.now, [address])
            locator = Locator(lookup, lambda: clock.now, first, {})
            for number in range(4200):
                await locator.locate(parse_uri(f"sip:{'x' * 64}{number}.example.com:5060"))
            return len(lookup)

    assert run_on("asyncio", test) == 4096


def test_targets_of_one_priority_share_by_weight() -> None:
    """RFC 2782."""
    zone = {
        ("_sip._udp.share.example.com", "SRV"): [
            "10 60 5060 gw1.example.com.",
            "10 20 5061 gw1.example.com.",
            "10 20 5062 gw1.example.com.",
            "5 0 5059 gw1.example.com.",
        ],
        ("gw1.example.com", "A"): ["192.0.2.1"],
    }
    turn = 0

    def draw(below: int) -> int:
        nonlocal turn
        turn += 7919
        return turn % below

    seen = Counter[int]()
    for located in ask(*["sip:share.example.com;transport=udp"] * 1000, server=DnsServer(zone), draw=draw):
        assert isinstance(located, list)
        assert located[0].port == 5059
        assert {flow.port for flow in located} == {5059, 5060, 5061, 5062}
        seen[located[1].port] += 1
    assert 550 < seen[5060] < 650
    assert 150 < seen[5061] < 250


def test_resolvers_of_the_system_are_those_of_now(tmp_path: Path) -> None:
    """Goals 12: a gateway starts before there are any, and follows their file as glibc does."""

    async def test() -> None:
        config = tmp_path / "resolv.conf"
        lookup = DnsLookup(loop_clock, config=config)
        asked = [await lookup.records("plain.example.com", RecordType.A, 0.2)]
        for text in ("", "nameserver nonsense\n", "nameserver 127.0.0.1\noptions timeout:30\n"):
            config.write_text(text)
            await asyncio.sleep(3)
            asked.append(await lookup.records("plain.example.com", RecordType.A, 0.0001))
        assert asked == [*[LookupFault.SERVER] * 3, LookupFault.TIMEOUT]
        assert lookup._resolver.nameservers == ["127.0.0.1"]
        assert lookup._resolver.timeout == 0.5
        config.write_text("nameserver 127.0.0.2\n")
        await asyncio.sleep(3)
        await lookup.records("plain.example.com", RecordType.A, 0.0001)
        assert lookup._resolver.nameservers == ["127.0.0.2"]

    run_on("virtual", test)
