"""Calls that leave by another edge, at both ends of the hop (sip.md 4.1; features row 49).

Where the call came in, the gateway of the other edge is the address of the target, and the INVITE to it is sealed.
There a call of its own begins, with no record, no limits and no relay: the audio passes at the first gateway. Its
answers go back as they came, but for 503, which would say that the gateway cannot serve (RFC 3261 section 16.7).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from trunkline.domain.call.attempt import Target
from trunkline.domain.call.release_cause import ReleaseCause
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.edge.edges import EdgeGateway, Edges
from trunkline.domain.trunk.edge.hop import HOP_HEADER, HOP_KEY, HopPlan, HopSeal
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.origination.redirect import is_private
from trunkline.domain.trunk.origination.uri import OriginationTarget
from trunkline.kit.ids import IdSource
from trunkline.kit.instant import Instant
from trunkline.platform.setting.log import logger
from trunkline.protocol.ng.command import SourceRule
from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.transaction.flow import Flow, TlsTerms
from trunkline.protocol.sip.ua.invite_offer import InviteOffer
from trunkline.service.gateway.call.live_call import UNANCHORED
from trunkline.service.gateway.port import CountDone, Locator, Media, SdpDone, StatisticsDone

PATIENCE_S: Final = 60.0
"""How much longer a hop may last than a call: the first gateway's clock is the one that ends it, with its cause."""
_SERVER_ERROR: Final = 500
_UNAVAILABLE: Final = 503
_TELL_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class HopTarget:
    """The customer's URI, at the gateway that the call leaves by."""

    request_uri: str
    redirected: bool


class EdgeHops:
    """What one gateway knows of the others, and the seals between them."""

    __slots__ = ("_edges", "_ids", "_seal", "_seconds", "_suffix", "_told_at")

    def __init__(
        self, edges: Edges, seal: HopSeal, ids: IdSource, seconds: Callable[[Instant], float], suffix: str = ""
    ) -> None:
        """`seconds` gives the UNIX time of an instant.

        With `suffix`, which is `{PFX}`, the certificates of the other gateways are verified.
        """
        self._edges = edges
        self._seal = seal
        self._ids = ids
        self._seconds = seconds
        self._suffix = suffix
        self._told_at: Instant | None = None

    # ---- where the call came in

    def planned(self, plan: OriginationPlan) -> OriginationPlan:
        """The plan with the edge that each target is called from."""
        if not any(target.uri.edge for target in plan.targets):
            return plan
        targets = tuple(replace(target, away=self._edges.away(target.uri.edge)) for target in plan.targets)
        return replace(plan, targets=targets)

    def flows(self, edge: str, *, secure: bool) -> list[Flow]:
        """The gateways of another edge in random order, by TLS where keys of media are to be kept from others.

        Else by TCP, since seal and SDP together outgrow a datagram. The seal tells who sends; who answers is told by a
        certificate alone, which names the trunks' domain at that edge whether it is our authority's or a bought one.
        """
        rest: list[EdgeGateway] = list(self._edges.gateways_of(edge))
        drawn = [rest.pop(self._ids.number(len(rest))) for _ in range(len(rest))]
        if secure:
            terms = TlsTerms(f"gateway.pstn.{edge}.{self._suffix}", verified=True) if self._suffix else None
            return [Flow("TLS", gateway.host, gateway.port + 1, 0, terms) for gateway in drawn]
        return [Flow("TCP", gateway.host, gateway.port) for gateway in drawn]

    def sealed(
        self, offer: InviteOffer, plan: OriginationPlan, target: OriginationTarget, address: Flow, now: Instant
    ) -> InviteOffer:
        """The offer as it goes to `address`: with a seal where that is a gateway of another edge."""
        if target.away is None:
            return offer
        hop = HopPlan.of_offer(
            offer,
            redirected=target.url_sid is None,
            tls_verified=plan.trunk.tls_verified,
            deprecated_tls=plan.account.deprecated_tls,
        )
        seal = self._seal.seal(hop, _text(address), self._ids.token(), self._seconds(now))
        return replace(hop.offer(offer.body), headers=((HOP_HEADER, seal), *hop.headers))

    # ---- where it leaves

    def claim(self, request: Request, flow: Flow, now: Instant) -> HopPlan | None:
        """The hop that an INVITE is; None for every other one, and for one whose seal is wrong."""
        value = request.get(HOP_KEY)
        if value is None:
            return None
        try:
            plan = HopPlan.of_request(request)
        except MalformedMessage:
            return None
        fault = self._seal.admits(plan, value, self._seconds(now))
        if fault:
            self._tell(fault, flow, now)
        return None if fault else plan

    def _tell(self, fault: str, flow: Flow, now: Instant) -> None:
        if self._told_at is None or now - self._told_at >= _TELL_EVERY_S:
            self._told_at = now
            logger(room="gateway").warning("hop refused", reason=fault, source=str(flow))


class EdgeLocator:
    """`port.Locator` that knows the gateways of other edges; customers and carriers are left to `locator`."""

    __slots__ = ("_allow_private", "_hops", "_locator")

    def __init__(self, locator: Locator, hops: EdgeHops, *, allow_private: bool) -> None:
        self._locator = locator
        self._hops = hops
        self._allow_private = allow_private

    def locate(self, target: Target, done: Callable[[list[Flow]], None]) -> None:
        if isinstance(target, OriginationTarget) and target.away is not None:
            done(self._hops.flows(target.away, secure=target.transport is Transport.TLS))
        elif isinstance(target, HopTarget) and target.redirected and not self._allow_private:
            self._locator.locate(target, lambda flows: done([flow for flow in flows if not is_private(flow.address)]))
        else:
            self._locator.locate(target, done)


class EdgeMedia:
    """`port.Media` that lets the SDP of hops through as it is; `media` anchors all else."""

    __slots__ = ("_media",)

    def __init__(self, media: Media) -> None:
        self._media = media

    def offer(self, key: str, opener: str, sdp: bytes, source: SourceRule, heard_from: str, done: SdpDone) -> None:
        if key.startswith(UNANCHORED):
            done(sdp)
        else:
            self._media.offer(key, opener, sdp, source, heard_from, done)

    def answer(self, key: str, opener: str, sdp: bytes, source: SourceRule, heard_from: str, done: SdpDone) -> None:
        if key.startswith(UNANCHORED):
            done(sdp)
        else:
            self._media.answer(key, opener, sdp, source, heard_from, done)

    def count(self, key: str, done: CountDone) -> None:
        """The gateway that anchored it judges its silence."""
        if key.startswith(UNANCHORED):
            done(None)
        else:
            self._media.count(key, done)

    def drop(self, key: str, done: StatisticsDone) -> None:
        if key.startswith(UNANCHORED):
            done(None)
        else:
            self._media.drop(key, done)

    def place(self, key: str) -> str:
        return "" if key.startswith(UNANCHORED) else self._media.place(key)


def hop_refusal(cause: ReleaseCause, status: int | None) -> tuple[int, str]:
    """What the first gateway hears of a hop that failed: the status that the customer's side gave, None for none.

    Our own refusals stay 503, so that it tries another gateway of this edge; the customer's becomes 500.
    """
    if status is None or status < 300:
        return cause.sip_status, cause.reason_phrase
    if status == _UNAVAILABLE:
        return _SERVER_ERROR, ""
    return status, cause.reason_phrase if status == cause.sip_status else ""


def _text(address: Flow) -> str:
    """The gateway's address as it knows it itself: TLS has the next port."""
    host = f"[{address.address}]" if ":" in address.address else address.address
    return f"{host}:{address.port - (address.transport == 'TLS')}"
