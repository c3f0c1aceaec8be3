"""What comes in from outside any dialog: INVITEs to be admitted, and everything else."""

from typing import Final

from trunkline.domain.call.release_cause import (
    DRAINING,
    OVERLOADED,
    TRANSFER_DISABLED,
    ReleaseCause,
)
from trunkline.domain.trunk.decision import Challenge, Drop, Reject
from trunkline.kit.ids import IdSource
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.transaction import ServerTransaction
from trunkline.protocol.sip.ua.core import Identity
from trunkline.protocol.sip.ua.event import InviteArrived, RequestArrived
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.gateway.admission.admission import Admission, Admissions, Admitted
from trunkline.service.gateway.admission.doorkeeper import Doorkeeper
from trunkline.service.gateway.admission.load import Load
from trunkline.service.gateway.call.calls import Calls, CallSettings
from trunkline.service.gateway.execution.executor import Executor
from trunkline.service.gateway.new_calls import NewCalls
from trunkline.service.gateway.port import Journal
from trunkline.service.gateway.target.edge_hop import EdgeHops

_CAPABILITIES: Final = (("Allow", Identity().allow), ("Accept", "application/sdp"))
"""RFC 3261 section 11.2."""


class Reception:
    """Turns an INVITE into a call (`new_calls`), a challenge, a refusal or silence."""

    __slots__ = (
        "_admissions", "_calls", "_executor", "_hops", "_hosts", "_settings", "_ua", "closed", "doorkeeper",
        "load", "new_calls",
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
        self._settings = settings
        self._hosts = own_hosts
        self.doorkeeper = doorkeeper
        self.load = Load(settings.overload_lag_s)
        """Told by whoever has a timer."""
        self._hops = hops
        self.closed: ReleaseCause | None = None
        """Why no new call is taken: draining, shutting down."""
        self.new_calls = NewCalls(ua, calls, executor, admissions, journal, ids, settings)

    # ---- INVITE

    def invite(self, event: InviteArrived, now: Instant) -> None:
        """A new INVITE."""
        session, request, flow = event.session, event.request, event.flow
        if self._shuns(request, flow, now):
            if session.invite_server is not None:
                self._ua.ignore(session.invite_server)
            return
        closed = self.closed or self.new_calls.journal_trouble or self._overload(request)
        if closed is not None:
            self.doorkeeper.unheard(request, flow)
            self._refuse(session, closed, now, (("Retry-After", "10"),))
            return
        hop = self._hops.claim(request, flow, now)
        if hop is not None:
            self.new_calls.begin_hop(event, hop, now)
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
                self.new_calls.rejected(event, admission, invited_at, now)
            case Admitted():
                self.new_calls.begin(event, admission, invited_at, now)

    def _refuse(
        self,
        session: InviteSession,
        cause: ReleaseCause,
        now: Instant,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Who is refused here has proved nothing yet."""
        headers = (*headers, *self._executor.refusal(cause))
        self._ua.refuse(session, cause.sip_status, now, cause.reason_phrase, headers, repeat=False)

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
