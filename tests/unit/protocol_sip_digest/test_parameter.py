"""Parameters of Digest headers, as peers really write them."""

import pytest

from trunkline.protocol.sip.digest.errors import MalformedCredentials
from trunkline.protocol.sip.digest.parameter import is_digest, parse_digest, quote


def test_commas_escapes_and_case() -> None:
    """RFC 3261 section 25.1: quoted strings hold commas, equals signs and escaped pairs."""
    assert parse_digest('dIgEsT  UserName="a,b=\\"c\\"\\\\", REALM = "r" ,nc=0000000A,\tqop=auth, x-new="1"') == {
        "username": 'a,b="c"\\',
        "realm": "r",
        "nc": "0000000A",
        "qop": "auth",
        "x-new": "1",
    }


def test_empty_quoted_value_and_stray_commas() -> None:
    assert parse_digest('Digest ,realm="",, opaque="", ') == {"realm": "", "opaque": ""}


def test_token_value_may_hold_equals_signs() -> None:
    """Some peers leave base64 nonces unquoted."""
    assert parse_digest("Digest nonce=YWI9PQ==,qop=auth") == {"nonce": "YWI9PQ==", "qop": "auth"}


@pytest.mark.parametrize(
    "value",
    [
        'Digest username="bob, realm="r"',
        'Digest username="bob',
        'Digest username="bob\\"',
        'Digest realm="r" junk, nonce="n"',
        "Digest realm",
        "Digest =r",
        'Digest realm="r"nonce="n"',
        'Digest nonce="1",nonce="2"',
        'Digest Nonce="1",nonce="1"',
        'Basic realm="r"',
    ],
)
def test_junk_is_refused(value: str) -> None:
    with pytest.raises(MalformedCredentials):
        parse_digest(value)


def test_error_text_never_quotes_the_header() -> None:
    with pytest.raises(MalformedCredentials) as caught:
        parse_digest('Digest response="8ca523f5e9506fed" junk')
    assert "8ca523" not in str(caught.value)


def test_quote_round_trips() -> None:
    hard = 'a"b\\c,d=e'
    assert parse_digest(f"Digest realm={quote(hard)}") == {"realm": hard}


def test_scheme_is_told_by_its_word() -> None:
    assert is_digest('DIGEST realm="r"')
    assert not is_digest("Digester realm=r")
