"""One request under decision: what the policies of `domain.trunk` read of it, ask of it and count it by."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address

from trunkline.domain.call.release_cause import ReleaseCause
from trunkline.domain.trunk.address import IpAddress, Transport
from trunkline.domain.trunk.facts import TrunkFacts
from trunkline.domain.trunk.limits import Caller, Limiter
from trunkline.domain.trunk.manipulation.policy import HeaderPolicy
from trunkline.domain.trunk.manipulation.rewriting import manipulate
from trunkline.domain.trunk.own_call import OwnCall
from trunkline.domain.trunk.termination.caller_id import DiversionHeader, Identities
from trunkline.domain.trunk.termination.request import Offer, TerminationRequest
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.digest.server import DigestOutcome
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.gateway.admission.invite_reading import (
    ReadOffer,
    contact_host_of,
    diversions_of,
    identities_of,
    read_offer,
)
from trunkline.service.gateway.facts.cached_directory import FactsMissing

Judge = Callable[[Request, Flow, Instant, TrunkFacts], DigestOutcome]
"""Whether a request's credentials are those of a trunk."""
_TRANSPORTS = {transport.name: transport for transport in Transport}


class Question:
    """It is judged and counted once, however often the policies are asked."""

    __slots__ = (
        "_counted", "_identities", "_ipv6_media", "_judge", "_limit", "_limiter", "_media", "_now", "_outcome", "flow",
        "may_wait", "own", "request", "source",
    )  # fmt: skip

    def __init__(
        self,
        request: Request,
        flow: Flow,
        now: Instant,
        own: OwnCall | None,
        limiter: Limiter,
        judge: Judge,
        ipv6_media: bool | None = None,
    ) -> None:
        """`own` is the platform's own call that the INVITE begins: a seal holds once. `ipv6_media`: RoutingSettings."""
        self.request = request
        self.flow = flow
        self.source = _source(flow.address)
        self.own = own
        self.may_wait = True
        """Whether this asking may be counted by somebody who has to be waited for."""
        self._now = now
        self._limiter = limiter
        self._judge = judge
        self._ipv6_media = ipv6_media
        self._outcome: DigestOutcome | None = None
        self._media: ReadOffer | None = None
        self._identities: Identities | None = None
        self._counted: Caller | None = None
        self._limit: ReleaseCause | None = None

    def verify(self, trunk: TrunkFacts) -> DigestOutcome:
        if self._outcome is None:
            self._outcome = self._judge(self.request, self.flow, self._now, trunk)
        return self._outcome

    async def count(self, caller: Caller) -> ReleaseCause | None:
        if self._counted is None:
            if not self.may_wait and self._limiter.waits_for(caller):
                raise FactsMissing
            self._counted = caller
            self._limit = await self._limiter.admit(caller, self._now)
        return self._limit

    def withdraw(self) -> None:
        """It is refused for another reason than the limits that had let it pass."""
        if self._counted is not None and self._limit is None:
            self._limiter.withdrawn(self._counted.account)

    def manipulated(self, policy: HeaderPolicy) -> TerminationRequest:
        """What the policies read once the trunk has changed it; the INVITE itself stays (step 9)."""
        request = manipulate(policy, self.request).request
        return TerminationRequest(
            method=request.method,
            user=request.uri.plain_user,
            host=request.uri.host,
            source=self.source,
            transport=self.transport,
            identities=identities_of(request),
            offer=self.offer,
            max_forwards=self.max_forwards,
            contact_host=contact_host_of(request),
            diversions=diversions_of(request),
        )

    @property
    def media(self) -> ReadOffer:
        if self._media is None:
            self._media = read_offer(self.request, self.flow.address, self._ipv6_media)
        return self._media

    # ---- what the policies read (domain.trunk.termination.routing.RoutedRequest)

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def user(self) -> str | None:
        return self.request.uri.plain_user

    @property
    def host(self) -> str:
        return self.request.uri.host

    @property
    def transport(self) -> Transport:
        return _TRANSPORTS[self.flow.transport]

    @property
    def deprecated_tls(self) -> bool:
        return self.flow.tls is not None and self.flow.tls.deprecated

    @property
    def identities(self) -> Identities:
        if self._identities is None:
            self._identities = identities_of(self.request)
        return self._identities

    @property
    def offer(self) -> Offer:
        return self.media.verdict

    @property
    def max_forwards(self) -> int | None:
        value = self.request.get("max-forwards")
        return None if value is None else int(value)

    @property
    def contact_host(self) -> str | None:
        return contact_host_of(self.request)

    @property
    def diversions(self) -> tuple[DiversionHeader, ...]:
        return diversions_of(self.request)


@lru_cache(4096)
def _source(address: str) -> IpAddress:
    return ip_address(address)
