"""Calls that begin: an INVITE that is to leave a record gets a SID, its first entry in the journal, and its hunt."""

from typing import Final

from trunkline.domain.call.attempt import Target
from trunkline.domain.call.call import Call
from trunkline.domain.call.command import Side
from trunkline.domain.call.hunt import Hunt
from trunkline.domain.call.hunt_rule import CUSTOMER_RULE, HuntRule, carrier_rule
from trunkline.domain.call.leg import Leg
from trunkline.domain.call.release_cause import (
    BAD_EXTENSION,
    NO_CARRIER_ROUTE,
    Party,
    ReleaseCause,
)
from trunkline.domain.record.call_record import Direction
from trunkline.domain.trunk.carrier.route import CarrierTarget
from trunkline.domain.trunk.decision import Reject
from trunkline.domain.trunk.edge.hop import HopPlan
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.own_call import OwnCall
from trunkline.domain.trunk.termination.checks import media_refusal
from trunkline.domain.trunk.termination.decision import TerminationPlan
from trunkline.domain.trunk.termination.request import Offer
from trunkline.kit.ids import CallSid, IdSource
from trunkline.kit.instant import Instant
from trunkline.protocol.sdp.offer import platform_offer
from trunkline.protocol.sip.dialog.invite_session import SessionState
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.ua.event import InviteArrived
from trunkline.protocol.sip.ua.extension import unsupported_extensions
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.gateway.admission.admission import Admissions, Admitted
from trunkline.service.gateway.admission.invite_reading import ordered_for_customer
from trunkline.service.gateway.call.calls import TRYING, Calls, CallSettings
from trunkline.service.gateway.call.live_call import LiveCall
from trunkline.service.gateway.execution.executor import Executor
from trunkline.service.gateway.journal import entry
from trunkline.service.gateway.port import Journal
from trunkline.service.gateway.target.edge_hop import PATIENCE_S, HopTarget

_CARRIER_RULE: Final = carrier_rule()
_DISCARD: Final = 9
_MOST_SESSIONS: Final = 1 << 31


class NewCalls:
    """Makes live calls of what reception lets in."""

    __slots__ = (
        "_admissions", "_calls", "_executor", "_ids", "_journal", "_settings", "_ua", "journal_trouble",
    )  # fmt: skip

    def __init__(
        self,
        ua: UserAgent,
        calls: Calls,
        executor: Executor,
        admissions: Admissions,
        journal: Journal,
        ids: IdSource,
        settings: CallSettings,
    ) -> None:
        self._ua = ua
        self._calls = calls
        self._executor = executor
        self._admissions = admissions
        self._journal = journal
        self._ids = ids
        self._settings = settings
        self.journal_trouble: ReleaseCause | None = None
        """Why none can be taken now: it could not be taken back after a crash."""

    def rejected(self, event: InviteArrived, reject: Reject, invited_at: Instant, now: Instant) -> None:
        """A refusal of somebody who is known: it leaves a record."""
        direction = Direction.ORIGINATING if reject.carrier is not None else Direction.TERMINATING
        live = self._live(event, direction, b"", invited_at, own=reject.own)
        live.trunk, live.account, live.carrier = reject.trunk, reject.account, reject.carrier
        live.numbers = reject.numbers
        if live.account is not None:
            self._keep(live)
        live.call.route_refused(reject.cause, recorded=True, now=now)
        self._executor.drive(live)

    def _live(
        self,
        event: InviteArrived,
        direction: Direction,
        offer: bytes,
        invited_at: Instant,
        *,
        patience_s: float = 0.0,
        own: OwnCall | None = None,
    ) -> LiveCall:
        session, settings = event.session, self._settings
        sid = CallSid(self._ids.sid("CA")) if own is None else own.call_sid
        longest_s = settings.max_duration_s + patience_s
        if own is not None:
            longest_s = min(longest_s, own.longest_s)
        call = Call(sid, offer, invited_at, settings.no_answer_s, longest_s, settings.media_silence_s)
        live = LiveCall(call, direction, event.request, event.flow, session)
        if session.ended:
            live.sessions_open = 0
        session.owner = Leg(call, Side.INBOUND)
        self._calls.add(live)
        return live

    def begin(self, event: InviteArrived, admitted: Admitted, invited_at: Instant, now: Instant) -> None:
        """The policies had a plan; what they could not see may still end the call here."""
        session, plan = event.session, admitted.plan
        termination = isinstance(plan, TerminationPlan)
        direction = Direction.TERMINATING if termination else Direction.ORIGINATING
        own = plan.own if isinstance(plan, TerminationPlan) else None
        live = self._live(event, direction, admitted.offer, invited_at, own=own)
        call = live.call
        live.plan, live.trunk, live.account = plan, plan.trunk, plan.account
        if isinstance(plan, OriginationPlan):
            live.carrier = plan.carrier
        call.recorded = True
        self._keep(live)
        full = self._admissions.concurrency_refusal(plan) if isinstance(plan, TerminationPlan) else None
        self._calls.begun(live)
        if session.state is not SessionState.ARRIVED:
            call.caller_cancelled(now)  # while the policies were asked
        elif full is not None:
            call.route_refused(full, recorded=True, now=now)
        elif self.journal_trouble is not None:
            call.route_refused(self.journal_trouble, recorded=True, now=now)
        elif required := unsupported_extensions(event.request):
            cause = BAD_EXTENSION
            headers = (("Unsupported", required), *self._executor.refusal(cause))
            self._ua.refuse(session, cause.sip_status, now, cause.reason_phrase, headers, repeat=True)
            call.route_refused(cause, recorded=True, now=now)
        elif (unfit := _unfit(admitted)) is not None:
            call.route_refused(unfit, recorded=True, now=now)
        else:
            self._ua.progress(session, 100, now, TRYING)
            self._hunt(live, admitted, now)
        self._executor.drive(live)

    def _own_offer(self, carrier: Flow) -> bytes:
        """The platform's own offer on behalf of a carrier whose media address nobody knows yet.

        A real address, since 0.0.0.0 means hold (RFC 3264 section 8.4), and the discard port: early media goes nowhere.
        """
        return platform_offer(carrier.address, _DISCARD, str(1 + self._ids.number(_MOST_SESSIONS))).build()

    def begin_hop(self, event: InviteArrived, hop: HopPlan, now: Instant) -> None:
        """A call of another gateway's that leaves by this edge: no record, no limits, no relay of ours."""
        live = self._live(event, Direction.ORIGINATING, hop.body, now, patience_s=PATIENCE_S)
        live.plan = hop
        self._keep(live)
        self._calls.begun(live)
        self._ua.progress(event.session, 100, now, TRYING)
        target = HopTarget(hop.request_uri, hop.redirected)
        hunt: Hunt[Target, Flow] = Hunt((target,), CUSTOMER_RULE, now, self._settings.hunt_limit_s)
        live.call.routed(hunt, Party.CALLEE, hop.body, now)
        self._executor.drive(live)

    def _keep(self, live: LiveCall) -> None:
        """From here on the call is ended properly whatever happens to this process."""
        live.journalled = True
        self._journal.write(live.call.sid, entry.ADMITTED, entry.admitted(live, self._executor.seconds))

    def _hunt(self, live: LiveCall, admitted: Admitted, now: Instant) -> None:
        plan, limit = admitted.plan, self._settings.hunt_limit_s
        if isinstance(plan, OriginationPlan):
            offer = ordered_for_customer(admitted.offer) if admitted.offer else self._own_offer(live.flow)
            hunt: Hunt[Target, Flow] = Hunt(plan.targets, CUSTOMER_RULE, now, limit, self._admissions.redirects(plan))
            recovers = plan.trunk.disaster_recovery_url is not None
            late = not admitted.offer
            live.call.routed(hunt, Party.CALLEE, offer, now, late=late, recovers=recovers)
        elif admitted.carriers:
            hunt = Hunt(admitted.carriers, _CARRIER_RULE, now, limit, rule_of=_rule_of)
            live.call.routed(hunt, Party.CARRIER, admitted.offer, now)
        else:
            live.call.route_refused(NO_CARRIER_ROUTE, recorded=True, now=now)


def _rule_of(target: Target) -> HuntRule:
    """With the carrier's own lists."""
    assert isinstance(target, CarrierTarget)  # noqa: S101  plans and targets are made together
    carrier = target.carrier
    if not carrier.stop_codes and not carrier.move_on_codes:
        return _CARRIER_RULE
    return carrier_rule(carrier.stop_codes, carrier.move_on_codes)


def _unfit(admitted: Admitted) -> ReleaseCause | None:
    """Why no call can begin with this body; a carrier may leave the offer to us (design, decision 12)."""
    plan = admitted.plan
    if admitted.offer or (admitted.verdict is Offer.ABSENT and isinstance(plan, OriginationPlan)):
        return None
    return media_refusal(admitted.verdict, secure=plan.trunk is not None and plan.trunk.secure)
