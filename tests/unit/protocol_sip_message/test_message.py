"""Requests and responses as an ordered multimap with typed views."""

import pytest

from tests.vectors.sip_torture import options
from trunkline.protocol.sip.message.errors import LocalProtocolError, MalformedMessage
from trunkline.protocol.sip.message.message import Message, Request, Response
from trunkline.protocol.sip.message.parse import parse


def request(*extra: str) -> Request:
    message = parse(options(*extra))
    assert isinstance(message, Request)
    return message


def test_get_sees_every_change() -> None:
    message = request("Subject: 1", "subject: 2")
    assert message.get("subject") == "1"
    message.put("subject", "3")
    assert (message.get("subject"), message.get_all("subject")) == ("3", ["3"])
    message.add("Subject", "4")
    assert message.get_all("subject") == ["3", "4"]
    message.drop("subject")
    assert message.get("subject") is None
    message.put("x-new-one", "5")
    assert message.headers[-1] == ("x-new-one", "X-New-One", "5")


def test_put_keeps_the_place_of_the_first_line() -> None:
    message = request("Subject: 1", "Organization: x", "s: 2")
    message.put("subject", "3")
    assert [key for key, _, _ in message.headers][-2:] == ["subject", "organization"]


def test_views_are_read_anew_after_a_change() -> None:
    message = request("Contact: <sip:a@192.0.2.1>")
    assert message.contact is not None
    assert message.to.tag == ""
    message.put("to", "<sip:x@y.example>;tag=9")
    message.put("cseq", "8 OPTIONS")
    message.put("contact", "<sip:b@192.0.2.2>")
    assert (message.to.tag, message.cseq) == ("9", (8, "OPTIONS"))
    assert str(message.contact.uri) == "sip:b@192.0.2.2"
    message.drop("contact")
    assert message.contact is None


def test_contact_is_the_first_of_several() -> None:
    message = request('Contact: "a, b" <sip:a@192.0.2.1>;q=1, <sip:b@192.0.2.2>')
    assert message.contact is not None
    assert message.contact.uri.user == "a"


def test_members_and_tokens_run_over_all_lines() -> None:
    routes = ('Route: <sip:a;lr>, "x,y" <sip:b;lr>', "Route: <sip:c;lr>")
    message = request("Supported: timer, 100REL", "k: replaces,", *routes)
    assert message.tokens("supported") == {"timer", "100rel", "replaces"}
    assert message.members("route") == ["<sip:a;lr>", '"x,y" <sip:b;lr>', "<sip:c;lr>"]


def test_stamped_via_leaves_the_others_in_its_line() -> None:
    message = request()
    message.put("via", "SIP/2.0/UDP a.example;rport, SIP/2.0/TCP b.example")
    message.stamp_via("192.0.2.9", 5099)
    assert message.get("via") == "SIP/2.0/UDP a.example;rport=5099;received=192.0.2.9, SIP/2.0/TCP b.example"
    assert message.get_all("via") == [message.get("via")]
    assert message.via.received == "192.0.2.9"


def test_stamp_that_changes_nothing_touches_nothing() -> None:
    message = request()
    before = list(message.headers)
    message.stamp_via("192.0.2.10", 5062)
    assert message.headers == before


def test_response_copies_what_section_8_2_6_names() -> None:
    message = request("Via: SIP/2.0/UDP b.example;branch=z9hG4bKb", "Timestamp: 54", "Subject: x")
    trying = message.respond(100)
    assert [key for key, _, _ in trying.headers] == ["via", "from", "to", "call-id", "cseq", "via", "timestamp"]
    ringing = message.respond(180, to_tag="t")
    assert (ringing.reason, ringing.to.tag, ringing.get("timestamp")) == ("Ringing", "t", None)
    assert message.respond(486, "Gone fishing").reason == "Gone fishing"
    assert message.respond(498).reason == "Unknown"


def test_to_tag_in_a_dialog_is_kept() -> None:
    message = request()
    message.put("to", "<sip:x@y.example>;tag=theirs")
    assert message.respond(200, to_tag="mine").to.tag == "theirs"


def test_written_length_is_the_bodys() -> None:
    message = request("Content-Length: 0")
    message.body = b"v=0\r\n"
    assert message.to_bytes().endswith(b"\r\nContent-Length: 5\r\n\r\nv=0\r\n")
    assert message.to_bytes().count(b"Content-Length") == 1


@pytest.mark.parametrize("text", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\ud800", "a\udc0ab"])
def test_text_that_is_no_line_is_our_fault(text: str) -> None:
    message = request()
    message.add("Subject", text)
    with pytest.raises(LocalProtocolError):
        message.to_bytes()


def test_missing_header_is_named() -> None:
    message = Request("OPTIONS", "sip:a@b.example", [])
    for read in (
        lambda: message.via,
        lambda: message.from_,
        lambda: message.to,
        lambda: message.cseq,
        lambda: message.call_id,
    ):
        with pytest.raises(MalformedMessage, match=r"400 Missing (Via|From|To|CSeq|Call-ID)"):
            read()
    assert message.contact is None


def test_shown_by_start_line_only() -> None:
    assert repr(request("Proxy-Authorization: secret")) == "Request(OPTIONS sip:+14155550142@demo.example.net)"
    assert repr(Response(486, "Busy Here", [])) == "Response(486 Busy Here)"


def test_bare_message_cannot_be_sent() -> None:
    with pytest.raises(LocalProtocolError):
        Message([], b"").to_bytes()


def test_text_is_what_is_written_less_the_headers_named() -> None:
    message = request("Authorization: Digest a=b", "Subject: caf\xe9", "Authorization: Digest c=d")
    message.body = b"\xff\r\n"
    assert message.to_text().encode("utf-8", "surrogateescape") == message.to_bytes()
    assert "Authorization" in message.to_text()
    shorter = message.to_text(frozenset({"authorization"}))
    message.drop("authorization")
    assert shorter.encode("utf-8", "surrogateescape") == message.to_bytes()
