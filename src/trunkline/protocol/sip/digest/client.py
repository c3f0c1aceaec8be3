"""The client's side: choosing a challenge and answering it."""

from collections.abc import Iterable
from dataclasses import dataclass

from trunkline.kit.secret import Secret
from trunkline.protocol.sip.digest.algorithm import ALGORITHMS, Algorithm, ha1, legacy_response, response
from trunkline.protocol.sip.digest.errors import MalformedCredentials, UnanswerableChallenge
from trunkline.protocol.sip.digest.parameter import is_digest, parse_digest, quote
from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.param import split_outside_quotes


@dataclass(frozen=True, slots=True)
class Challenge:
    """One Digest challenge of a 401 or 407; `qop` is False for servers of RFC 2069."""

    realm: str
    nonce: str
    algorithm: Algorithm
    algorithm_text: str
    opaque: str | None
    qop: bool
    stale: bool


def parse_challenge(value: str) -> Challenge:
    """Read one challenge; raises UnanswerableChallenge."""
    try:
        params = parse_digest(value)
    except MalformedCredentials as error:
        raise UnanswerableChallenge(str(error)) from error
    if "realm" not in params or "nonce" not in params:
        raise UnanswerableChallenge("no realm or no nonce")
    token = params.get("algorithm", "")
    algorithm = ALGORITHMS.get(token.lower()) if token else Algorithm.MD5
    if algorithm is None:
        raise UnanswerableChallenge("algorithm not spoken")
    offered = {word.strip().lower() for word in params.get("qop", "").split(",") if word.strip()}
    if offered and "auth" not in offered:
        raise UnanswerableChallenge("qop not spoken")
    return Challenge(
        realm=params["realm"],
        nonce=params["nonce"],
        algorithm=algorithm,
        algorithm_text=token,
        opaque=params.get("opaque"),
        qop=bool(offered),
        stale=params.get("stale", "").lower() == "true",
    )


def choose_challenge(values: Iterable[str], realm: str | None = None) -> Challenge:
    """The topmost challenge that can be answered (RFC 8760 section 2.4), of the named realm if one is named.

    Raises UnanswerableChallenge. Name the realm where credentials belong to one carrier: a challenge from elsewhere
    must not get an answer.
    """
    for value in values:
        for part in _split_challenges(value):
            try:
                challenge = parse_challenge(part)
            except UnanswerableChallenge:
                continue
            if realm is None or challenge.realm == realm:
                return challenge
    raise UnanswerableChallenge("no challenge of a known realm, algorithm and qop")


def _split_challenges(value: str) -> list[str]:
    """One header value may carry several challenges (RFC 7235 section 4.1): a scheme word starts the next."""
    try:
        pieces = split_outside_quotes(value, ",")
    except MalformedMessage:
        return []
    challenges: list[str] = []
    for piece in pieces:
        if challenges and not is_digest(piece.lstrip()):
            challenges[-1] += "," + piece
        else:
            challenges.append(piece.lstrip())
    return challenges


def answer_challenge(
    challenge: Challenge | str,
    method: str,
    uri: str,
    username: str,
    password: Secret[str],
    cnonce: str,
    nc: int = 1,
    *,
    is_ha1: bool = False,
) -> str:
    """The value of the (Proxy-)Authorization header that answers a challenge for `method` on `uri`.

    `nc` counts the requests sent with this challenge's nonce, this one included. With `is_ha1`, `password` is
    H(A1) in the challenge's algorithm. Raises UnanswerableChallenge.
    """
    if isinstance(challenge, str):
        challenge = parse_challenge(challenge)
    algorithm = challenge.algorithm
    secret = password.reveal() if is_ha1 else ha1(algorithm, username, challenge.realm, password.reveal())
    parts = [
        f"Digest username={quote(username)}",
        f"realm={quote(challenge.realm)}",
        f"nonce={quote(challenge.nonce)}",
        f"uri={quote(uri)}",
    ]
    if challenge.qop:
        count = f"{nc:08x}"
        proof = response(algorithm, secret, method, uri, challenge.nonce, count, cnonce)
        parts += [f'response="{proof}"', f"cnonce={quote(cnonce)}", "qop=auth", f"nc={count}"]
    else:
        parts.append(f'response="{legacy_response(algorithm, secret, method, uri, challenge.nonce)}"')
    if challenge.algorithm_text:
        parts.append(f"algorithm={challenge.algorithm_text}")
    if challenge.opaque is not None:
        parts.append(f"opaque={quote(challenge.opaque)}")
    return ",".join(parts)
