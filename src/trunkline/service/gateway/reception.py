"""What comes in from outside any dialog: INVITEs to be admitted, and everything else."""

from typing import Final

from trunkline.domain.call.attempt import Target
from trunkline.domain.call.call import Call
from trunkline.domain.call.command import Side
from trunkline.domain.call.hunt import Hunt
from trunkline.domain.call.hunt_rule import CUSTOMER_RULE, HuntRule, carrier_rule
from trunkline.domain.call.leg import Leg
from trunkline.domain.call.release_cause import (
    BAD_EXTENSION,
    DRAINING,
    NO_CARRIER_ROUTE,
    OVERLOADED,
    TRANSFER_DISABLED,
    Party,
    ReleaseCause,
)
from trunkline.domain.record.call_record import Direction
from trunkline.domain.trunk.carrier.route import CarrierTarget
from trunkline.domain.trunk.decision import Challenge, Drop, Reject
from trunkline.domain.trunk.edge.hop import HopPlan
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.own_call import OwnCall
from trunkline.domain.trunk.termination.checks import media_refusal
from trunkline.domain.trunk.termination.decision import TerminationPlan
from trunkline.domain.trunk.termination.request import Offer
from trunkline.kit.ids import CallSid, IdSource
from trunkline.kit.instant import Instant
from trunkline.protocol.sdp.offer import platform_offer
from trunkline.protocol.sip.dialog.invite_session import InviteSession, SessionState
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.transaction import ServerTransaction
from trunkline.protocol.sip.ua.core import Identity
from trunkline.protocol.sip.ua.event import InviteArrived, RequestArrived
from trunkline.protocol.sip.ua.extension import unsupported_extensions
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.gateway.admission.admission import Admission, Admissions, Admitted
from trunkline.service.gateway.admission.doorkeeper import Doorkeeper
from trunkline.service.gateway.admission.invite_reading import ordered_for_customer
from trunkline.service.gateway.admission.load import Load
from trunkline.service.gateway.call.calls import TRYING, Calls, CallSettings
from trunkline.service.gateway.call.live_call import LiveCall
from trunkline.service.gateway.execution.executor import Executor
from trunkline.service.gateway.journal import entry
from trunkline.service.gateway.port import Journal
from trunkline.service.gateway.target.edge_hop import PATIENCE_S, EdgeHops, HopTarget

_CAPABILITIES: Final = (("Allow", Identity().allow), ("Accept", "application/sdp"))
"""RFC 3261 section 11.2."""
_CARRIER_RULE: Final = carrier_rule()
_DISCARD: Final = 9
_MOST_SESSIONS: Final = 1 << 31


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


class Reception:
    """Turns an INVITE into a call, a challenge, a refusal or silence."""

    __slots__ = (
        "_admissions", "_calls", "_executor", "_hops", "_hosts", "_ids", "_journal", "_settings", "_ua", "closed",
        "doorkeeper", "journal_trouble", "load",
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
        own_hosts: frozenset[str],
        doorkeeper: Doorkeeper,
        hops: EdgeHops,
    ) -> None:
        self._ua = ua
        self._calls = calls
        self._executor = executor
        self._admissions = admissions
        self._journal = journal
        self._ids = ids
        self._settings = settings
        self._hosts = own_hosts
        self.doorkeeper = doorkeeper
        self.load = Load(settings.overload_lag_s)
        """Told by whoever has a timer."""
        self._hops = hops
        self.closed: ReleaseCause | None = None
        """Why no new call is taken: draining, shutting down."""
        self.journal_trouble: ReleaseCause | None = None
        """Why none can be taken now: it could not be taken back after a crash."""

    # ---- INVITE

    def invite(self, event: InviteArrived, now: Instant) -> None:
        """A new INVITE."""
        session, request, flow = event.session, event.request, event.flow
        if self._shuns(request, flow, now):
            if session.invite_server is not None:
                self._ua.ignore(session.invite_server)
            return
        closed = self.closed or self.journal_trouble or self._overload(request)
        if closed is not None:
            self.doorkeeper.unheard(request, flow)
            self._refuse(session, closed, now, (("Retry-After", "10"),))
            return
        hop = self._hops.claim(request, flow, now)
        if hop is not None:
            self._begin_hop(event, hop, now)
            return

        def later(found: Admission) -> None:
            self._executor.arrivals.add(session, lambda: self._admitted(event, found, now))

        found = self._admissions.ask(request, flow, now, later)
        if found is not None:
            self._admitted(event, found, now)
        # No 100 before the journal knows the call, though RFC 3261 section 17.2.1 wants one after 200 ms: a caller that
        # has one stops repeating its INVITE, and would wait for ever if this process died. An unknown host gets none.

    def _shuns(self, request: Request, flow: Flow, now: Instant) -> bool:
        """Banned by what came before it in the same batch: the switch let it in."""
        return flow.address in self.doorkeeper.suspects and self.doorkeeper.shuns(request, flow, now)

    def _overload(self, request: Request) -> ReleaseCause | None:
        """Refused early, before anything is asked: what is spent on a refusal is missed by the calls that live.

        Who comes back with credentials has been let in already; half of a call done for nothing is the dearest refusal.
        """
        full = self._calls.ongoing >= self._settings.overload_calls
        late = self.load.refuses_all if request.get("proxy-authorization") else self.load.refuses
        return OVERLOADED if full or late() else None

    def _admitted(self, event: InviteArrived, admission: Admission, invited_at: Instant) -> None:
        """The policies have spoken, which may have taken its time."""
        session, flow = event.session, event.flow
        now = self._executor.now()
        self.doorkeeper.decided(event.request, flow, admission, now)
        match admission:
            case Drop():
                if session.invite_server is not None:
                    self._ua.ignore(session.invite_server)
            case Challenge():
                headers = self._admissions.challenge(admission, flow, now)
                self._ua.refuse(session, 407, now, headers=headers, repeat=False)
            case Reject(recorded=False, cause=cause):
                self._refuse(session, cause, now)
                transaction = session.invite_server
                self._executor.alert(event.request, admission, b"" if transaction is None else transaction.octets)
            case Reject():
                self._rejected(event, admission, invited_at, now)
            case Admitted():
                self._begin(event, admission, invited_at, now)

    def _refuse(
        self,
        session: InviteSession,
        cause: ReleaseCause,
        now: Instant,
        headers: tuple[tuple[str, str], ...] = (),
        *,
        repeat: bool = False,
    ) -> None:
        """Who is refused here has proved nothing yet, unless `repeat` says so."""
        headers = (*headers, *self._executor.refusal(cause))
        self._ua.refuse(session, cause.sip_status, now, cause.reason_phrase, headers, repeat=repeat)

    def _rejected(self, event: InviteArrived, reject: Reject, invited_at: Instant, now: Instant) -> None:
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

    def _begin(self, event: InviteArrived, admitted: Admitted, invited_at: Instant, now: Instant) -> None:
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
            self._refuse(session, BAD_EXTENSION, now, (("Unsupported", required),), repeat=True)
            call.route_refused(BAD_EXTENSION, recorded=True, now=now)
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

    def _begin_hop(self, event: InviteArrived, hop: HopPlan, now: Instant) -> None:
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

    # ---- everything else

    def request(self, event: RequestArrived, now: Instant) -> None:
        """A request other than INVITE, in or out of a dialog."""
        transaction, request = event.transaction, event.request
        if event.session is not None:
            self._within(transaction, request, now)
        elif self._shuns(request, event.flow, now) or (
            request.method == "OPTIONS" and self.doorkeeper.pinged(event.flow, now)
        ):
            self._ua.ignore(transaction)
        elif request.method == "OPTIONS" and request.uri.address in self._hosts:
            self._ua.respond(transaction, 200, now, headers=_CAPABILITIES)
        else:

            def later(found: Admission) -> None:
                self._executor.arrivals.add(transaction, lambda: self._answer(transaction, found, self._executor.now()))

            found = self._admissions.ask(request, event.flow, now, later)
            if found is not None:
                self._answer(transaction, found, now)

    def _within(self, transaction: ServerTransaction, request: Request, now: Instant) -> None:
        match request.method:
            case "OPTIONS":
                self._ua.respond(transaction, 200, now, headers=_CAPABILITIES)
            case "NOTIFY":
                self._ua.respond(transaction, 489, now)
            case "REFER":  # transfer_mode disable-all
                cause = TRANSFER_DISABLED
                self._ua.respond(transaction, cause.sip_status, now, cause.reason_phrase, self._executor.refusal(cause))
            case _:
                self._ua.respond(transaction, 405, now)

    def _answer(self, transaction: ServerTransaction, admission: Admission, now: Instant) -> None:
        """Out of dialog only OPTIONS and REGISTER to a trunk get any answer (design, section 7)."""
        request = transaction.request
        self.doorkeeper.decided(request, transaction.flow, admission, now)
        match admission:
            case Drop():
                self._ua.ignore(transaction)
            case Reject(cause=cause) if request.method == "REGISTER":
                self._ua.respond(transaction, cause.sip_status, now, cause.reason_phrase, self._executor.refusal(cause))
                self._executor.alert(request, admission)
            case _ if request.method == "OPTIONS":
                self._ua.respond(transaction, 200, now, headers=_CAPABILITIES)
            case _:
                self._ua.respond(transaction, 405, now)

    def drain(self) -> None:
        """Take no new call; one that shuts down stays at that."""
        self.closed = self.closed or DRAINING

    def take_new(self) -> None:
        """The end of draining, and of nothing else."""
        if self.closed is DRAINING:
            self.closed = None
