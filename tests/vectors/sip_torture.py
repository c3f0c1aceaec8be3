"""SIP messages at and beyond the edges of the grammar, each with the rule it tries and the verdict the rule gives."""

from dataclasses import dataclass
from typing import Final

ACCEPT: Final = 0
DROP: Final = -1


@dataclass(frozen=True, slots=True)
class Vector:
    """`verdict` is ACCEPT, DROP or the status of the answer; `rule` is the clause that says so."""

    name: str
    rule: str
    verdict: int
    octets: bytes


def message(*lines: str, body: str = "") -> bytes:
    """Lines to octets: CRLF after each, an empty line, the body."""
    return ("\r\n".join([*lines, "", ""]) + body).encode()


VIA: Final = "Via: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bK-t1"
FROM: Final = "From: <sip:+14155550100@pbx.example.org>;tag=f1"
TO: Final = "To: <sip:+14155550142@demo.example.net>"
CALL_ID: Final = "Call-ID: torture-1@192.0.2.10"
REST: Final = (FROM, TO, CALL_ID, "CSeq: 7 OPTIONS", "Max-Forwards: 70")
START: Final = "OPTIONS sip:+14155550142@demo.example.net SIP/2.0"


def options(*extra: str, start: str = START, via: str = VIA, body: str = "") -> bytes:
    """A sound OPTIONS with lines added."""
    return message(start, via, *REST, *extra, body=body)


def without(line: str, *instead: str) -> bytes:
    """A sound OPTIONS with one line replaced."""
    return message(START, *(kept for kept in (VIA, *REST) if kept != line), *instead)


def response(status: str, *, via: str = VIA, cseq: str = "CSeq: 7 OPTIONS") -> bytes:
    """A response with a status line's rest as given."""
    return message(f"SIP/2.0 {status}", via, FROM, f"{TO};tag=t1", CALL_ID, cseq, "Content-Length: 0")


def _with_nul(octets: bytes) -> bytes:
    return octets.replace(b"~", b"\0")


VECTORS: Final = (
    # ---- what must be read
    Vector("plain", "RFC 3261 7.1", ACCEPT, options()),
    Vector("empty_lines_before", "RFC 3261 7.5", ACCEPT, b"\r\n\r\n" + options()),
    Vector(
        "compact_names",
        "RFC 3261 7.3.3",
        ACCEPT,
        message(START, "v: " + VIA[5:], "f" + FROM[4:], "t" + TO[2:], "i" + CALL_ID[7:], "cSEQ: 7 OPTIONS", "l: 0"),
    ),
    Vector("space_and_tab_around_colon", "RFC 3261 7.3.1", ACCEPT, options("Subject \t:\t  late  ")),
    Vector("value_of_spaces_only", "RFC 3261 7.3.1", ACCEPT, options("Subject:   \t ", "Organization:")),
    Vector(
        "folded_via",
        "RFC 3261 7.3.1",
        ACCEPT,
        options(via="Via: SIP / 2.0\r\n\t/ UDP   192.0.2.10 : 5062 ;\r\n branch = z9hG4bK-t1"),
    ),
    Vector(
        "folded_from", "RFC 3261 7.3.1", ACCEPT, without(FROM, 'From:\r\n "A, B"\r\n <sip:a@example.org>\r\n ;tag=1')
    ),
    Vector(
        "unknown_method",
        "RFC 3261 7.1",
        ACCEPT,
        message("X-%41*'~ sip:a@example.net SIP/2.0", VIA, FROM, TO, CALL_ID, "CSeq: 1 X-%41*'~"),
    ),
    Vector("request_line_of_two_words", "RFC 3261 7.1", DROP, options(start="OPTIONS SIP/2.0")),
    Vector("lower_case_version", "RFC 3261 7.1", ACCEPT, options(start=START.replace("SIP/2.0", "sip/2.0"))),
    Vector(
        "escaped_at_in_user", "RFC 3261 19.1.2", ACCEPT, options(start="OPTIONS sip:a%40b.example@example.net SIP/2.0")
    ),
    Vector(
        "user_with_parameters",
        "RFC 3261 19.1.1",
        ACCEPT,
        options(start="OPTIONS sip:+14155550142;npdi=yes?/;x=y@example.net;user=phone SIP/2.0"),
    ),
    Vector(
        "tel_request_uri", "RFC 3966 3", ACCEPT, options(start="OPTIONS tel:+1-415-555-0142;phone-context=x SIP/2.0")
    ),
    Vector("foreign_scheme_in_to", "RFC 3261 20.39", ACCEPT, without(TO, "To: <http://www.example.org/a>")),
    Vector(
        "quoted_gt_and_comma", "RFC 3261 25.1", ACCEPT, without(FROM, 'From: "a > b, \\" <x>" <sip:a@b.example>;tag=1')
    ),
    Vector(
        "nul_as_quoted_pair", "RFC 3261 25.1", ACCEPT, _with_nul(without(FROM, 'From: "a\\~" <sip:a@b.example>;tag=1'))
    ),
    Vector("no_branch", "RFC 2543 6.40", ACCEPT, options(via="Via: SIP/2.0/UDP 192.0.2.10")),
    Vector("cookie_only_branch", "RFC 4475 3.2.1", ACCEPT, options(via="Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK")),
    Vector("unknown_transport", "RFC 3261 20.42", ACCEPT, options(via="Via: SIP/2.0/DCCP 192.0.2.10;branch=z9hG4bKx")),
    Vector("many_vias_in_one_line", "RFC 3261 7.3.1", ACCEPT, options(via=VIA + ", " + VIA[5:] + " ,\t" + VIA[5:])),
    Vector("seventy_vias", "RFC 3261 20.22", ACCEPT, message(START, *([VIA] * 70), *REST)),
    Vector("equal_content_lengths", "RFC 9112 6.3", ACCEPT, options("Content-Length: 2", "l: 2", body="ab")),
    Vector("octets_behind_the_body", "RFC 3261 18.3", ACCEPT, options("Content-Length: 2", body="abBYE sip:x SIP/2.0")),
    Vector("no_content_length", "RFC 3261 18.3", ACCEPT, options(body="ab")),
    Vector("contact_star", "RFC 3261 20.10", ACCEPT, options("Contact: *")),
    Vector("contact_parameters", "RFC 3261 20.10", ACCEPT, options("Contact: sip:a@192.0.2.10;expires=5")),
    Vector(
        "contact_headers_in_brackets",
        "RFC 3261 20.10",
        ACCEPT,
        options("Contact: <sip:a@192.0.2.10?Route=%3Csip:x%3E>"),
    ),
    Vector("cseq_largest", "RFC 3261 8.1.1.5", ACCEPT, without(REST[3], "CSeq: 2147483647\tOPTIONS")),
    Vector("utf8_display_name", "RFC 3261 25.1", ACCEPT, without(FROM, 'From: "Ünï Ⓒ" <sip:a@b.example>;tag=1')),
    Vector("octets_not_utf8", "RFC 3261 7", ACCEPT, options("Subject: caf~").replace(b"~", b"\xe9\xff")),
    Vector("three_colons", "RFC 5118 4.10", ACCEPT, options(start="OPTIONS sip:a@[2001:db8:::192.0.2.1] SIP/2.0")),
    Vector(
        "ipv6_via_received",
        "RFC 5118 4.5",
        ACCEPT,
        options(via="Via: SIP/2.0/UDP [2001:db8::9]:5070;received=[2001:db8::a];branch=z9hG4bKx"),
    ),
    Vector("utf8_reason", "RFC 3261 25.1", ACCEPT, response("200 всё хорошо = 2**3")),
    Vector("empty_reason", "RFC 4475 3.1.1.13", ACCEPT, response("180 ")),
    Vector("missing_reason", "RFC 4475 3.1.1.13", ACCEPT, response("180")),
    Vector("highest_status", "RFC 3261 7.2", ACCEPT, response("699 Never")),
    # ---- what is answered
    Vector("space_behind_version", "RFC 4475 3.1.2.10", 400, options(start=START + "  ")),
    Vector("two_spaces_in_start", "RFC 4475 3.1.2.9", 400, options(start=START.replace(" sip", "  sip"))),
    Vector("space_in_request_uri", "RFC 4475 3.1.2.8", 400, options(start="OPTIONS sip:a@b.example; lr SIP/2.0")),
    Vector("request_uri_in_brackets", "RFC 4475 3.1.2.7", 400, options(start="OPTIONS <sip:a@b.example> SIP/2.0")),
    Vector("request_uri_with_headers", "RFC 4475 3.1.2.11", 400, options(start="OPTIONS sip:a@b.example?X=y SIP/2.0")),
    Vector("request_uri_without_host", "RFC 3261 19.1.1", 400, options(start="OPTIONS sip:a@ SIP/2.0")),
    Vector("request_uri_bad_port", "RFC 3261 19.1.1", 400, options(start="OPTIONS sip:a@b.example:70000 SIP/2.0")),
    Vector("request_uri_bare_ipv6", "RFC 5118 4.2", 400, options(start="OPTIONS sip:2001:db8::1 SIP/2.0")),
    Vector("request_uri_bad_escape", "RFC 3261 25.1", 400, options(start="OPTIONS sip:a%4@b.example SIP/2.0")),
    Vector("request_uri_not_ascii", "RFC 3261 25.1", 400, options(start="OPTIONS sip:é@b.example SIP/2.0")),
    Vector("unknown_scheme", "RFC 4475 3.3.2", 416, options(start="OPTIONS phone:12345 SIP/2.0")),
    Vector("scheme_with_dots", "RFC 4475 3.3.3", 416, options(start="OPTIONS iris.beep://192.0.2.1 SIP/2.0")),
    Vector(
        "other_version",
        "RFC 4475 3.1.2.16",
        505,
        options(start="OPTIONS sip:a@b.example SIP/3.0", via="Via: SIP/3.0/UDP 192.0.2.10;branch=z9hG4bKx"),
    ),
    Vector(
        "other_version_in_via_only", "RFC 3261 20.42", 400, options(via="Via: SIP/3.0/UDP 192.0.2.10;branch=z9hG4bKx")
    ),
    Vector("empty_via_parameter", "RFC 4475 3.1.2.1", 400, options(via="Via: SIP/2.0/UDP 192.0.2.10;;branch=z9hG4bKx")),
    Vector("empty_from_parameter", "RFC 4475 3.1.2.1", 400, without(FROM, "From: <sip:a@b.example>;;tag=1")),
    Vector("missing_from", "RFC 4475 3.3.1", 400, without(FROM)),
    Vector("missing_to", "RFC 4475 3.3.1", 400, without(TO)),
    Vector("missing_call_id", "RFC 4475 3.3.1", 400, without(CALL_ID)),
    Vector("empty_call_id", "RFC 3261 20.8", 400, without(CALL_ID, "Call-ID:  ")),
    Vector("missing_cseq", "RFC 4475 3.3.1", 400, without(REST[3])),
    Vector("two_froms", "RFC 4475 3.3.8", 400, options(FROM)),
    Vector("two_call_ids", "RFC 4475 3.3.8", 400, options("i: another")),
    Vector("two_max_forwards", "RFC 4475 3.3.8", 400, options("Max-Forwards: 70")),
    Vector("two_content_lengths", "RFC 4475 3.3.9", 400, options("Content-Length: 2", "Content-Length: 1", body="ab")),
    Vector("negative_length", "RFC 4475 3.1.2.3", 400, options("Content-Length: -1")),
    Vector("length_in_other_digits", "RFC 3261 25.1", 400, options("Content-Length: ٢", body="ab")),
    Vector("endless_length", "RFC 4475 3.1.2.4", 400, options("Content-Length: " + "9" * 5000)),
    Vector("body_too_short", "RFC 3261 18.3", 400, options("Content-Length: 3", body="ab")),
    Vector("cseq_too_large", "RFC 3261 8.1.1.5", 400, without(REST[3], "CSeq: 2147483648 OPTIONS")),
    Vector("cseq_not_a_number", "RFC 3261 25.1", 400, without(REST[3], "CSeq: +7 OPTIONS")),
    Vector("cseq_other_method", "RFC 4475 3.1.2.17", 400, without(REST[3], "CSeq: 7 INVITE")),
    Vector("cseq_method_in_other_case", "RFC 3261 7.1", 400, without(REST[3], "CSeq: 7 options")),
    Vector("max_forwards_too_large", "RFC 3261 20.22", 400, without(REST[4], "Max-Forwards: 256")),
    Vector("open_quote", "RFC 4475 3.1.2.6", 400, without(TO, 'To: "A <sip:a@b.example>')),
    Vector("open_bracket", "RFC 3261 25.1", 400, without(TO, "To: <sip:a@b.example")),
    Vector("junk_behind_bracket", "RFC 3261 25.1", 400, without(TO, "To: <sip:a@b.example> x;tag=1")),
    Vector("space_in_brackets", "RFC 4475 3.1.2.14", 400, without(TO, "To: < sip:a@b.example >")),
    Vector("comma_in_bare_name", "RFC 4475 3.1.2.15", 400, without(TO, "To: Bee, A <sip:a@b.example>")),
    Vector("bare_address_with_headers", "RFC 4475 3.1.2.13", 400, options("Contact: sip:a@b.example?X=y")),
    Vector("second_contact_broken", "RFC 3261 20.10", 400, options("Contact: <sip:a@b.example>, <sip:>")),
    Vector("line_without_colon", "RFC 3261 7.3.1", 400, options("No colon in this line")),
    Vector("name_not_a_token", "RFC 3261 25.1", 400, options("X Y: 1")),
    Vector("nameless_line", "RFC 3261 25.1", 400, options(": 1")),
    Vector("bare_nul", "RFC 3261 25.1", 400, _with_nul(options("Subject: a~"))),
    Vector("header_of_9_kb", "goals: caps", 400, options("Subject: " + "a" * 9000)),
    Vector("seventy_one_vias", "goals: caps", 400, message(START, *([VIA] * 71), *REST)),
    # ---- what cannot be answered
    Vector("nothing", "RFC 3261 7", DROP, b""),
    Vector("keep_alive", "RFC 5626 4.4.1", DROP, b"\r\n\r\n"),
    Vector("no_empty_line", "RFC 3261 7", DROP, options()[:-2]),
    Vector("line_feeds_only", "RFC 3261 7", DROP, options().replace(b"\r\n", b"\n")),
    Vector("bare_lf_in_header", "RFC 3261 25.1", DROP, options("Subject: a\nX-Added: b")),
    Vector("bare_cr_in_header", "RFC 3261 25.1", DROP, options("Subject: a\rX-Added: b")),
    Vector("http", "RFC 3261 7.1", DROP, message("GET / HTTP/1.1", "Host: example.org")),
    Vector("method_not_a_token", "RFC 3261 7.1", DROP, options(start="OP(IONS sip:a@b.example SIP/2.0")),
    Vector("start_of_two_words", "RFC 3261 7.1", DROP, options(start="OPTIONS SIP/2.0x")),
    Vector("no_via", "RFC 3261 18.2.2", DROP, without(VIA)),
    Vector("via_without_host", "RFC 3261 18.2.2", DROP, options(via="Via: SIP/2.0/UDP ;branch=z9hG4bKx")),
    Vector("via_host_with_slash", "RFC 3261 18.2.2", DROP, options(via="Via: SIP/2.0/UDP a/b;branch=z9hG4bKx")),
    Vector(
        "malformed_ack",
        "RFC 3261 17",
        DROP,
        message("ACK sip:a@b.example SIP/2.0", VIA, FROM, TO, CALL_ID, "CSeq: 1 INVITE"),
    ),
    Vector("status_too_large", "RFC 4475 3.1.2.19", DROP, response("4294967496 OK")),
    Vector("status_too_small", "RFC 3261 7.2", DROP, response("099 Low")),
    Vector("status_in_other_digits", "RFC 3261 7.2", DROP, response("٢٠٠ OK")),
    Vector("response_cseq_too_large", "RFC 4475 3.1.2.5", DROP, response("503 x", cseq="CSeq: 9292394834772 OPTIONS")),
    Vector("response_via_broken", "RFC 3261 18.1.2", DROP, response("200 OK", via="Via: SIP/2.0/UDP")),
    Vector(
        "response_of_another_version", "RFC 3261 7.2", DROP, response("200 OK").replace(b"SIP/2.0 200", b"SIP/3.0 200")
    ),
    Vector("too_many_headers", "goals: caps", DROP, options(*["X-A: 1"] * 257)),
    Vector("over_64_kb", "goals: caps", DROP, options("Content-Length: 65536", body="a" * 65536)),
)
