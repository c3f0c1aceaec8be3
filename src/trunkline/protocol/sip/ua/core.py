"""What the parts of the user agent share: transactions, sessions, timers, and the events for the user."""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from trunkline.kit.ids import IdSource
from trunkline.kit.instant import Instant
from trunkline.kit.timer_queue import Timer, TimerQueue
from trunkline.protocol.sip.dialog.invite_session import InviteSession, SessionState
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.layer import TransactionLayer
from trunkline.protocol.sip.transaction.table import AnyClient
from trunkline.protocol.sip.transaction.timing import Timing
from trunkline.protocol.sip.transaction.transaction import ServerTransaction
from trunkline.protocol.sip.ua.event import SessionEnded, UaEvent
from trunkline.protocol.sip.ua.local_address import LocalAddress

Headers = tuple[tuple[str, str], ...]
"""(name, value) pairs to be written in order."""


@dataclass(frozen=True, slots=True)
class Identity:
    """How this user agent names itself, and what it allows (features rows 27 and 63)."""

    product: str = "Trunkline"
    allow: str = "ACK,BYE,CANCEL,INVITE,OPTIONS,REFER,NOTIFY"


class SessionTimer(Enum):
    """What a session waits for besides its transactions."""

    RESEND_ANSWER = auto()
    """Repeat our 2xx (section 13.3.1.4), or every minute the provisional response before it (section 13.3.1.1)."""
    ACK_WAIT = auto()
    """64*T1 after our 2xx: no ACK will come."""
    REINVITE_WAIT = auto()
    """64*T1 after our re-INVITE: its answer is overdue."""


class Anomalies(Protocol):
    """Who is told of peers' faults that nobody else hears of."""

    def anomaly(self, kind: str, flow: Flow, detail: str) -> None: ...


class UaCore:
    """Tables and queues; every part of the user agent writes through these verbs, so that sessions have one exit."""

    __slots__ = ("events", "identity", "ids", "layer", "local", "sessions", "timers", "timing")

    def __init__(
        self, layer: TransactionLayer, ids: IdSource, timing: Timing, local: LocalAddress, identity: Identity
    ) -> None:
        self.layer = layer
        self.ids = ids
        self.timing = timing
        self.local = local
        self.identity = identity
        self.events: deque[UaEvent] = deque()
        self.sessions: dict[tuple[str, str], InviteSession] = {}
        self.timers: TimerQueue[tuple[SessionTimer, InviteSession]] = TimerQueue()

    # ---- sessions

    def add(self, session: InviteSession) -> None:
        self.sessions[session.key] = session

    def ending(self, session: InviteSession) -> None:
        """The session is over for its user; it is forgotten once its transactions are."""
        if session.state is not SessionState.ENDED:
            session.state = SessionState.ENDING
            self.settle(session)

    def settle(self, session: InviteSession) -> None:
        """Forget an ending session when nothing of it is left."""
        if session.state is SessionState.ENDING and session.open_transactions == 0 and session.ack_timer is None:
            session.state = SessionState.ENDED
            self.stop_answer(session)
            self.stop_reinvite_wait(session)
            self.sessions.pop(session.key, None)
            self.events.append(SessionEnded(session, session.owner))

    # ---- timers

    def arm(self, kind: SessionTimer, session: InviteSession, at: Instant) -> Timer[tuple[SessionTimer, InviteSession]]:
        return self.timers.arm(at, (kind, session))

    def stop_answer(self, session: InviteSession) -> None:
        """Our 2xx needs no repeating any more."""
        session.answer = None
        if session.resend_timer is not None:
            self.timers.cancel(session.resend_timer)
            session.resend_timer = None
        if session.ack_timer is not None:
            self.timers.cancel(session.ack_timer)
            session.ack_timer = None

    def start_reinvite_wait(self, session: InviteSession, now: Instant) -> None:
        if session.reinvite_timer is None:
            session.reinvite_timer = self.arm(SessionTimer.REINVITE_WAIT, session, Instant(now + self.timing.timeout))

    def stop_reinvite_wait(self, session: InviteSession) -> None:
        if session.reinvite_timer is not None:
            self.timers.cancel(session.reinvite_timer)
            session.reinvite_timer = None

    # ---- messages

    def via(self, flow: Flow) -> str:
        return self.local.via(flow.transport, self.ids.branch())

    def start(self, request: Request, flow: Flow, session: InviteSession, now: Instant) -> AnyClient:
        """Send a request that belongs to a session."""
        session.open_transactions += 1
        return self.layer.start_client(request, flow, session, now)

    def unknown(self, transaction: ServerTransaction, request: Request, to_tag: str) -> None:
        """Answer 481 and forget it (section 8.2.7): strangers can send any number, from any address.

        Whoever repeats the request is told again.
        """
        response = self.response(request, 481, "", to_tag, (), b"")
        self.layer.reply(request, response, transaction.flow)
        self.layer.ignore(transaction)

    def response(
        self, request: Request, status: int, reason: str, to_tag: str, headers: Headers, body: bytes
    ) -> Response:
        """A response of ours: Server on all, and what sections 21.4.6 and 21.4.13 want beside 405 and 415."""
        response = request.respond(status, reason, to_tag)
        response.headers.append(("server", "Server", self.identity.product))
        if status == 405:
            response.headers.append(("allow", "Allow", self.identity.allow))
        elif status == 415:
            response.headers.append(("accept", "Accept", "application/sdp"))
            response.headers.append(("accept-encoding", "Accept-Encoding", "identity"))
        for name, value in headers:
            response.add(name, value)
        if body:
            response.headers.append(("content-type", "Content-Type", "application/sdp"))
            response.body = body
        return response
