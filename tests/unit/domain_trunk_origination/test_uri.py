"""Origination URIs: rows 46-50, sip.md 4.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain_trunk.town import CALLEE
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.facts import OriginationUrlSid
from trunkline.domain.trunk.origination.uri import (
    BAD_HEADER_NAME,
    BAD_HEADER_VALUE,
    BAD_PARAMETER,
    RESERVED_HEADER_NAME,
    OriginationTarget,
    OriginationUri,
    header_part_too_long,
    parse_origination_uri,
)
from trunkline.protocol.sip.message.uri import parse_uri


def read(text: str) -> OriginationUri:
    uri = parse_origination_uri(text)
    assert uri is not None
    return uri


@pytest.mark.parametrize(
    ("text", "user", "host", "port", "transport", "edge"),
    [
        ("sip:192.0.2.7", None, "192.0.2.7", None, None, None),
        ("sip:pbx.example.com", None, "pbx.example.com", None, None, None),
        ("SIP:pbx.example.com.", None, "pbx.example.com.", None, None, None),
        ("  sip:pbx.example.com ", None, "pbx.example.com", None, None, None),
        ("sip:sales@pbx.example.com:5070", "sales", "pbx.example.com", 5070, None, None),
        ("sip:+1202@h.example;transport=udp", "+1202", "h.example", None, Transport.UDP, None),
        ("sip:h.example;transport=tcp", None, "h.example", None, Transport.TCP, None),
        ("sip:h.example;Transport=TLS", None, "h.example", None, Transport.TLS, None),
        ("sip:h.example:5099;transport=tls", None, "h.example", 5099, Transport.TLS, None),
        ("sips:h.example", None, "h.example", None, Transport.TLS, None),
        ("sips:h.example;transport=tcp", None, "h.example", None, Transport.TLS, None),
        ("sip:h.example;edge=dublin", None, "h.example", None, None, "dublin"),
        ("sip:h.example;region=ie1", None, "h.example", None, None, "dublin"),
        ("sip:h.example;EDGE=Tokyo;region=ie1", None, "h.example", None, None, "tokyo"),
        ("sip:h.example;tnx=TNX1", None, "h.example", None, None, None),
    ],
)
def test_rows_46_to_49_parts_of_a_uri(
    text: str, user: str | None, host: str, port: int | None, transport: Transport, edge: str | None
) -> None:
    assert read(text) == OriginationUri(user, host, port, transport, edge, (), ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "sip:@h.example",
        "http://h.example",
        "tel:+12025550101",
        "h.example",
        "sip:h example",
        "sip:user:secret@h.example",
        "sip:h.example:0",
        "sip:h.example:65536",
        "sip:h.example:x",
        "sip:300.0.0.1",
        "sip:192.0.2",
        "sip:192.0.2.7.",
        "sip:[2001:db8::1]",
        "sip:-h.example",
        "sip:h..example",
        "sip:" + "a" * 64 + ".example",
        "sip:" + ".".join(["a" * 60] * 5),
        "sip:h.example\r\nX-Evil: 1",
        "<sip:h.example>",
    ],
)
def test_row_46_what_cannot_be_called_is_no_uri(text: str) -> None:
    assert parse_origination_uri(text) is None


@pytest.mark.parametrize(
    ("params", "transport"),
    [
        (";transport=sctp", None),
        (";transport", None),
        (";edge=mars", None),
        (";region=", None),
        (";edge=roaming", None),
        (";lr", None),
        (";maddr=192.0.2.1;transport=tcp", Transport.TCP),
    ],
)
def test_row_49_bad_parameter_is_left_out_with_a_warning(params: str, transport: Transport | None) -> None:
    uri = read("sip:h.example" + params)
    assert uri == OriginationUri(None, "h.example", None, transport, None, (), (BAD_PARAMETER,))


@pytest.mark.parametrize(
    ("part", "headers", "warnings"),
    [
        ("X-Team=sales", (("X-Team", "sales"),), ()),
        ("x-a=1&X-B=two%20words&X-C=", (("x-a", "1"), ("X-B", "two words"), ("X-C", "")), ()),
        ("X-A=b=c@d?e", (("X-A", "b=c@d?e"),), ()),
        ("X-A", (("X-A", ""),), ()),
        ("X-A=%C3%A4", (("X-A", "ä"),), ()),
        ("Team=sales", (), (BAD_HEADER_NAME,)),
        ("X-=1", (), (BAD_HEADER_NAME,)),
        ("X-A%0d%0aVia=1", (), (BAD_HEADER_NAME,)),
        ("X-A:=1&X-B=2", (("X-B", "2"),), (BAD_HEADER_NAME,)),
        ("&", (), (BAD_HEADER_NAME, BAD_HEADER_NAME)),
        ("X-Twilio-CallSid=CA1", (), (RESERVED_HEADER_NAME,)),
        ("x-TWILIO=1", (), (RESERVED_HEADER_NAME,)),
        ("X-%54wilio-A=1", (), (RESERVED_HEADER_NAME,)),
        ("X-A=1%0d%0aRoute:%20x", (), (BAD_HEADER_VALUE,)),
        ("X-A=%00", (), (BAD_HEADER_VALUE,)),
        ("X-A=%ff", (), (BAD_HEADER_VALUE,)),
        ("X-A=" + "1" * 1019, (("X-A", "1" * 1019),), ()),
        ("X-A=" + "1" * 1020, (), (BAD_HEADER_VALUE,)),
    ],
)
def test_row_50_headers_of_a_uri(part: str, headers: tuple[tuple[str, str], ...], warnings: tuple[int, ...]) -> None:
    uri = read("sip:bob@h.example;transport=tcp?" + part)
    assert uri == OriginationUri("bob", "h.example", None, Transport.TCP, None, headers, warnings)


@pytest.mark.parametrize(("length", "too_long"), [(0, False), (1023, False), (1024, True)])
def test_row_50_header_part_has_a_limit(length: int, too_long: bool) -> None:
    assert header_part_too_long("sip:h.example?" + "x" * length) is too_long
    assert not header_part_too_long("sip:" + "x" * 2000)


@pytest.mark.parametrize(
    ("text", "transport", "request_uri"),
    [
        ("sip:h.example?X-A=1", None, f"sip:{CALLEE}@h.example"),
        ("sip:h.example:5070;edge=dublin", Transport.TCP, f"sip:{CALLEE}@h.example:5070;transport=tcp"),
        ("sip:h.example", Transport.UDP, f"sip:{CALLEE}@h.example;transport=udp"),
        ("sips:h.example", Transport.TLS, f"sip:{CALLEE}@h.example;transport=tls"),
    ],
)
def test_request_uri_of_a_target(text: str, transport: Transport | None, request_uri: str) -> None:
    """sip.md 4.4."""
    assert OriginationTarget(OriginationUrlSid("OU1"), read(text), transport, CALLEE).request_uri == request_uri


PIECES = st.sampled_from(
    (
        *("sip:", "sips:", "bob", "@", "h.example", "192.0.2.7", ":", "5060", ";transport=", "tls", ";edge=", "us1"),
        *("?", "X-A", "=", "&", "%0d%0a", "%", "%ff", "[", "]", "<", ">", " ", "\r\n", "\x00", "ä", ".", "-", "+1"),
        *("X-Twilio", ";"),
    )
)


@given(st.lists(PIECES, max_size=16).map("".join) | st.text(max_size=60))
def test_any_text_is_no_uri_or_one_that_writes_safe_sip(text: str) -> None:
    uri = parse_origination_uri(text)
    if uri is None:
        return
    request_uri = OriginationTarget(OriginationUrlSid("OU1"), uri, uri.transport, uri.user or CALLEE).request_uri
    assert parse_uri(request_uri).host == uri.host
    for name, value in uri.headers:
        assert name.lower().startswith("x-")
        assert not name.lower().startswith("x-twilio")
        assert not set(name + value) & set("\r\n\x00")
