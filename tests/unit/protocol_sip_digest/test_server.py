"""Rows 23 and 24: the challenge and the verdict on what comes back (design, decision 15; goals, row 7)."""

import re
import timeit

import pytest

from tests.unit.protocol_sip_digest.credential import ALICE, PASSWORD, REALM, URI, User, answer, lookup
from trunkline.kit.instant import Instant, later
from trunkline.kit.secret import Secret
from trunkline.protocol.sip.digest.client import answer_challenge
from trunkline.protocol.sip.digest.parameter import parse_digest
from trunkline.protocol.sip.digest.server import DigestMode, DigestOutcome, DigestServer, DigestVerdict

NOW = Instant(5000.0)
SOURCE = "192.0.2.77"
HOSTS = frozenset({"demo.pstn.trunkline.localhost", "192.0.2.1", "2001:db8::1"})


def server(mode: DigestMode = DigestMode.MD5, *, gateway: str = "192.0.2.1", strict: bool = False) -> DigestServer:
    return DigestServer(REALM, gateway, Secret(b"0123456789abcdef"), mode, strict_uri=strict)


def judge(
    digest: DigestServer, *values: str, method: str = "INVITE", uri: str = URI, now: Instant = NOW, source: str = SOURCE
) -> DigestVerdict:
    return digest.verify(method, uri, values, now, lookup, HOSTS, source)


def test_row_23_challenge_as_documented() -> None:
    challenges = server().challenge(NOW, SOURCE)
    assert len(challenges) == 1
    assert re.fullmatch(
        f'Digest realm="{REALM}",qop="auth",nonce="[0-9a-f]{{48}}",opaque="[0-9a-f]{{32}}"', challenges[0]
    )


def test_row_23_stale_and_algorithm_come_last() -> None:
    first, second = server(DigestMode.MD5_AND_SHA256).challenge(NOW, SOURCE, stale=True)
    assert first.endswith('",stale=true')
    assert second == first + ",algorithm=SHA-256"
    (only,) = server(DigestMode.SHA256).challenge(NOW, SOURCE)
    assert only.endswith('",algorithm=SHA-256')


def test_row_23_honest_caller_is_admitted() -> None:
    digest = server()
    verdict = judge(digest, answer(digest.challenge(NOW, SOURCE)[0]), now=later(NOW, 1))
    assert verdict == DigestVerdict(DigestOutcome.OK, "alice")


@pytest.mark.parametrize("at", [0, 1])
def test_rfc_8760_either_of_two_offers_is_admitted(at: int) -> None:
    digest = server(DigestMode.MD5_AND_SHA256)
    assert judge(digest, answer(digest.challenge(NOW, SOURCE)[at])).outcome is DigestOutcome.OK


def test_rfc_8760_both_answers_at_once_count_as_one() -> None:
    digest = server(DigestMode.MD5_AND_SHA256)
    first, second = (answer(challenge) for challenge in digest.challenge(NOW, SOURCE))
    assert judge(digest, first, second).outcome is DigestOutcome.OK
    assert judge(digest, second).outcome is DigestOutcome.STALE


@pytest.mark.parametrize(
    ("mode", "algorithm"),
    [(DigestMode.MD5, "SHA-256"), (DigestMode.SHA256, "MD5"), (DigestMode.MD5_AND_SHA256, "MD5-sess")],
)
def test_algorithm_that_was_not_offered_is_wrong(mode: DigestMode, algorithm: str) -> None:
    digest = server(mode)
    challenge = re.sub(",algorithm=.*", "", digest.challenge(NOW, SOURCE)[0])
    if algorithm == "MD5-sess":
        value = answer(challenge) + f",algorithm={algorithm}"
    else:
        value = answer(challenge + f",algorithm={algorithm}")
    assert judge(digest, value).outcome is DigestOutcome.WRONG


def test_explicit_and_quoted_algorithm_and_qop_are_understood() -> None:
    digest = server()
    value = answer(digest.challenge(NOW, SOURCE)[0]).replace("qop=auth", 'qop="AUTH"') + ',algorithm="md5"'
    assert judge(digest, value).outcome is DigestOutcome.OK


def test_row_23_no_credentials_of_this_realm_are_absent() -> None:
    digest = server()
    foreign = answer_challenge('Digest realm="elsewhere",nonce="n",qop="auth"', "INVITE", URI, "alice", PASSWORD, "c")
    for values in [(), (foreign,), ("Basic YTpi",), ("NoOneKnowsThisScheme opaque-data=here",), ('Digest realm="x',)]:
        assert judge(digest, *values) == DigestVerdict(DigestOutcome.ABSENT)


def test_credentials_are_picked_by_realm() -> None:
    """RFC 3261 section 22.3: a request may carry credentials for several proxies."""
    digest = server()
    foreign = answer_challenge('Digest realm="elsewhere",nonce="n",qop="auth"', "INVITE", URI, "alice", PASSWORD, "c")
    assert judge(digest, foreign, "junk", answer(digest.challenge(NOW, SOURCE)[0])).outcome is DigestOutcome.OK


def test_of_several_answers_the_one_in_an_offered_algorithm_is_tried() -> None:
    """RFC 8760 section 2.5."""
    digest = server()
    challenge = digest.challenge(NOW, SOURCE)[0]
    assert judge(digest, answer(challenge + ",algorithm=SHA-256"), answer(challenge)).outcome is DigestOutcome.OK


def test_only_one_of_several_guesses_is_tried() -> None:
    digest = server()
    challenge = digest.challenge(NOW, SOURCE)[0]
    wrong = answer_challenge(challenge, "INVITE", URI, "alice", Secret("guess"), "c")
    assert judge(digest, wrong, answer(challenge)).outcome is DigestOutcome.WRONG


def test_row_24_wrong_password_and_unknown_user_answer_alike() -> None:
    digest = server()
    challenge = digest.challenge(NOW, SOURCE)[0]
    wrong = judge(digest, answer_challenge(challenge, "INVITE", URI, "alice", Secret("guess"), "c"))
    unknown = judge(digest, answer(challenge, username="mallory"))
    assert (wrong.outcome, wrong.why) == (unknown.outcome, unknown.why)
    assert wrong.outcome is DigestOutcome.WRONG
    assert (wrong.username, unknown.username) == ("alice", "mallory")


def test_row_24_wrong_password_is_wrong_whatever_the_nonce() -> None:
    """A guess is counted as one, also with a nonce of another gateway."""
    elsewhere = server(gateway="192.0.2.2").challenge(NOW, SOURCE)[0]
    guess = answer_challenge(elsewhere, "INVITE", URI, "alice", Secret("guess"), "c")
    assert judge(server(), guess).outcome is DigestOutcome.WRONG


def test_row_24_answer_for_another_method_is_wrong() -> None:
    digest = server()
    value = answer(digest.challenge(NOW, SOURCE)[0], method="REGISTER")
    assert judge(digest, value, method="INVITE").outcome is DigestOutcome.WRONG


def test_user_with_empty_ha1_admits_nobody() -> None:
    digest = server()
    value = answer_challenge(digest.challenge(NOW, SOURCE)[0], "INVITE", URI, "eve", Secret(""), "c", is_ha1=True)
    empty = User(Secret(""), Secret(""))
    verdict = digest.verify("INVITE", URI, [value], NOW, lambda _: empty, HOSTS, SOURCE)
    assert verdict.outcome is DigestOutcome.WRONG


def test_replayed_count_is_stale_and_the_next_is_not() -> None:
    digest = server()
    challenge = digest.challenge(NOW, SOURCE)[0]
    outcomes = [judge(digest, answer(challenge, nc=nc)).outcome for nc in (1, 1, 2, 5, 3, 3)]
    ok, stale = DigestOutcome.OK, DigestOutcome.STALE
    assert outcomes == [ok, stale, ok, ok, ok, stale]


def test_nonce_that_is_old_or_of_another_gateway_source_or_life_is_stale() -> None:
    digest = server()
    value = answer(digest.challenge(NOW, SOURCE)[0])
    assert judge(digest, value, now=later(NOW, 61)).outcome is DigestOutcome.STALE
    assert judge(digest, value, source="192.0.2.78").outcome is DigestOutcome.STALE
    assert judge(server(gateway="192.0.2.2"), value).outcome is DigestOutcome.STALE
    later_life = DigestServer(REALM, "192.0.2.1", Secret(b"another life"))
    assert judge(later_life, value).outcome is DigestOutcome.STALE
    assert judge(digest, value).outcome is DigestOutcome.OK


def test_wrong_credentials_use_no_count_up() -> None:
    digest = server()
    challenge = digest.challenge(NOW, SOURCE)[0]
    assert judge(digest, answer(challenge, username="mallory")).outcome is DigestOutcome.WRONG
    assert judge(digest, answer(challenge)).outcome is DigestOutcome.OK


@pytest.mark.parametrize("drop", ["qop", "nc", "cnonce", "uri", "nonce", "response", "username"])
def test_every_part_of_the_answer_is_needed(drop: str) -> None:
    digest = server()
    value = re.sub(rf'(?<=[ ,]){drop}=("[^"]*"|[^,]*),?', "", answer(digest.challenge(NOW, SOURCE)[0]))
    assert set(parse_digest(answer(digest.challenge(NOW, SOURCE)[0]))) - set(parse_digest(value)) == {drop}
    assert judge(digest, value).outcome is DigestOutcome.WRONG


def test_answer_without_qop_is_refused() -> None:
    """RFC 2069 answers have no nc, so nothing would stop their replay."""
    digest = server()
    challenge = digest.challenge(NOW, SOURCE)[0].replace('qop="auth",', "")
    assert judge(digest, answer(challenge)).outcome is DigestOutcome.WRONG


@pytest.mark.parametrize(
    "uri",
    [
        URI,
        URI + ";user=phone",
        URI.replace("demo.pstn", "DEMO.pstn") + ":5060",
        URI.replace("+", "%2b"),
        "sip:demo.pstn.trunkline.localhost",
        "sip:192.0.2.1:5060;transport=udp",
        "sip:[2001:DB8::1]:5060",
    ],
)
def test_uri_of_the_target_the_trunk_or_the_gateway_passes(uri: str) -> None:
    digest = server()
    assert judge(digest, answer(digest.challenge(NOW, SOURCE)[0], uri=uri)).outcome is DigestOutcome.OK
    strict = server(strict=True)
    expected = DigestOutcome.OK if uri == URI else DigestOutcome.WRONG
    assert judge(strict, answer(strict.challenge(NOW, SOURCE)[0], uri=uri)).outcome is expected


@pytest.mark.parametrize(
    "uri",
    [
        "sip:+14155550143@demo.pstn.trunkline.localhost",
        "sip:+14155550142@other.pstn.trunkline.localhost",
        "sip:+14155550142@demo.pstn.trunkline.localhost:5099",
        "sips:+14155550142@demo.pstn.trunkline.localhost",
        "sip:other.pstn.trunkline.localhost",
        "tel:+14155550142",
        "/",
        "",
        "sip:a b@demo.pstn.trunkline.localhost",
    ],
)
def test_foreign_uri_is_wrong(uri: str) -> None:
    digest = server()
    verdict = judge(digest, answer(digest.challenge(NOW, SOURCE)[0], uri=uri))
    assert verdict.outcome is DigestOutcome.WRONG


@pytest.mark.parametrize(
    ("request_uri", "uri"),
    [
        ("sip:+14155550142@demo.pstn.ashburn.trunkline.localhost", "sip:demo.pstn.ashburn.trunkline.localhost"),
        ("sip:+14155550142@demo.pstn.us1.trunkline.localhost", "sip:DEMO.pstn.us1.trunkline.localhost"),
        ("sip:+14155550142@demo.pstn.twilio.com", "sip:demo.pstn.twilio.com"),
        (URI + ".", "sip:demo.pstn.trunkline.localhost."),
        (URI + ".", URI),
        (URI + ";transport=tls", URI + ":5061"),
    ],
)
def test_rows_17_and_18_the_host_that_was_called_may_stand_for_the_target_in_whatever_form(
    request_uri: str, uri: str
) -> None:
    digest = server()
    value = answer(digest.challenge(NOW, SOURCE)[0], uri=uri)
    verdict = digest.verify("INVITE", request_uri, [value], NOW, lookup, HOSTS, SOURCE)
    assert verdict.outcome is DigestOutcome.OK


def test_username_with_quotes_is_looked_up_unescaped() -> None:
    digest = server()
    asked: list[str] = []
    name = 'we"ird\\,user'

    def remember(username: str) -> None:
        asked.append(username)

    value = answer(digest.challenge(NOW, SOURCE)[0], username=name)
    digest.verify("INVITE", URI, [value], NOW, remember, HOSTS, SOURCE)
    assert asked == [name]


def test_no_verdict_or_server_shows_a_secret() -> None:
    digest = server()
    shown = repr(judge(digest, answer(digest.challenge(NOW, SOURCE)[0]))) + repr(ALICE)
    assert ALICE.ha1_md5.reveal() not in shown
    assert "response" not in shown


def test_known_and_unknown_user_cost_the_same() -> None:
    """Within a factor no network shows; the sums are the same, only the HA1 differs."""
    digest = server()
    challenge = digest.challenge(NOW, SOURCE)[0]
    values = [answer_challenge(challenge, "INVITE", URI, user, Secret("guess"), "c" * 8) for user in ("alice", "malle")]
    known, unknown = (
        min(timeit.repeat(lambda value=value: judge(digest, value), number=300, repeat=7))  # type: ignore[misc]
        for value in values
    )
    assert 0.6 < known / unknown < 1.6
