"""Bad input against the running service (goals 5 and 6): the documented answer or none, and the next call works."""

import os
import random
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.peer import Callee
from tests.e2e.place import Place, Town
from tests.e2e.sip import TcpWire, Wire, sdp, write
from tests.vectors.sip_torture import ACCEPT, DROP, VECTORS, Vector

pytestmark = pytest.mark.e2e
FOLDER = Path(os.environ.get("TRUNKLINE_VECTORS", Path(__file__).parents[3] / "shared" / "vectors"))
QUIET_S = 0.1
PATIENT_S = 3.0
CLOSED = -2

# What RFC 4475 and 5118 want of an element that owns none of the domains in them: 400, 505 or 416 where the section
# names a fault; 481 for what claims to be within a dialog; silence for sound requests to foreign domains (row 20) and
# for responses that nobody waits for.
ANSWERS = {
    400: """badaspec baddn badinv01 clerr escruri insuf ltgtruri lwsruri lwsstart mcl01 mismatch01 mismatch02 multi01
        ncl quotbal regbadct scalar02 trws ipv6-bad""",
    416: "novelsc unkscm",
    481: "wsinv mult-ip-in-header via-received-param-with-delim",
    505: "badvers",
    0: """badbranch baddate bcast bext01 bigcode cparam01 cparam02 dblreq esc01 esc02 escnull intmeth inv2543 invut
        longreq lwsdisp mpart01 noreason regaut01 regescrt scalarlg sdp01 semiuri transports unksm2 unreason zeromf
        ipv4-mapped-ipv6 ipv6-bug-abnf-3-colons ipv6-correct-abnf-2-colons ipv6-good ipv6-in-sdp mult-ip-in-sdp
        port-ambiguous port-unambiguous via-received-param-no-delim""",
}
EXPECTED = {name: status for status, names in ANSWERS.items() for name in names.split()}
_LENGTH = re.compile(rb"^(?:content-length|l)[ \t]*:\s*(\d{1,9})[ \t]*\r$", re.IGNORECASE | re.MULTILINE)
_PORT = re.compile(
    rb"^(?:via|v)\s*:\s*SIP\s*/\s*\d\.\d\s*/\s*\w+\s+[^;,\r\n]*?[^:\s]\s*:\s*(\d+)\s*[;,\r]",
    re.IGNORECASE | re.MULTILINE,
)

needs_vectors = pytest.mark.skipif(not FOLDER.is_dir(), reason="the messages of RFC 4475 and 5118 are not here")


def _octets(name: str) -> bytes:
    return next(FOLDER.glob(f"*/{name}*")).read_bytes()


@pytest.fixture
def source(place: Place) -> str:
    """An address that has sent no junk yet: the ingress guard counts by source."""
    return place.host("stranger")


@pytest.fixture(autouse=True)
def _the_service_lives(town: Town) -> Iterator[None]:
    """Nothing unhandled is logged, and no process has died, whatever the test has sent."""
    before = town.pids()
    yield
    assert town.pids() == before
    assert town.bugs() == []


def test_all_61_are_judged() -> None:
    assert len(EXPECTED) == 61
    if FOLDER.is_dir():
        assert sorted(EXPECTED) == sorted(path.name.removesuffix(".dat") for path in FOLDER.glob("rfc*/*"))


def _assert_answer(wire: Wire, wanted: int) -> None:
    """What comes next is an answer of that status; for 0 there is none."""
    answer = wire.receive(PATIENT_S if wanted else QUIET_S)
    assert (answer.status if answer else 0) == wanted, wire.told


def _via_port(data: bytes) -> int:
    """Where the answer goes (RFC 3261 section 18.2.2)."""
    found = _PORT.search(data)
    return int(found.group(1)) if found else 5060


@needs_vectors
@pytest.mark.parametrize("name", EXPECTED)
def test_message_of_the_rfcs_over_udp(place: Place, source: str, name: str) -> None:
    """Goals 5, RFC 4475 and 5118."""
    data = _octets(name)
    wire = place.wire(source, _via_port(data))
    wire.send(data)
    _assert_answer(wire, EXPECTED[name])


def _wanted_over_tcp(data: bytes, status: int) -> int:
    """On a stream the Content-Length decides first (RFC 3261 section 18.3): without exactly one it is closed."""
    head, blank, body = data.partition(b"\r\n\r\n")
    lengths = {int(found) for found in _LENGTH.findall(head + b"\r\n")}
    if blank and len(lengths) != 1:
        return CLOSED
    return status if blank and len(body) >= lengths.pop() else 0  # the rest may still come


def _assert_over_tcp(wire: TcpWire, wanted: int) -> None:
    if wanted == CLOSED:
        assert wire.is_closed(PATIENT_S)
    else:
        _assert_answer(wire, wanted)
        assert not wire.is_closed(0.02)


@needs_vectors
@pytest.mark.parametrize("name", [name for name in EXPECTED if name != "dblreq"])
def test_message_of_the_rfcs_over_tcp(place: Place, source: str, name: str) -> None:
    """Goals 5. The branches differ from those over UDP, where the same ones would be repeats."""
    data = re.sub(rb"z9hG4bK(?=\w)", b"z9hG4bKtcp", _octets(name))
    wire = place.tcp(source)
    wire.send(data)
    _assert_over_tcp(wire, _wanted_over_tcp(data, EXPECTED[name]))


@needs_vectors
def test_two_messages_in_one_segment(place: Place, source: str) -> None:
    """RFC 4475 section 3.1.1.8: over a stream the second one is read too; what follows it is no SIP: closed."""
    wire = place.tcp(source)
    wire.send(_octets("dblreq"))
    _assert_over_tcp(wire, CLOSED)


@needs_vectors
@pytest.mark.parametrize("name", ["badvers", "insuf", "unkscm", "wsinv", "esc01", "quotbal"])
def test_message_split_at_every_octet(place: Place, source: str, name: str) -> None:
    """Goals 5: each octet in a segment of its own makes no difference."""
    data = re.sub(rb"z9hG4bK", b"z9hG4bKsplit", _octets(name))
    data = re.sub(rb"390skdjuw", b"390skdjuwsplit", data)
    wire = place.tcp(source)
    wire.send_split(data)
    _assert_over_tcp(wire, _wanted_over_tcp(data, EXPECTED[name]))


def test_call_split_at_every_octet(place: Place) -> None:
    """RFC 3261 section 18.3: an INVITE that comes octet by octet, two requests in one segment, a keep-alive between."""
    place.open(credentials=False, acl=[place.host("stranger")])
    wire = place.tcp(place.host("stranger"))
    wire.send_split(_options(place, "TCP", body="12345"))
    assert wire.expect(200).method == "OPTIONS"
    wire.send(b"\r\n\r\n" + _options(place, "TCP") + _options(place, "TCP", body="x" * 3000))
    assert wire.expect(200).method == "OPTIONS"
    assert wire.expect(200).method == "OPTIONS"


# Those whose answer is the transport's affair: too long for a datagram, or not a message at all.
OWN = [vector for vector in VECTORS if len(vector.octets) < 60_000]


@pytest.mark.parametrize("vector", OWN, ids=lambda vector: vector.name)
def test_message_of_our_own_over_udp(place: Place, source: str, vector: Vector) -> None:
    """Each by its rule; sound ones are to a foreign domain and met with silence (row 20)."""
    wanted = 0 if vector.verdict in {ACCEPT, DROP} else vector.verdict
    data = vector.octets.replace(b"branch=z9hG4bK", b"branch=z9hG4bK" + secrets.token_hex(6).encode())
    wire = place.wire(source, _via_port(data))
    wire.send(data)
    _assert_answer(wire, wanted)


@pytest.mark.parametrize("size", [0, 1, 3, 17_000, 65_000])
def test_datagrams_of_every_size_are_survived(place: Place, source: str, size: int) -> None:
    """Goals 6: empty ones, keep-alives, and more than the 16 KiB that a message may have."""
    wire = place.wire(source)
    wire.send(_options(place, "UDP")[:60] + b"a" * size if size > 3 else b"\0" * size)
    wire.assert_silence(0.05)
    wire.send(_options(place, "UDP"))
    assert wire.expect(200).method == "OPTIONS"


def test_a_source_of_junk_is_not_listened_to_for_a_while_and_others_are(place: Place, source: str) -> None:
    """Goals 6: beyond twenty faults a second nothing of that source is parsed; its neighbour notices nothing."""
    wire, neighbour = place.wire(source), place.wire(place.host("other"))
    for _ in range(40):
        wire.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    wire.send(_options(place, "UDP"))
    wire.assert_silence(0.2)
    neighbour.send(_options(place, "UDP"))
    assert neighbour.expect(200).method == "OPTIONS"


@pytest.mark.parametrize("seed", range(5))
def test_mutated_calls_do_no_harm(place: Place, source: str, seed: int) -> None:
    """Goals 6: 400 INVITEs with octets changed, lost, doubled, over UDP and TCP; then a call goes through."""
    chance = random.Random(seed)
    place.open()
    wire = place.wire(source)
    sound = _invite(place, "UDP")
    for _ in range(350):
        wire.send(_mutated(sound, chance))
    for _ in range(50):
        with TcpWire(place.host("other"), place.town.gateway) as stream:
            stream.send(_mutated(_invite(place, "TCP"), chance))
    carrier, caller = place.carrier(), place.customer()
    caller.invite(login=place.login)
    callee = Callee.on(carrier)
    callee.talk_with(caller)


def test_connections_that_say_nothing_or_never_end_are_borne(place: Place) -> None:
    """Goals 6: half a header, an endless line, a connection that is closed at once; the next one is served."""
    host = place.host("stranger")
    idle = [place.tcp(host) for _ in range(20)]
    idle[0].send(b"INVITE sip:a@")
    idle[1].send(b"OPTIONS sip:x SIP/2.0\r\nX: " + b"a" * 70_000)
    assert idle[1].is_closed()
    idle[2].close()
    wire = place.tcp(place.host("other"))
    wire.send(_options(place, "TCP"))
    assert wire.expect(200).method == "OPTIONS"


def _mutated(sound: bytes, chance: random.Random) -> bytes:
    data = bytearray(sound)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randint(1, 12)]
            case 2:
                data[at:at] = data[at : at + chance.randint(1, 40)]
            case _:
                data[at:at] = chance.choice([b"\r\n", b"\0", b'"', b"<", b";", b",", b":", b"\xff", b"%", b"9" * 20])
    return bytes(data)


def _headers(place: Place, transport: str, method: str) -> list[tuple[str, str]]:
    return [
        ("Via", f"SIP/2.0/{transport} {place.host('stranger')};branch=z9hG4bK{secrets.token_hex(6)};rport"),
        ("Max-Forwards", "70"),
        ("From", f'"A" <sip:{place.number}@x.invalid>;tag=1'),
        ("To", f"<sip:{place.far}@{place.domain}>"),
        ("Call-ID", secrets.token_hex(8)),
        ("CSeq", f"1 {method}"),
        ("Contact", f"<sip:a@{place.host('stranger')}>"),
    ]


def _options(place: Place, transport: str, body: str = "") -> bytes:
    start = f"OPTIONS sip:127.0.0.1:{place.town.gateway[1]} SIP/2.0"
    return write(start, _headers(place, transport, "OPTIONS"), body)


def _invite(place: Place, transport: str) -> bytes:
    headers = [*_headers(place, transport, "INVITE"), ("Content-Type", "application/sdp")]
    headers.append(("Proxy-Authorization", f'Digest username="{place.name}",realm="x",nonce="y",uri="z",response="q"'))
    headers.append(("Diversion", f"<sip:{place.far}@x>;reason=unknown"))
    return write(f"INVITE sip:{place.far}@{place.domain} SIP/2.0", headers, sdp("127.0.0.9", 40000))
