"""A call that leaves by another edge: what one gateway hands to the other, and the seal that proves whose it is.

The INVITE of the hop is the customer's, sent to a gateway of that edge, with one header more: when, a nonce, and a MAC
over everything that goes on to the customer and the address of the gateway that it is meant for.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from trunkline.domain.trunk.own_call import CALL_KEY
from trunkline.kit.secret import Secret
from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.ua.invite_offer import InviteOffer

HOP_HEADER: Final = "X-Trunkline-Hop"
HOP_KEY: Final = "x-trunkline-hop"
VALID_S: Final = 30.0
"""How far the clocks of two gateways may be apart, the way included."""
_LONGEST: Final = 256
_OF_ONE_LEG: Final = frozenset(
    (
        *("via", "from", "to", "call-id", "cseq", "contact", "max-forwards", "content-type", "content-length"),
        *("allow", "user-agent", "route", "record-route", HOP_KEY, CALL_KEY),
    )
)
"""Headers that each gateway's user agent writes for itself; all others go on."""


@dataclass(frozen=True, slots=True)
class HopPlan:
    """The INVITE that goes on to the customer, as the gateway that the call came in at has composed it."""

    request_uri: str
    from_text: str
    to_text: str
    contact_user: str
    contact_display: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    max_forwards: int
    redirected: bool
    """The target is a redirect's: it may not be at a private address (row 66)."""
    tls_verified: bool = False
    deprecated_tls: bool = False
    """What the trunk and its account ask of the customer's TLS (sip.md 5.4)."""

    @classmethod
    def of_offer(
        cls, offer: InviteOffer, *, redirected: bool, tls_verified: bool = False, deprecated_tls: bool = False
    ) -> "HopPlan":
        """What is about to be sent."""
        return cls(
            offer.request_uri,
            offer.from_text,
            offer.to_text,
            offer.contact_user,
            offer.contact_display,
            _carried((name.lower(), name, value) for name, value in offer.headers),
            offer.body,
            offer.max_forwards,
            redirected,
            tls_verified,
            deprecated_tls,
        )

    @classmethod
    def of_request(cls, request: Request) -> "HopPlan":
        """What has come; raises MalformedMessage."""
        contact = request.contact
        if contact is None:
            raise MalformedMessage(400, "Missing Contact")
        fields = _fields(request.get(HOP_KEY) or "")
        return cls(
            request.uri_text,
            (request.get("from") or "").rpartition(";tag=")[0],
            request.get("to") or "",
            contact.uri.user or "",
            contact.display,
            _carried(request.headers),
            request.body,
            int(request.get("max-forwards") or "70"),
            fields.get("r") == "1",
            fields.get("v") == "1",
            fields.get("d") == "1",
        )

    def offer(self, sdp: bytes) -> InviteOffer:
        """The INVITE to the customer."""
        return InviteOffer(
            self.request_uri,
            self.from_text,
            self.to_text,
            sdp,
            self.headers,
            self.contact_user,
            self.contact_display,
            self.max_forwards,
        )


def _carried(headers: Iterable[tuple[str, str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value.strip()) for key, name, value in headers if key not in _OF_ONE_LEG)


class HopSeal:
    """Makes and checks the header.

    `address` is the gateway's own, `host:port` as the platform knows it; `since` is when it started, in UNIX seconds:
    what a life before has taken is not remembered, so nothing of that time is taken again.
    """

    __slots__ = ("_key", "_seen", "_since", "address")

    def __init__(self, key: Secret[bytes], address: str, since: float = 0.0) -> None:
        self._key = key
        self.address = address
        self._since = int(since)
        self._seen: dict[str, float] = {}
        """Nonces of hops that were taken, and until when each would be valid, oldest first."""

    def clock_set(self, by_s: float) -> None:
        """Our clock was wrong by so many seconds, also when we started."""
        self._since = int(self._since + by_s)

    def seal(self, plan: HopPlan, to: str, nonce: str, at: float) -> str:
        """The header's value for the gateway at address `to`; `at` in UNIX seconds, `nonce` never used before."""
        asked = f"r={plan.redirected:d};v={plan.tls_verified:d};d={plan.deprecated_tls:d}"
        fields = f"t={int(at)};n={nonce};{asked}"
        return f"{fields};m={self._mac(plan, to, fields)}"

    def admits(self, plan: HopPlan, value: str, at: float) -> str:
        """Why a hop is refused; "" for one that is ours, meant for us, of now, and new. It is not new any more then."""
        signed, _, mac = value.rpartition(";m=")
        fields = _fields(value)
        if len(value) > _LONGEST or not hmac.compare_digest(
            self._mac(plan, self.address, signed).encode(), mac.encode("utf-8", "surrogateescape")
        ):
            return "wrong seal"
        sent_at, nonce = float(fields["t"]), fields["n"]
        if abs(at - sent_at) > VALID_S or sent_at < self._since:
            return "not of now"
        self._forget(at)
        if nonce in self._seen:
            return "seen before"
        self._seen[nonce] = sent_at + VALID_S
        return ""

    def _forget(self, at: float) -> None:
        while self._seen:
            oldest = next(iter(self._seen))
            if self._seen[oldest] >= at:
                return  # those behind it came later, and are kept for 2 * VALID_S at most
            del self._seen[oldest]

    def _mac(self, plan: HopPlan, to: str, fields: str) -> str:
        mac = hmac.new(self._key.reveal(), digestmod=sha256)
        texts = [fields, to, plan.request_uri, plan.from_text, plan.to_text, plan.contact_user, plan.contact_display]
        for name, value in plan.headers:
            texts += [name.lower(), value]
        for octets in (*(text.encode("utf-8", "surrogateescape") for text in texts), plan.body):
            mac.update(b"%d:" % len(octets) + octets)  # so that nothing can move from one field to the next
        return mac.hexdigest()


def _fields(value: str) -> dict[str, str]:
    return {name: text for name, _, text in (field.partition("=") for field in value.split(";"))}
