"""Three verdicts over our own vectors, and what an accepted or refused message shows (goals, row 5)."""

import timeit

import pytest

from tests.vectors.sip_torture import ACCEPT, DROP, REST, START, VECTORS, VIA, Vector, message, options, without
from trunkline.protocol.sip.message.errors import MalformedMessage, UnframeableMessage
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse

BY_NAME = {vector.name: vector.octets for vector in VECTORS}


def refusal(octets: bytes) -> MalformedMessage | None:
    try:
        parse(octets)
    except MalformedMessage as error:
        return error
    except UnframeableMessage:
        pass
    return None


def verdict(octets: bytes) -> int:
    try:
        parse(octets)
    except MalformedMessage as error:
        return error.status
    except UnframeableMessage:
        return DROP
    return ACCEPT


def read(name: str) -> Request:
    found = parse(BY_NAME[name])
    assert isinstance(found, Request)
    return found


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_verdict_is_the_one_the_rule_gives(vector: Vector) -> None:
    assert verdict(vector.octets) == vector.verdict, vector.rule


def test_every_refusal_can_be_answered_on_the_wire() -> None:
    """RFC 3261 section 8.2.6: even a broken request's answer is written without error."""
    refusals = [refusal(vector.octets) for vector in VECTORS if vector.verdict > 0]
    assert len(refusals) > 40
    for error in refusals:
        assert error is not None
        assert error.request is not None
        octets = error.request.respond(error.status, to_tag="x").to_bytes()
        assert octets.startswith(b"SIP/2.0 %d " % error.status)
        assert octets.count(b"\r\nCall-ID:") + octets.count(b"\r\ni:") <= 1


def test_compact_names_are_the_long_ones() -> None:
    request = read("compact_names")
    assert (request.via.branch, request.from_.tag, request.call_id) == ("z9hG4bK-t1", "f1", "torture-1@192.0.2.10")
    assert request.cseq == (7, "OPTIONS")
    assert request.get("content-length") == "0"


def test_values_are_trimmed_and_names_kept() -> None:
    request = read("space_and_tab_around_colon")
    assert ("subject", "Subject", "late") in request.headers
    assert read("value_of_spaces_only").get("subject") == ""


def test_folded_via_reads_like_a_plain_one() -> None:
    via = read("folded_via").via
    assert (via.transport, via.host, via.port, via.branch) == ("UDP", "192.0.2.10", 5062, "z9hG4bK-t1")


def test_folded_from_reads_like_a_plain_one() -> None:
    address = read("folded_from").from_
    assert (address.name, str(address.uri), address.tag) == ("A, B", "sip:a@example.org", "1")


def test_body_ends_with_content_length() -> None:
    assert read("octets_behind_the_body").body == b"ab"
    assert read("equal_content_lengths").body == b"ab"
    assert read("no_content_length").body == b"ab"


def test_octets_that_are_not_utf_8_survive() -> None:
    request = read("octets_not_utf8")
    assert b"Subject: caf\xe9\xff\r\n" in request.to_bytes()


def test_via_of_several_values_in_one_line() -> None:
    request = read("many_vias_in_one_line")
    assert request.via.branch == "z9hG4bK-t1"
    assert len(request.members("via")) == 3


def test_user_part_may_hold_semicolons_and_question_marks() -> None:
    uri = read("user_with_parameters").uri
    assert (uri.user, uri.host, uri.param("user")) == ("+14155550142;npdi=yes?/;x=y", "example.net", "phone")
    assert uri.plain_user == "+14155550142"


def test_bare_contact_parameters_belong_to_the_header() -> None:
    """RFC 3261 section 20.10."""
    contact = read("contact_parameters").contact
    assert contact is not None
    assert (contact.param("expires"), contact.uri.params) == ("5", ())


def test_contact_star_is_no_contact() -> None:
    request = read("contact_star")
    assert request.contact is None
    assert request.get("contact") == "*"


def test_three_colons_are_read_as_two() -> None:
    assert read("three_colons").uri.address == "2001:db8::192.0.2.1"


def test_received_is_read_without_its_brackets() -> None:
    assert read("ipv6_via_received").via.received == "2001:db8::a"


def test_malformed_request_tells_status_and_reason() -> None:
    with pytest.raises(MalformedMessage) as caught:
        parse(BY_NAME["other_version"])
    assert (caught.value.status, caught.value.reason) == (505, "Version Not Supported")
    assert caught.value.request is not None
    assert caught.value.request.via.host == "192.0.2.10"


def test_answer_to_a_doubled_header_copies_the_first_only() -> None:
    with pytest.raises(MalformedMessage) as caught:
        parse(options("i: another"))
    assert caught.value.request is not None
    assert caught.value.request.respond(400).get_all("call-id") == ["torture-1@192.0.2.10"]


def test_answer_to_an_unreadable_to_copies_it_untagged() -> None:
    with pytest.raises(MalformedMessage) as caught:
        parse(without("To: <sip:+14155550142@demo.example.net>", 'To: "A <sip:a@b.example>'))
    assert caught.value.request is not None
    assert caught.value.request.respond(400, to_tag="x").get("to") == '"A <sip:a@b.example>'


def test_message_of_64_kb_is_read_and_one_more_octet_is_not() -> None:
    """Goals: caps."""
    head = len(options("Content-Length: 00000"))
    whole = options(f"Content-Length: {65536 - head}", body="a" * (65536 - head))
    assert len(whole) == 65536
    assert verdict(whole) == ACCEPT
    assert verdict(whole + b"a") == DROP


REPEATED = [*' a"\\;,<@:=\t%', ";a=b", "%41", "a@", "[:", "a ", ", ", "a%", '"a" ']
PLACES = (
    "Via: SIP/2.0/UDP {}",
    "Via: SIP/2.0/UDP a;{}(",
    "From: {}<sip:a@b>",
    "From: <sip:{}>",
    "From: <sip:a@b>{}(",
    "To: {}",
    "Contact: {}(",
    "CSeq: {}",
    "{}: x",
    "Subject: {}\r\n {}",
)


def seconds(octets: bytes) -> float:
    return min(timeit.repeat(lambda: verdict(octets), number=1, repeat=3))


@pytest.mark.parametrize("repeated", REPEATED)
def test_no_shape_takes_more_than_its_length(repeated: str) -> None:
    """Goals, row 6: no hang. The longest takes 3 ms; one expression of quadratic cost would take a second."""
    fill = repeated * (8000 // len(repeated))
    for place in PLACES:
        line = place.format(fill, fill)
        name = line.partition(":")[0]
        octets = message(START, *(kept for kept in (VIA, *REST) if not kept.startswith(f"{name}:")), line)
        assert seconds(octets) < 0.1
    assert seconds(options(start=f"OPTIONS sip:{fill} SIP/2.0")) < 0.1
