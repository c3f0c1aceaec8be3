"""A carrier's challenge is answered once and for its own realm only (goals: never a challenge from elsewhere)."""

import hashlib

import pytest

from trunkline.domain.trunk.carrier.login import CarrierLogin
from trunkline.kit.secret import Secret
from trunkline.protocol.sip.message.message import Request

URI = "sip:+442079460123@192.0.2.200:5060"
LOGIN = CarrierLogin("trunk7", "carrier.example", Secret("correct horse 9"))
OURS = 'Digest realm="carrier.example",nonce="n1",qop="auth"'


def challenged(
    *values: str, status: int = 407, header: str = "Proxy-Authenticate", given: str = ""
) -> tuple[str, str] | None:
    request = Request("INVITE", URI, [("via", "Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")])
    for name, value in (("From", "<sip:a@b>;tag=1"), ("To", "<sip:c@d>"), ("Call-ID", "x"), ("CSeq", "1 INVITE")):
        request.add(name, value)
    if given:
        request.add(given, "Digest username=x")
    response = request.respond(status, to_tag="t")
    for value in values:
        response.add(header, value)
    return LOGIN.credentials(request, response, "c0")


def proof(algorithm: str) -> str:
    """RFC 7616 section 3.4.1, worked out here by hand."""

    def h(text: str) -> str:
        return hashlib.new(algorithm, text.encode()).hexdigest()

    secret = h("trunk7:carrier.example:correct horse 9")
    return h(f"{secret}:n1:00000001:c0:auth:{h(f'INVITE:{URI}')}")


@pytest.mark.parametrize(
    ("name", "algorithm"), [("", "md5"), (",algorithm=MD5", "md5"), (",algorithm=SHA-256", "sha256")]
)
def test_both_algorithms_are_answered(name: str, algorithm: str) -> None:
    answer = challenged(OURS + name)
    assert answer is not None
    header, value = answer
    assert header == "Proxy-Authorization"
    assert f'response="{proof(algorithm)}"' in value
    assert 'username="trunk7"' in value
    assert f'uri="{URI}"' in value


def test_401_is_answered_by_authorization() -> None:
    answer = challenged(OURS, status=401, header="WWW-Authenticate")
    assert answer is not None
    assert answer[0] == "Authorization"


@pytest.mark.parametrize(
    "values",
    [
        (),
        ('Digest realm="evil.example",nonce="n1",qop="auth"',),
        ('Digest realm="Carrier.example",nonce="n1",qop="auth"',),
        ('Digest realm="",nonce="n1",qop="auth"',),
        (OURS + ",algorithm=MD4",),
        ('Basic realm="carrier.example"',),
        ("Digest",),
    ],
)
def test_what_is_not_a_challenge_of_our_realm_gets_no_answer(values: tuple[str, ...]) -> None:
    assert challenged(*values) is None


def test_of_several_challenges_the_one_of_our_realm_is_answered() -> None:
    answer = challenged('Digest realm="evil.example",nonce="n0",qop="auth"', OURS)
    assert answer is not None
    assert 'realm="carrier.example",nonce="n1"' in answer[1]


@pytest.mark.parametrize("given", ["Authorization", "Proxy-Authorization"])
def test_credentials_that_did_not_do_are_not_repeated(given: str) -> None:
    assert challenged(OURS, given=given) is None


@pytest.mark.parametrize("status", [400, 403, 408, 503])
def test_only_401_and_407_are_challenges(status: int) -> None:
    assert challenged(OURS, status=status) is None
