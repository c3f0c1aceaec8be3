"""A user, and the answer of an honest caller."""

from dataclasses import dataclass

from trunkline.kit.secret import Secret
from trunkline.protocol.sip.digest.algorithm import Algorithm, ha1
from trunkline.protocol.sip.digest.client import answer_challenge

REALM = "sip.trunkline.localhost"
URI = "sip:+14155550142@demo.pstn.trunkline.localhost"
PASSWORD = Secret("correct horse 9")


@dataclass(frozen=True, slots=True)
class User:
    ha1_md5: Secret[str]
    ha1_sha256: Secret[str]


ALICE = User(
    Secret(ha1(Algorithm.MD5, "alice", REALM, PASSWORD.reveal())),
    Secret(ha1(Algorithm.SHA_256, "alice", REALM, PASSWORD.reveal())),
)


def lookup(username: str) -> User | None:
    return ALICE if username == "alice" else None


def answer(challenge: str, *, method: str = "INVITE", uri: str = URI, nc: int = 1, username: str = "alice") -> str:
    return answer_challenge(challenge, method, uri, username, PASSWORD, "0a4f113b", nc)
