"""SIP, SIPS and tel URIs (RFC 3261 section 19.1, RFC 3966)."""

import pytest

from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.uri import Uri, parse_host_port, parse_uri, unescape


def test_all_parts() -> None:
    uri = parse_uri("SIPS:alice;day=tue:se%24ret@A.Example:5061;Transport=TCP;lr?Subject=x&y=z")
    assert (uri.scheme, uri.user, uri.password, uri.host, uri.port) == (
        "sips",
        "alice;day=tue",
        "se%24ret",
        "A.Example",
        5061,
    )
    assert (uri.transport, uri.param("lr"), uri.param("ttl"), uri.headers) == ("tcp", "", None, "Subject=x&y=z")
    assert (uri.address, uri.plain_user) == ("a.example", "alice")
    assert str(uri) == "sips:alice;day=tue:se%24ret@A.Example:5061;Transport=TCP;lr?Subject=x&y=z"


def test_host_only() -> None:
    uri = parse_uri("sip:192.0.2.1")
    assert (uri.user, uri.password, uri.port, uri.params, uri.headers, uri.plain_user) == (None, None, None, (), "", "")


def test_empty_parameters_are_passed_over() -> None:
    assert parse_uri("sip:a@b.example;;lr;").params == (("lr", None),)


def test_at_in_a_parameter_ends_no_user() -> None:
    assert parse_uri("sip:a@b.example;x=c@d").user == "a"


def test_tel() -> None:
    """RFC 3966 section 3."""
    uri = parse_uri("TEL:+1-415-555-0142;phone-context=example.org")
    assert (uri.scheme, uri.user, uri.host, uri.param("phone-context")) == (
        "tel",
        "+1-415-555-0142",
        "",
        "example.org",
    )
    assert str(uri) == "tel:+1-415-555-0142;phone-context=example.org"


def test_other_schemes_keep_their_rest() -> None:
    uri = parse_uri("urn:service:sos")
    assert (uri.scheme, uri.host, str(uri)) == ("urn", "service:sos", "urn:service:sos")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "sip",
        "sip:@a.example",
        "sip::pw@a.example",
        "sip:a@",
        "sip:a b@c.example",
        "sip:a@b.example:",
        "sip:a@b.example:99999",
        "sip:a@b.example:-1",
        "sip:a%@b.example",
        "sip:a@b%41.example",
        "sip:a@b@c.example",
        "sip:[2001:db8::1",
        "sip:a@[x]",
        'sip:a@b.example;x="y"',
        "sip:a@b.example\n",
        "sip:ä@b.example",
        "<sip:a@b.example>",
        "tel:",
        "tel:;x=y",
        "tel:1 2",
        "1x:y",
        "isbn:",
        "http://a b",
        "http://a\0",
        ":a",
    ],
)
def test_malformed_uri(text: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_uri(text)


def test_equal_by_text() -> None:
    assert parse_uri("sip:a@b.example") == Uri("sip", "a", "b.example")
    assert parse_uri("sip:a@b.example") != parse_uri("sip:a@b.example;lr")
    assert parse_uri("sip:a@b.example") != "sip:a@b.example"
    assert len({parse_uri("sip:a@b.example"), parse_uri("sip:a@b.example")}) == 1
    assert repr(parse_uri("sip:a@b.example")) == "Uri('sip:a@b.example')"


def test_unescape_resolves_once() -> None:
    """RFC 3261 section 19.1.2: %2541 is %41, not A."""
    assert unescape("%2541%c3") == "%41Ã"


def test_host_port() -> None:
    assert parse_host_port("[2001:db8::1]:5060") == ("[2001:db8::1]", 5060)
    assert parse_host_port("a.example :\t5060") == ("a.example", 5060)
    for text in ("", ":5060", "a:65536", "a:٥", "[::1"):
        with pytest.raises(MalformedMessage):
            parse_host_port(text)
