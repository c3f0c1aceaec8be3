"""Who is calling, and may they: an INVITE becomes a question to the policies of `domain.trunk`, and its answer.

The policies are asked twice at most: first over the cached facts, which takes no task; when a fact is missing there,
again by a job that may wait for the store.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from trunkline.domain.call.release_cause import FACTS_UNAVAILABLE, ReleaseCause
from trunkline.domain.trunk.carrier.health import CarrierHealth
from trunkline.domain.trunk.carrier.route import CarrierTarget, carrier_route
from trunkline.domain.trunk.decision import Challenge, Drop, Reject
from trunkline.domain.trunk.domain_name import trunk_host
from trunkline.domain.trunk.facts import TrunkDirectory, TrunkFacts
from trunkline.domain.trunk.limits import Limiter
from trunkline.domain.trunk.origination.caller_name import caller_to_look_up
from trunkline.domain.trunk.origination.decision import OriginationDecision, OriginationPlan
from trunkline.domain.trunk.origination.redirect import RedirectRule
from trunkline.domain.trunk.origination.routing import route_origination
from trunkline.domain.trunk.termination.decision import TerminationDecision, TerminationPlan
from trunkline.domain.trunk.termination.own_call import route_own_call
from trunkline.domain.trunk.termination.request import Offer
from trunkline.domain.trunk.termination.routing import route_termination
from trunkline.domain.trunk.termination.settings import RoutingSettings
from trunkline.domain.trunk.weighted_order import Draw
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.digest.server import DigestOutcome, DigestServer
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.gateway.admission.own_calls import OwnCalls
from trunkline.service.gateway.admission.question import Question
from trunkline.service.gateway.facts.cached_directory import CachedDirectory, FactsMissing
from trunkline.service.gateway.facts.name_book import NameBook
from trunkline.service.gateway.port import Runner
from trunkline.service.gateway.target.edge_hop import EdgeHops

ROUTING_DEADLINE_S = 5.0

Decision = TerminationDecision | OriginationDecision


@dataclass(frozen=True, slots=True)
class Admitted:
    """A plan together with what is needed to walk it."""

    plan: TerminationPlan | OriginationPlan
    carriers: tuple[CarrierTarget, ...]
    """The gateways of a termination call, in order; empty for origination."""
    offer: bytes
    """The caller's SDP with the codecs that may pass."""
    verdict: Offer
    """On that SDP; against it where `offer` is empty."""


Admission = Admitted | Challenge | Reject | Drop


class Admissions:
    """Asks the policies about INVITEs and REGISTERs."""

    __slots__ = (
        "_digest", "_directory", "_draw", "_health", "_hops", "_hosts", "_limiter", "_names", "_own_calls",
        "_runner", "_settings",
    )  # fmt: skip

    def __init__(
        self,
        directory: CachedDirectory,
        digest: DigestServer,
        settings: RoutingSettings,
        own_hosts: frozenset[str],
        draw: Draw,
        runner: Runner,
        limiter: Limiter,
        hops: EdgeHops,
        health: CarrierHealth,
        names: NameBook | None = None,
        own_calls: OwnCalls | None = None,
    ) -> None:
        """Without `names` nobody is looked up; without `own_calls` the platform places no calls."""
        self._directory = directory
        self._digest = digest
        self._settings = settings
        self._hosts = own_hosts
        self._draw = draw
        self._runner = runner
        self._limiter = limiter
        self._hops = hops
        self._health = health
        self._names = names
        self._own_calls = own_calls

    def challenge(self, decision: Challenge, flow: Flow, now: Instant) -> tuple[tuple[str, str], ...]:
        """The headers of a 407 (row 23)."""
        values = self._digest.challenge(now, flow.address, stale=decision.stale)
        return tuple(("Proxy-Authenticate", value) for value in values)

    def ask(self, request: Request, flow: Flow, now: Instant, later: Callable[[Admission], None]) -> Admission | None:
        """Decide about a request out of dialog: at once where the facts are cached, else None, and `later` comes."""
        own = None if self._own_calls is None else self._own_calls.claim(request, flow, now)
        question = Question(request, flow, now, own, self._limiter, self._verify, self._settings.ipv6_media)
        coroutine = self._answer(question, self._directory.cached, may_wait=False)
        try:
            coroutine.send(None)
        except StopIteration as stop:
            return _admission(stop.value)
        except FactsMissing:
            pass
        answer = self._answer(question, self._directory, may_wait=True)
        self._runner.run(answer, ROUTING_DEADLINE_S, lambda found: later(_admission(found)))
        return None

    def _verify(self, request: Request, flow: Flow, now: Instant, trunk: TrunkFacts) -> DigestOutcome:
        """Judge the request's credentials against one trunk."""
        values = request.get_all("proxy-authorization")
        if not values:
            return DigestOutcome.ABSENT
        hosts = self._hosts | {trunk.domain} if trunk.domain else self._hosts
        verdict = self._digest.verify(
            request.method, request.uri_text, values, now, trunk.credentials.get, hosts, flow.address
        )
        return verdict.outcome

    def concurrency_refusal(self, plan: TerminationPlan) -> ReleaseCause | None:
        """Whether the account has too many calls at once, as the call begins (row 41)."""
        return self._limiter.concurrency_refusal(plan.account)

    def redirects(self, plan: OriginationPlan) -> RedirectRule:
        """What the customer's 302 may do with an origination call (rows 64-68)."""
        settings = self._settings
        return RedirectRule(
            plan.dialled, plan.trunk.secure, settings.suffix, settings.alias, allow_private=settings.allow_private
        )

    async def _answer(self, question: Question, directory: TrunkDirectory, *, may_wait: bool) -> Admission:
        question.may_wait = may_wait
        decision = await self._route(question, directory)
        if isinstance(decision, Reject):
            question.withdraw()
        return await self._complete(decision, question, directory)

    async def _route(self, question: Question, directory: TrunkDirectory) -> Decision:
        """Termination where the host names a trunk, else origination (design, section 7)."""
        request, settings = question.request, self._settings
        if question.own is not None:
            return await route_own_call(question.own, question, directory, question.count)
        host = request.uri.host
        if trunk_host(host, settings.suffix, alias=settings.alias) is not None:
            decision = await route_termination(
                question, directory, question.verify, question.count, question.manipulated, settings
            )
            if not isinstance(decision, Drop):
                return decision
        if request.method != "INVITE":
            return Drop("out_of_dialog")
        return await route_origination(
            request.uri.plain_user, question.source, directory, self._draw, question.max_forwards
        )

    async def _complete(self, decision: Decision, question: Question, directory: TrunkDirectory) -> Admission:
        """Add gateways to a termination plan, the caller's name to an origination plan, and the offer to both."""
        if isinstance(decision, TerminationPlan):
            carriers = await directory.carriers()
            gateways = carrier_route(carriers, decision.callee, self._draw, self._health.is_down)
            secure = decision.trunk is not None and decision.trunk.secure
            return Admitted(decision, gateways, question.media.for_trunk(secure=secure), question.offer)
        if isinstance(decision, OriginationPlan):
            plan = await self._named(self._hops.planned(decision), question, directory)
            return Admitted(plan, (), question.media.for_trunk(secure=plan.trunk.secure), question.offer)
        return decision

    async def _named(self, plan: OriginationPlan, question: Question, directory: TrunkDirectory) -> OriginationPlan:
        """The plan with the caller's name: on a trunk with look-ups the one found, else the carrier's (row 69)."""
        from_ = question.request.from_
        if not plan.trunk.cnam_lookup:
            return replace(plan, caller_name=from_.name) if from_.name else plan
        number = caller_to_look_up(plan.trunk, from_.uri.plain_user)
        if number is None or self._names is None:
            return plan
        cached = directory is self._directory.cached
        found = self._names.known(number) if cached else await self._names.look_up(number)
        return replace(plan, caller_name=found.name, cnam_lookups=int(found.answered))


def _admission(found: object) -> Admission:
    """What a job gave: its crash or deadline is a refusal for want of facts."""
    if isinstance(found, (Admitted, Challenge, Reject, Drop)):
        return found
    return Reject(FACTS_UNAVAILABLE, recorded=False)
