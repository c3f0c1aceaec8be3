"""Header names: compact forms and canonical spelling (RFC 3261 section 7.3.3)."""

import pytest

from trunkline.protocol.sip.message.header_name import header_key, header_name


@pytest.mark.parametrize(
    ("name", "key"),
    [
        *((name, "via") for name in ("v", "V", "viA", "Via ", "VIA")),
        *(("CALL-ID", "call-id"), ("i", "call-id"), ("m", "contact"), ("r", "refer-to"), ("x", "session-expires")),
        *(("X-Own", "x-own"), ("q", "q")),
    ],
)
def test_key_is_the_long_name_in_lower_case(name: str, key: str) -> None:
    assert header_key(name) == key


@pytest.mark.parametrize(
    ("key", "name"),
    [("call-id", "Call-ID"), ("cseq", "CSeq"), ("www-authenticate", "WWW-Authenticate"), ("x-a", "X-A")],
)
def test_written_name(key: str, name: str) -> None:
    assert header_name(key) == name
