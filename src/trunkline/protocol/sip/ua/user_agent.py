"""The user agent: bytes in, events out, one timer heap; every verb returns at once and nothing here waits.

Feed it with `receive`, `transport_failed` and `advance`, then drain `poll` until it gives None: a `Transmit` is to be
sent, everything else is an event for the user (see `event`). `next_deadline` says when to call `advance` next. Verbs
may be called while draining: their output is queued behind.
"""

from trunkline.kit.ids import IdSource
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.invite_session import InviteSession, SessionState
from trunkline.protocol.sip.message.errors import MalformedMessage, UnframeableMessage
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.layer import TransactionLayer
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.protocol.sip.transaction.timing import Timing
from trunkline.protocol.sip.transaction.transaction import ServerTransaction
from trunkline.protocol.sip.ua.answering import Answering
from trunkline.protocol.sip.ua.calling import Calling
from trunkline.protocol.sip.ua.core import Anomalies, Headers, Identity, SessionTimer, UaCore
from trunkline.protocol.sip.ua.errands import Errand, Errands
from trunkline.protocol.sip.ua.event import SessionEnded, UaOutput
from trunkline.protocol.sip.ua.invite_offer import InviteOffer
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.protocol.sip.ua.restoring import Restoring
from trunkline.protocol.sip.ua.transaction_user import TransactionUser
from trunkline.protocol.sip.ua.within import Within


class UserAgent:
    """RFC 3261's UAC and UAS core over one transaction layer."""

    __slots__ = (
        "_anomalies",
        "_answering",
        "_calling",
        "_core",
        "_errands",
        "_layer",
        "_now",
        "_user",
        "_within",
        "restoring",
    )

    def __init__(
        self,
        ids: IdSource,
        local: LocalAddress,
        anomalies: Anomalies,
        timing: Timing | None = None,
        identity: Identity | None = None,
    ) -> None:
        timing = timing or Timing()
        self._layer = TransactionLayer(timing)
        self._core = UaCore(self._layer, ids, timing, local, identity or Identity())
        self._calling = Calling(self._core)
        self._answering = Answering(self._core)
        self._within = Within(self._core, self._calling, self._answering)
        self._errands = Errands(self._core)
        self._user = TransactionUser(self._core, self._calling, self._answering, self._within, self._errands, anomalies)
        self.restoring = Restoring(self._core, self._calling, self._answering)
        """Takes sessions back that another process has lost."""
        self._anomalies = anomalies
        self._now = Instant(0.0)

    # ---- the five verbs

    def receive(self, data: bytes, flow: Flow, now: Instant) -> None:
        """One datagram, or one framed message of a stream."""
        self._now = now
        try:
            message = parse(data)
        except UnframeableMessage as noise:  # a name of its own: mypyc gives a name one type for the whole function
            self._anomalies.anomaly("dropped", flow, str(noise))
            return
        except MalformedMessage as error:
            self._anomalies.anomaly("malformed", flow, error.reason)
            self._answer_malformed(error, flow)
            return
        if isinstance(message, Request):
            message.stamp_via(flow.address, flow.port)
        self._layer.receive(message, flow, now)

    def transport_failed(self, flow: Flow, error: str, now: Instant) -> None:
        """A connection died or a datagram was refused."""
        self._now = now
        if flow.connection:
            for session in self._core.sessions.values():
                if session.dialog is not None and session.dialog.flow == flow:
                    session.dialog.lose_connection()
                if session.dialog is not None and session.ack_flow == flow:
                    session.ack_flow = (
                        session.dialog.next_hop()
                    )  # a 2xx that comes again is acknowledged where it can be
        self._layer.transport_failed(flow, error, now)

    def advance(self, now: Instant) -> None:
        """Fire every timer that is due."""
        self._now = now
        self._layer.advance(now)
        while (due := self._core.timers.pop_due(now)) is not None:
            kind, session = due
            match kind:
                case SessionTimer.RESEND_ANSWER:
                    session.resend_timer = None
                    self._answering.resend(session, now)
                case SessionTimer.ACK_WAIT:
                    self._answering.ack_missing(session)
                    if session.bye_wanted:
                        self._within.release(session, now, ())
                case SessionTimer.REINVITE_WAIT:
                    session.reinvite_timer = None
                    self._within.reinvite_overdue(session, now)

    def next_deadline(self) -> Instant | None:
        """When `advance` is to be called next, or None."""
        below_at, own_at = self._layer.next_deadline(), self._core.timers.next_deadline()
        if below_at is None or own_at is None:
            return own_at if below_at is None else below_at
        return min(own_at, below_at)

    def poll(self) -> UaOutput | None:
        """The next output, or None."""
        events = self._core.events
        while True:
            if events:
                event = events.popleft()
                if isinstance(event, SessionEnded):
                    # Not earlier: events about the session that wait before this one are for its owner too.
                    event.session.owner = None
                return event
            output = self._layer.poll()
            if output is None:
                return None
            if isinstance(output, Transmit):
                return output
            self._user.take(output, self._now)

    def _answer_malformed(self, error: MalformedMessage, flow: Flow) -> None:
        request = error.request
        if request is None:
            return
        request.stamp_via(flow.address, flow.port)
        response = request.respond(error.status, error.reason)
        self._layer.reply(request, response, flow)

    # ---- verbs of the user: calling

    def invite(self, offer: InviteOffer, flow: Flow, owner: object, now: Instant) -> InviteSession:
        """Send an INVITE; `owner` stays with the session until it has ended."""
        session = self._calling.invite(offer, flow, now)
        session.owner = owner
        return session

    def invite_again(self, session: InviteSession, name: str, credentials: str, now: Instant) -> None:
        """Answer a challenge: repeat the refused INVITE with a header `name: credentials`."""
        self._calling.again(session, name, credentials, now)

    def bye_again(self, session: InviteSession, refused: Request, name: str, credentials: str, now: Instant) -> None:
        """Answer a challenge to our BYE: repeat it with a header `name: credentials`."""
        reason = tuple(("Reason", value) for value in refused.get_all("reason"))
        session.bye_sent = False
        self._calling.bye(session, now, (*reason, (name, credentials)))

    def acknowledge(self, session: InviteSession, body: bytes, now: Instant) -> None:
        """Send the ACK that carries the answer to a 2xx's offer."""
        if session.reinvite_client is not None:
            self._within.acknowledge_reinvite(session, body, now)
        else:
            self._calling.acknowledge(session, body, now)

    # ---- verbs of the user: answering

    def progress(
        self,
        session: InviteSession,
        status: int,
        now: Instant,
        reason: str = "",
        headers: Headers = (),
        body: bytes = b"",
    ) -> None:
        """Send a provisional response."""
        self._answering.progress(session, status, reason, headers, body, now)

    def accept(self, session: InviteSession, body: bytes, now: Instant, headers: Headers = ()) -> Response | None:
        """Send a 200; gives it, or None when the INVITE is no longer open."""
        return self._answering.accept(session, headers, body, now)

    def refuse(
        self,
        session: InviteSession,
        status: int,
        now: Instant,
        reason: str = "",
        headers: Headers = (),
        *,
        repeat: bool = True,
    ) -> None:
        """Send a final response of 300 or above; without `repeat` just once for each time that the INVITE comes.

        So is who has proved nothing refused: its address may be forged (section 26.3.2.4).
        """
        self._answering.refuse(session, status, reason, headers, now, repeat=repeat)

    def ignore(self, transaction: ServerTransaction) -> None:
        """Never answer this request (sip.md 3.2: unknown domains are met with silence)."""
        session = transaction.owner
        if isinstance(session, InviteSession):
            session.state = SessionState.ENDING
        self._layer.ignore(transaction)

    # ---- verbs of the user: within

    def reinvite(self, session: InviteSession, body: bytes, now: Instant, headers: Headers = ()) -> bool:
        """Send a re-INVITE; False when glare forbids it now."""
        return self._within.reinvite(session, body, headers, now)

    def accept_reinvite(self, session: InviteSession, body: bytes, now: Instant, headers: Headers = ()) -> None:
        self._within.accept_reinvite(session, headers, body, now)

    def refuse_reinvite(self, session: InviteSession, status: int, now: Instant, reason: str = "") -> None:
        self._within.refuse_reinvite(session, status, reason, now)

    def release(
        self,
        session: InviteSession,
        now: Instant,
        status: int = 480,
        reason: str = "",
        headers: Headers = (),
    ) -> None:
        """End a session, whatever its state: refuse, CANCEL or BYE, each at the moment the RFC allows it.

        `status`, `reason` and `headers` are used where an INVITE is still to be answered; `headers` on a BYE too.
        """
        state = session.state
        if state is SessionState.ARRIVED:
            self._answering.refuse(session, status, reason, headers, now)
        elif state is SessionState.CONFIRMED:
            self._within.release(session, now, headers)
        elif state is SessionState.ANSWERED and session.is_uac:
            self._calling.acknowledge(session, b"", now)
            self._within.release(session, now, headers)
        elif state is SessionState.ANSWERED:
            session.bye_wanted = True  # section 15: not before the ACK, or the end of waiting for it
        elif state in {SessionState.CALLING, SessionState.PROCEEDING}:
            self._calling.release(session, now)

    def respond(
        self,
        transaction: ServerTransaction,
        status: int,
        now: Instant,
        reason: str = "",
        headers: Headers = (),
        body: bytes = b"",
    ) -> None:
        """Answer a request other than INVITE."""
        request = transaction.request
        tag = "" if request.to.tag else self._core.ids.tag()
        self._layer.respond(transaction, self._core.response(request, status, reason, tag, headers, body), now)

    def request_within(
        self, session: InviteSession, method: str, owner: object, now: Instant, headers: Headers = (), body: bytes = b""
    ) -> bool:
        """Send a request in the session's dialog; its response comes as ResponseArrived. False without a dialog."""
        return self._errands.within(session, method, owner, headers, body, now)

    def request(
        self, method: str, uri: str, flow: Flow, owner: object, now: Instant, headers: Headers = (), from_text: str = ""
    ) -> None:
        """Send a request out of dialog (OPTIONS); its response comes as ResponseArrived."""
        self._errands.outside(method, uri, flow, owner, headers, from_text, now)

    # ---- looking in

    @property
    def session_count(self) -> int:
        return len(self._core.sessions)

    @property
    def transaction_count(self) -> int:
        return len(self._layer.table)

    @property
    def timer_count(self) -> int:
        return len(self._core.timers)

    def waits_for_peers(self) -> bool:
        """Whether a far end still owes a response or an ACK; what else lives only absorbs repetitions.

        An OPTIONS of ours out of any dialog asks for nothing that must be known.
        """
        for transaction in self._layer.table.owed():
            owner = transaction.owner
            if not isinstance(owner, Errand) or owner.session is not None:
                return True
        return any(session.awaits_ack for session in self._core.sessions.values())

    def flows_in_use(self) -> set[Flow]:
        """Where the dialogs that live have their next request go: such a stream is kept, however quiet it is."""
        dialogs = [session.dialog for session in self._core.sessions.values() if session.dialog is not None]
        return {flow for dialog in dialogs for flow in (dialog.flow, dialog.next_hop())}

    def sessions(self) -> list[InviteSession]:
        """Every session that is not forgotten yet."""
        return list(self._core.sessions.values())
