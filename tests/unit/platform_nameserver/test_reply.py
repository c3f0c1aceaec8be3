"""Octets in, octets out: features row 19, RFC 1035 section 4, RFC 2308, RFC 6891."""

import random
import struct
from collections import Counter

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.domain.trunk.edge.edges import LEGACY_IDS, EdgeGateway
from trunkline.domain.trunk.edge.zone import Authority, edge_zone
from trunkline.platform.nameserver.reply import LONGEST_TCP, LONGEST_UDP, Replies

PFX = "example.com"
FOUR = tuple(EdgeGateway("ashburn", f"192.0.2.{at}", 5060) for at in range(4))


def replies(gateways: tuple[EdgeGateway, ...] = FOUR) -> Replies:
    return Replies(edge_zone(PFX, gateways, Authority(7, ("192.0.2.53",))))


SERVER = replies()


def ask(
    name: str, kind: str = "A", server: Replies | None = None, rdclass: str = "IN", use_edns: int | None = None
) -> dns.message.Message:
    wire = dns.message.make_query(name, kind, rdclass, use_edns=use_edns).to_wire()
    answer = (server or replies()).answer(wire)
    assert answer is not None
    return dns.message.from_wire(answer)


def texts(rrset: dns.rrset.RRset) -> list[str]:
    return [rdata.to_text() for rdata in rrset]


def test_row_19_a_trunk_has_the_four_addresses_of_its_edge_with_authority() -> None:
    answer = ask(f"acme.pstn.ashburn.{PFX}")
    (addresses,) = answer.answer
    assert sorted(texts(addresses)) == ["192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert (addresses.ttl, addresses.name.to_text()) == (600, f"acme.pstn.ashburn.{PFX}.")
    assert answer.flags & dns.flags.AA
    assert not answer.flags & dns.flags.RA


def test_row_19_addresses_come_in_random_order() -> None:
    server = replies()
    first = Counter(texts(ask(f"acme.pstn.{PFX}", server=server).answer[0])[0] for _ in range(400))
    assert set(first) == {"192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3"}
    # 100 each on average; fewer than 50 happens once in 10**8 runs.
    assert min(first.values()) > 50


def test_a_name_is_found_in_any_case_and_given_back_as_it_was_asked() -> None:
    answer = ask(f"ACME.pstn.Us1.{PFX.upper()}")
    assert answer.rcode() is dns.rcode.NOERROR
    assert answer.answer[0].name.to_text() == f"ACME.pstn.Us1.{PFX.upper()}."


def test_services_bring_the_addresses_of_their_hosts() -> None:
    answer = ask(f"_sip._tcp.pstn.ashburn.{PFX}", "SRV")
    assert texts(answer.answer[0])[0].startswith("10 10 5060 gw")
    assert {rrset.name.to_text(): texts(rrset) for rrset in answer.additional} == {
        f"gw{at + 1}.ashburn.{PFX}.": [f"192.0.2.{at}"] for at in range(4)
    }


@pytest.mark.parametrize(
    ("name", "kind", "rcode"),
    [
        (f"nobody.{PFX}", "A", dns.rcode.NXDOMAIN),
        (f"acme.pstn.tokyo.{PFX}", "A", dns.rcode.NXDOMAIN),
        (f"acme.pstn.{PFX}", "AAAA", dns.rcode.NOERROR),
        (f"acme.pstn.{PFX}", "TXT", dns.rcode.NOERROR),
    ],
)
def test_what_there_is_not_is_denied_by_the_soa(name: str, kind: str, rcode: dns.rcode.Rcode) -> None:
    answer = ask(name, kind)
    assert (answer.rcode(), answer.answer) == (rcode, [])
    (soa,) = answer.authority
    assert (soa.rdtype, soa.ttl, soa.name.to_text()) == (dns.rdatatype.SOA, 60, f"{PFX}.")


@pytest.mark.parametrize("name", ["example.org", "com", ".", "x\\.example.com", f"{PFX}.example.org"])
def test_other_zones_are_refused(name: str) -> None:
    answer = ask(name)
    assert (answer.rcode(), answer.answer, answer.authority) == (dns.rcode.REFUSED, [], [])
    assert not answer.flags & dns.flags.AA


def test_the_zone_tells_its_own_name_server() -> None:
    answer = ask(PFX, "NS")
    assert texts(answer.answer[0]) == [f"ns.{PFX}."]
    assert texts(answer.additional[0]) == ["192.0.2.53"]
    assert texts(ask(PFX, "SOA").answer[0]) == [f"ns.{PFX}. hostmaster.{PFX}. 7 3600 600 604800 60"]


def test_another_class_is_refused_and_another_opcode_not_implemented() -> None:
    assert ask(PFX, "SOA", rdclass="CH").rcode() is dns.rcode.REFUSED
    query = dns.message.make_query(PFX, "SOA")
    query.set_opcode(dns.opcode.NOTIFY)
    answer = replies().answer(query.to_wire())
    assert answer is not None
    assert dns.message.from_wire(answer).rcode() is dns.rcode.NOTIMP


def test_an_edns_version_to_come_is_told_so() -> None:
    assert ask(PFX, "SOA", use_edns=1).rcode() == dns.rcode.BADVERS


def test_two_questions_at_once_are_a_format_error() -> None:
    query = dns.message.make_query(PFX, "SOA")
    query.question.append(dns.rrset.RRset(query.question[0].name, query.question[0].rdclass, dns.rdatatype.A))
    answer = replies().answer(query.to_wire())
    assert answer is not None
    assert dns.message.from_wire(answer).rcode() is dns.rcode.FORMERR


@pytest.mark.parametrize(
    ("payload", "longest", "cut"),
    [(None, LONGEST_UDP, True), (1000, LONGEST_UDP, True), (4096, LONGEST_UDP, True), (None, LONGEST_TCP, False)],
)
def test_an_answer_that_is_too_long_is_cut_and_asked_for_again_over_tcp(
    payload: int | None, longest: int, cut: bool
) -> None:
    many = tuple(EdgeGateway("ashburn", f"192.0.2.{at}", 5060) for at in range(200))
    query = dns.message.make_query(f"acme.pstn.{PFX}", "A", payload=payload)
    answer = replies(many).answer(query.to_wire(), longest=longest)
    assert answer is not None
    assert len(answer) <= max(512, min(payload or 512, 1232)) or not cut
    read = dns.message.from_wire(answer)
    assert bool(read.flags & dns.flags.TC) is cut
    assert bool(read.answer) is not cut


def test_a_response_and_what_is_no_message_get_no_answer() -> None:
    server = replies()
    query = dns.message.make_query(PFX, "SOA")
    response = dns.message.make_response(query)
    for data in (b"", b"x", bytes(11), response.to_wire(), query.to_wire()[:-3], b"\0" * 2 + b"\xff" * 40):
        assert server.answer(data) is None


def test_no_octets_of_a_peer_raise_anything() -> None:
    """2,000 messages altered at random: each gets a readable answer or none."""
    draw = random.Random(53)
    edges = tuple(EdgeGateway(edge, "192.0.2.1", 5060) for edge in LEGACY_IDS)
    server = replies(edges)
    seeds = [
        dns.message.make_query(name, kind, use_edns=edns).to_wire()
        for name, kind, edns in (
            (f"acme.pstn.br1.{PFX}", "A", -1),
            (f"pstn.dublin.{PFX}", "NAPTR", 0),
            (f"_sips._tcp.pstn.{PFX}", "SRV", 0),
            (PFX, "ANY", -1),
        )
    ]
    answered = 0
    for _ in range(2000):
        data = bytearray(draw.choice(seeds))
        for _ in range(draw.randrange(1, 6)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        cut = draw.choice([len(data), len(data), draw.randrange(len(data))])
        answer = server.answer(bytes(data[:cut]) + draw.randbytes(draw.choice([0, 0, 9])))
        if answer is not None:
            answered += 1
            assert len(answer) <= LONGEST_UDP
            assert struct.unpack_from("!H", answer, 2)[0] & 0x8000
    assert 0 < answered < 2000


@pytest.mark.parametrize("kind", ["AXFR", "IXFR"])
def test_nobody_gets_the_whole_zone(kind: str) -> None:
    """RFC 5936 section 2.2.1: a transfer that is not allowed is refused, not empty."""
    wire = dns.message.make_query(PFX, kind).to_wire()
    answer = dns.message.from_wire(replies().answer(wire, longest=LONGEST_TCP) or b"")
    assert (answer.rcode(), answer.answer) == (dns.rcode.REFUSED, [])


@settings(max_examples=300)
@given(st.randoms(use_true_random=False), st.sampled_from(["A", "ANY", "SRV", "NAPTR", "TKEY", "TSIG", "OPT"]))
def test_whatever_comes_is_answered_or_not_and_never_raises(chance: random.Random, kind: str) -> None:
    """Goals 6: loops of compression, lengths that lie, options, classes and types that nobody knows."""
    query = dns.message.make_query("a.b.pstn." + PFX, kind, use_edns=chance.choice([None, 0, 1]), want_dnssec=True)
    wire = bytearray(query.to_wire())
    for _ in range(chance.randrange(6)):
        wire[chance.randrange(len(wire))] = chance.choice([0, 1, 63, 64, 0xC0, 0x0C, 255, chance.randrange(256)])
    cut = bytes(wire[: chance.choice([len(wire), chance.randrange(len(wire))])]) + chance.randbytes(
        chance.choice([0, 0, 9])
    )
    answer = SERVER.answer(cut)
    assert answer is None or len(answer) <= LONGEST_UDP
