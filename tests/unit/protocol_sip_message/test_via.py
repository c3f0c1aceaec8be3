"""The Via header (RFC 3261 section 20.42, RFC 3581)."""

import pytest

from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.via import Via, parse_via


def test_common_via() -> None:
    via = parse_via("SIP/2.0/TLS pbx.example.org:5071;branch=z9hG4bKa;rport")
    assert (via.transport, via.host, via.port, via.branch, via.param("rport")) == (
        "TLS",
        "pbx.example.org",
        5071,
        "z9hG4bKa",
        "",
    )
    assert str(via) == "SIP/2.0/TLS pbx.example.org:5071;branch=z9hG4bKa;rport"


def test_parameter_names_compare_without_case() -> None:
    via = parse_via("SIP/2.0/UDP 192.0.2.1;BRANCH=z9hG4bKa;Received=192.0.2.2")
    assert (via.branch, via.received, via.param("ttl")) == ("z9hG4bKa", "192.0.2.2", None)


@pytest.mark.parametrize(("text", "port"), [("UDP a.example", 5060), ("TLS a.example", 5061), ("TCP a.example:7", 7)])
def test_reply_port_defaults_by_transport(text: str, port: int) -> None:
    """RFC 3261 section 18.2.2."""
    assert parse_via(f"SIP/2.0/{text}").reply_port == port


def test_sent_by_keeps_an_explicit_port() -> None:
    """RFC 3261 section 17.2.3 compares sent-by; a default port that is left out is another value there."""
    assert parse_via("SIP/2.0/UDP A.Example").sent_by == "a.example"
    assert parse_via("SIP/2.0/UDP A.Example:5060").sent_by == "a.example:5060"


def test_source_equal_to_sent_by_adds_nothing() -> None:
    """RFC 3261 section 18.2.1."""
    via = parse_via("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa")
    assert via.with_source("192.0.2.1", 5099) is via


def test_rport_is_filled_even_when_the_source_equals_sent_by() -> None:
    """RFC 3581 section 4."""
    via = parse_via("SIP/2.0/UDP [2001:db8::1];rport;branch=z9hG4bKa").with_source("2001:db8::1", 5099)
    assert str(via) == "SIP/2.0/UDP [2001:db8::1];rport=5099;branch=z9hG4bKa;received=2001:db8::1"


def test_received_that_a_peer_made_up_is_replaced() -> None:
    via = parse_via("SIP/2.0/UDP a.example;received=192.0.2.66;branch=z9hG4bKa;Received=192.0.2.67")
    assert str(via.with_source("192.0.2.9", 1)) == "SIP/2.0/UDP a.example;branch=z9hG4bKa;received=192.0.2.9"


def test_via_of_another_version_shows_the_way_back() -> None:
    via = parse_via("SIP/7.0/UDP a.example:6000;branch=x")
    assert (via.version, via.fault, via.host, via.port) == ("7.0", "Malformed Via", "a.example", 6000)
    assert str(via.with_source("192.0.2.9", 1)).startswith("SIP/7.0/UDP a.example:6000;")


def test_empty_parameter_is_a_fault_that_shows_the_way_back() -> None:
    """RFC 4475 section 3.1.2.1."""
    via = parse_via("SIP/2.0/UDP a.example;;rport")
    assert (via.fault, via.host) == ("Empty Via parameter", "a.example")
    assert repr(via) == "Via('SIP/2.0/UDP a.example;;rport')"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ",
        "SIP/2.0 a.example",
        "HTTP/2.0/UDP a.example",
        "SIP/2.0/UDP a b",
        "SIP/2.0/UDP a.example:65536",
        "SIP/2.0/UDP a.example:x",
        "SIP/2.0/UDP [2001:db8::1",
        "SIP/2.0/UDP [2001:db8::1]5060",
        "SIP/2.0/UDP a.example, b.example",
        'SIP/2.0/UDP a.example;x="',
        "SIP/2.0/UDP é.example",
    ],
)
def test_malformed_via(text: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_via(text)


def test_port_beyond_the_common_shape() -> None:
    assert parse_via("SIP/2.0/UDP a.example:65535").port == 65535
    assert isinstance(parse_via("sip/2.0/udp  a.example"), Via)
