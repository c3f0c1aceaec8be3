"""name-addr and addr-spec (RFC 3261 sections 20.10 and 25.1)."""

import pytest

from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.name_addr import parse_name_addr, quote_display, split_addresses, split_values


@pytest.mark.parametrize(
    ("text", "name", "uri", "tag"),
    [
        ('"Alice B" <sip:a@b.example>;tag=1', "Alice B", "sip:a@b.example", "1"),
        ('"Alice"<sip:a@b.example>;TAG=1', "Alice", "sip:a@b.example", "1"),
        ("Alice B  <sip:a@b.example>;tag=1", "Alice B", "sip:a@b.example", "1"),
        ("<sip:a@b.example;lr>;x;tag=1", "", "sip:a@b.example;lr", "1"),
        ("sip:a@b.example;tag=1", "", "sip:a@b.example", "1"),
        ("sip:a@b.example", "", "sip:a@b.example", ""),
        ('"" <sip:a@b.example> ; tag = 1', "", "sip:a@b.example", "1"),
        ('"a \\"b\\" \\\\ c" <sip:a@b.example>', 'a "b" \\ c', "sip:a@b.example", ""),
        ("Jörg <sip:a@b.example>", "Jörg", "sip:a@b.example", ""),
        ('<sip:a@b.example>;x="a;tag=no";tag=1', "", "sip:a@b.example", "1"),
        ("<tel:+14155550142>;tag=1", "", "tel:+14155550142", "1"),
        ("<sip:a@b.example:65535>", "", "sip:a@b.example:65535", ""),
    ],
)
def test_address_is_read(text: str, name: str, uri: str, tag: str) -> None:
    address = parse_name_addr(text)
    assert (address.name, str(address.uri), address.tag) == (name, uri, tag)


def test_written_form() -> None:
    address = parse_name_addr('"A"   <sip:a@b.example>; x = 1;lr')
    assert str(address) == '"A" <sip:a@b.example>;x=1;lr'
    assert repr(address) == "NameAddr('\"A\" <sip:a@b.example>;x=1;lr')"
    assert (address.param("x"), address.param("lr"), address.param("y")) == ("1", "", None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<>",
        "<sip:a@b.example",
        '"a <sip:a@b.example>',
        '"a" sip:a@b.example',
        "a, b <sip:a@b.example>",
        "<sip:a@b.example>x",
        "<sip:a@b.example>;;tag=1",
        "<sip:a@b.example>;",
        "sip:a@b.example;",
        "sip:a@b.example?x=y",
        "sip:a@b.example, sip:c@d.example",
        "<sip:a@b.example:65536>",
        "<sip:a b@c.example>",
        "a <b> <sip:a@b.example>",
    ],
)
def test_malformed_address(text: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_name_addr(text)


def test_display_names_are_quoted_without_control_characters() -> None:
    assert quote_display('a"\\\r\n\x7fb') == '"a\\"\\\\b"'
    assert quote_display("") == ""


def test_addresses_split_at_commas_between_them() -> None:
    value = '"a, b" <sip:a,b@c.example>;x="1,2" , <sip:d@e.example>,'
    assert split_addresses(value) == ['"a, b" <sip:a,b@c.example>;x="1,2"', "<sip:d@e.example>"]
    assert split_values("a, ,b") == ["a", "", "b"]
