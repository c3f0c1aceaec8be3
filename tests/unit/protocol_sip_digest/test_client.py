"""Answers to challenges (RFC 3261 section 22.3, RFC 7616 section 3.4, RFC 8760)."""

import pytest

from tests.unit.protocol_sip_digest.credential import PASSWORD, REALM, URI
from trunkline.kit.secret import Secret
from trunkline.protocol.sip.digest.algorithm import Algorithm, ha1, legacy_response
from trunkline.protocol.sip.digest.client import answer_challenge, choose_challenge, parse_challenge
from trunkline.protocol.sip.digest.errors import UnanswerableChallenge
from trunkline.protocol.sip.digest.parameter import parse_digest

RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


@pytest.mark.parametrize(
    ("algorithm", "proof"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc_7616_section_3_9_1_whole_header(algorithm: str, proof: str) -> None:
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    password = Secret("Circle of Life")
    answered = answer_challenge(RFC_7616.format(algorithm), "GET", "/dir/index.html", "Mufasa", password, cnonce)
    assert parse_digest(answered) == {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "uri": "/dir/index.html",
        "algorithm": algorithm,
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "nc": "00000001",
        "cnonce": cnonce,
        "qop": "auth",
        "response": proof,
        "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    }


def test_known_ha1_answers_like_the_password() -> None:
    challenge = 'Digest realm="r",nonce="n",qop="auth"'
    known = Secret(ha1(Algorithm.MD5, "bob", "r", "pw"))
    assert answer_challenge(challenge, "INVITE", URI, "bob", known, "c", is_ha1=True) == answer_challenge(
        challenge, "INVITE", URI, "bob", Secret("pw"), "c"
    )


def test_server_without_qop_gets_the_answer_of_rfc_2069() -> None:
    params = parse_digest(
        answer_challenge('Digest realm="r",nonce="n"', "INVITE", URI, "bob", Secret("pw"), "unused", 1)
    )
    assert params == {
        "username": "bob",
        "realm": "r",
        "nonce": "n",
        "uri": URI,
        "response": legacy_response(Algorithm.MD5, ha1(Algorithm.MD5, "bob", "r", "pw"), "INVITE", URI, "n"),
    }


def test_topmost_spoken_challenge_is_chosen() -> None:
    """RFC 8760 section 2.4."""
    chosen = choose_challenge(
        [
            'Digest realm="r",nonce="0",qop="auth",algorithm=SHA-512-256',
            'Digest realm="r",nonce="1",qop="auth-int"',
            'Digest realm="r",nonce="2",qop="auth",algorithm=SHA-256',
            'Digest realm="r",nonce="3",qop="auth"',
        ]
    )
    assert (chosen.nonce, chosen.algorithm) == ("2", Algorithm.SHA_256)


def test_two_challenges_in_one_line() -> None:
    """RFC 7235 section 4.1; a comma and the word Digest inside quotes split nothing."""
    line = 'Basic realm="b", Digest realm="a, Digest x",nonce="1",algorithm=X, Digest realm="r", nonce="2"'
    assert choose_challenge([line]).nonce == "2"


def test_challenge_of_another_realm_is_not_answered() -> None:
    with pytest.raises(UnanswerableChallenge):
        choose_challenge(['Digest realm="elsewhere",nonce="1"'], realm="carrier")
    both = ['Digest realm="elsewhere",nonce="1"', 'Digest realm="carrier",nonce="2"']
    assert choose_challenge(both, "carrier").nonce == "2"


def test_stale_is_told() -> None:
    assert parse_challenge('Digest realm="r",nonce="1",stale=TRUE').stale
    assert not parse_challenge('Digest realm="r",nonce="1",stale=false').stale


@pytest.mark.parametrize(
    "challenge",
    [
        'Basic realm="r"',
        'Digest realm="r"',
        'Digest nonce="n"',
        'Digest realm="r',
        'Digest realm="r",nonce="n",algorithm=MD5-sess',
        'Digest realm="r",nonce="n",qop="auth-int"',
    ],
)
def test_what_is_not_spoken_is_unanswerable(challenge: str) -> None:
    with pytest.raises(UnanswerableChallenge):
        answer_challenge(challenge, "INVITE", URI, "alice", PASSWORD, "c")
    with pytest.raises(UnanswerableChallenge):
        choose_challenge([challenge], REALM)
