"""The server's side: challenges, and the verdict on the credentials that come back."""

import enum
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from trunkline.kit.instant import Instant
from trunkline.kit.secret import Secret
from trunkline.protocol.sip.digest.algorithm import ALGORITHMS, Algorithm, response
from trunkline.protocol.sip.digest.errors import MalformedCredentials
from trunkline.protocol.sip.digest.nonce import NonceBook, parse_nc
from trunkline.protocol.sip.digest.parameter import is_digest, parse_digest, quote
from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.uri import Uri, parse_uri


class DigestUser(Protocol):
    """What the server keeps of a user: HA1s as lower-case hex."""

    @property
    def ha1_md5(self) -> Secret[str]: ...

    @property
    def ha1_sha256(self) -> Secret[str]: ...


Lookup = Callable[[str], DigestUser | None]
"""From the username, escapes resolved, to the user."""


class DigestMode(enum.Enum):
    """Which algorithms are offered; MD5 first, since common peers fail when it is not (RFC 8760 section 2.4)."""

    MD5 = "md5"
    MD5_AND_SHA256 = "md5+sha256"
    SHA256 = "sha256"


class DigestOutcome(enum.Enum):
    """The verdict on a request."""

    ABSENT = "absent"
    """No credentials for this realm: challenge."""
    STALE = "stale"
    """Right, but the nonce is old, foreign or used: challenge with stale=true."""
    WRONG = "wrong"
    """Refuse and count; unknown users are not told apart."""
    OK = "ok"


@dataclass(frozen=True, slots=True)
class DigestVerdict:
    """`username` as claimed, "" when there was none; `why` is a fixed phrase for the operator, never for the peer."""

    outcome: DigestOutcome
    username: str = ""
    why: str = ""


_OFFERS: Final[dict[DigestMode, tuple[Algorithm, ...]]] = {
    DigestMode.MD5: (Algorithm.MD5,),
    DigestMode.MD5_AND_SHA256: (Algorithm.MD5, Algorithm.SHA_256),
    DigestMode.SHA256: (Algorithm.SHA_256,),
}
_ABSENT: Final = DigestVerdict(DigestOutcome.ABSENT)


class DigestServer:
    """Challenges for one realm of one gateway, and checks what comes back.

    Only qop=auth is accepted: without qop (RFC 2069) there is no nc, and one nonce would admit every replay within
    its life. Whatever is wrong, one HA1 is hashed through, a made-up one for unknown users, and compared in constant
    time, so that known and unknown users answer and cost alike.

    `key` is fresh for each start of the process (see NonceBook). `strict_uri` demands the Request-URI's own octets
    in `uri`; without it, see `verify`.
    """

    __slots__ = ("_book", "_head", "_nobody", "_offers", "_realm", "_strict_uri", "_tail")

    def __init__(
        self,
        realm: str,
        gateway: str,
        key: Secret[bytes],
        mode: DigestMode = DigestMode.MD5,
        *,
        strict_uri: bool = False,
    ) -> None:
        self._realm = realm
        self._book = NonceBook(key, gateway)
        self._offers = _OFFERS[mode]
        self._strict_uri = strict_uri
        self._head = f'Digest realm={quote(realm)},qop="auth",nonce="'
        self._tail = f'",opaque="{self._book.tag("opaque")}"'
        self._nobody: Final = Secret(self._book.tag("nobody"))

    def challenge(self, now: Instant, source: str = "", *, stale: bool = False) -> list[str]:
        """The values of the Proxy-Authenticate (or WWW-Authenticate) lines, in the order to send them.

        The nonce is good for credentials from the same `source` address; "" binds it to none. MD5 goes without
        `algorithm`, its default.
        """
        value = f"{self._head}{self._book.mint(now, source)}{self._tail}"
        if stale:
            value += ",stale=true"
        return [value if offer is Algorithm.MD5 else f"{value},algorithm={offer.value}" for offer in self._offers]

    def verify(
        self,
        method: str,
        request_uri: str,
        values: Iterable[str],
        now: Instant,
        lookup: Lookup,
        allowed_hosts: frozenset[str] = frozenset(),
        source: str = "",
    ) -> DigestVerdict:
        """Judge the Proxy-Authorization (or Authorization) values of a request, at most one of which is tried.

        The uri that was hashed must be the Request-URI (its parameters aside), or have no user and the host
        of that or one of `allowed_hosts`: the trunk's domain and the gateway's addresses, in lower case, IPv6 without
        brackets.
        An OK uses the nonce count up: ask once per request, never for a retransmission.
        """
        params = self._pick(values)
        if params is None:
            return _ABSENT
        username = params.get("username", "")
        if not self._is_right(params, method, lookup(username)):
            return DigestVerdict(DigestOutcome.WRONG, username, "no such user or wrong response")
        uri = params["uri"]
        if uri != request_uri and (self._strict_uri or not _names(uri, request_uri, allowed_hosts)):
            return DigestVerdict(DigestOutcome.WRONG, username, "foreign uri")
        nc = parse_nc(params["nc"])
        if not nc or params.get("qop", "").lower() != "auth":
            return DigestVerdict(DigestOutcome.WRONG, username, "not qop=auth with a nonce count")
        nonce = params["nonce"]
        if not self._book.is_fresh(nonce, now, source):
            return DigestVerdict(DigestOutcome.STALE, username, "nonce expired or not of this gateway and source")
        if not self._book.admit(nonce, nc):
            return DigestVerdict(DigestOutcome.STALE, username, "nonce count used before")
        return DigestVerdict(DigestOutcome.OK, username)

    def _pick(self, values: Iterable[str]) -> dict[str, str] | None:
        """The credentials for this realm; of several, the first in an algorithm on offer (RFC 8760 section 2.5).

        What cannot be read is as good as absent: it holds no credentials, so the answer is a challenge.
        """
        second_best: dict[str, str] | None = None
        for value in values:
            if not is_digest(value):
                continue
            try:
                params = parse_digest(value)
            except MalformedCredentials:
                continue
            if params.get("realm") != self._realm:
                continue
            if _algorithm(params) in self._offers:
                return params
            second_best = second_best or params
        return second_best

    def _is_right(self, params: dict[str, str], method: str, user: DigestUser | None) -> bool:
        """Whether the response proves the user's HA1, at the same cost for users that do not exist."""
        algorithm = _algorithm(params)
        if algorithm not in self._offers:
            algorithm = None
        ha1 = self._nobody
        if user is not None:
            ha1 = user.ha1_sha256 if algorithm is Algorithm.SHA_256 else user.ha1_md5
        expected = response(
            algorithm or Algorithm.MD5,
            ha1.reveal(),
            method,
            params.get("uri", ""),
            params.get("nonce", ""),
            params.get("nc", ""),
            params.get("cnonce", ""),
        )
        given = params.get("response", "").lower().encode("utf-8", "surrogateescape")
        same = hmac.compare_digest(expected.encode(), given)
        # An empty HA1 is one that was never stored: anybody could compute with it.
        known = user is not None and ha1.reveal() != ""
        return same and known and algorithm is not None and "nc" in params and "uri" in params and "nonce" in params


def _algorithm(params: dict[str, str]) -> Algorithm | None:
    token = params.get("algorithm")
    return Algorithm.MD5 if token is None else ALGORITHMS.get(token.lower())


def _names(text: str, request_uri: str, allowed_hosts: frozenset[str]) -> bool:
    """Whether the hashed uri may stand for the Request-URI (peers write the proxy or drop parameters)."""
    try:
        uri, other = parse_uri(text), parse_uri(request_uri)
    except MalformedMessage:
        return False
    if uri.scheme not in {"sip", "sips"}:
        return False
    host = _host(uri)
    if not uri.user:
        return host in allowed_hosts or host == _host(other)
    return (
        uri.scheme == other.scheme
        and uri.plain_user == other.plain_user
        and host == _host(other)
        and _port(uri) == _port(other)
    )


def _host(uri: Uri) -> str:
    return uri.address.removesuffix(".")


def _port(uri: Uri) -> int:
    return uri.port or (5061 if uri.scheme == "sips" or uri.transport == "tls" else 5060)
