"""What holds of digest whatever a peer sends: no replay, no admission by anything but the right sum (goals, row 7)."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.length import runs
from tests.unit.protocol_sip_digest.credential import URI, answer, lookup
from trunkline.kit.instant import Instant, later
from trunkline.kit.secret import Secret
from trunkline.protocol.sip.digest.client import choose_challenge, parse_challenge
from trunkline.protocol.sip.digest.errors import MalformedCredentials, UnanswerableChallenge
from trunkline.protocol.sip.digest.nonce import WINDOW, NonceBook
from trunkline.protocol.sip.digest.parameter import parse_digest, quote
from trunkline.protocol.sip.digest.server import DigestMode, DigestOutcome, DigestServer

BOUNDED = settings(max_examples=runs(300), deadline=None)
NOW = Instant(100.0)
HOSTS = frozenset({"demo.pstn.trunkline.localhost"})
TEXT = st.text(st.characters(exclude_characters="\r\n") | st.sampled_from('",\\= \udcff'), max_size=40)
PIECE = st.sampled_from(['"', "\\", ",", "=", " ", "Digest ", 'realm="r"', "nonce=", "qop=auth", "a", "\udcff", "\0"])


@BOUNDED
@given(st.lists(PIECE, max_size=20).map("".join))
def test_any_header_is_read_or_refused(text: str) -> None:
    for value in (text, "Digest " + text):
        with contextlib.suppress(MalformedCredentials):
            assert all(name == name.lower() for name in parse_digest(value))
        with contextlib.suppress(UnanswerableChallenge):
            assert choose_challenge([value]).realm == parse_challenge(value).realm


@BOUNDED
@given(TEXT, TEXT)
def test_quoted_values_round_trip(realm: str, nonce: str) -> None:
    assert parse_digest(f"Digest realm={quote(realm)}, nonce={quote(nonce)}") == {"realm": realm, "nonce": nonce}


@BOUNDED
@given(st.lists(st.integers(1, 200) | st.integers(1, 2**32 - 1), max_size=120))
def test_no_count_is_admitted_twice_and_none_in_the_window_is_refused(counts: list[int]) -> None:
    book = NonceBook(Secret(b"k"), "192.0.2.1")
    nonce = book.mint(NOW, "")
    used: set[int] = set()
    for nc in counts:
        known = nc in used or (bool(used) and nc <= max(used) - WINDOW)
        assert book.admit(nonce, nc) is not known
        used.add(nc)


@BOUNDED
@given(st.data(), st.sampled_from(DigestMode))
def test_changed_credentials_are_never_admitted(data: st.DataObject, mode: DigestMode) -> None:
    server = DigestServer("sip.trunkline.localhost", "192.0.2.1", Secret(b"k"), mode)
    value = answer(data.draw(st.sampled_from(server.challenge(NOW))))
    at = data.draw(st.integers(0, len(value) - 1))
    changed = value[:at] + data.draw(PIECE | st.just("")) + value[at + data.draw(st.integers(0, 2)) :]
    try:
        same = _proof(changed) == _proof(value)
    except MalformedCredentials:
        same = False
    outcome = server.verify("INVITE", URI, [changed], NOW, lookup, HOSTS).outcome
    assert same or outcome is not DigestOutcome.OK


def _proof(value: str) -> dict[str, str]:
    """What the verdict may rest on; the opaque and unknown parameters are not among it."""
    params = parse_digest(value)
    proof = {name: params.get(name, "") for name in ("username", "realm", "uri", "nonce", "nc", "cnonce")}
    # Hexadecimal digits and tokens compare without case; absent is MD5 (RFC 7616 section 3.4).
    return proof | {name: params.get(name, "").lower().removeprefix("md5") for name in ("response", "qop", "algorithm")}


@BOUNDED
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6), st.floats(0, 90)), min_size=1, max_size=30))
def test_no_replay_is_admitted_at_any_time(uses: list[tuple[int, int, float]]) -> None:
    server = DigestServer("sip.trunkline.localhost", "192.0.2.1", Secret(b"k"))
    challenges = [server.challenge(NOW)[0] for _ in range(6)]
    admitted: set[tuple[int, int]] = set()
    for which, nc, age in sorted(uses, key=lambda use: use[2]):
        value = answer(challenges[which], nc=nc)
        outcome = server.verify("INVITE", URI, [value], later(NOW, age), lookup, HOSTS).outcome
        expected = DigestOutcome.STALE if age > 60 or (which, nc) in admitted else DigestOutcome.OK
        assert outcome is expected
        admitted.add((which, nc))
