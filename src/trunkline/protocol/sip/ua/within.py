"""Requests within a dialog (RFC 3261 sections 12.2, 14 and 15): re-INVITE both ways, glare, BYE, and all others."""

from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.dialog import Dialog
from trunkline.protocol.sip.dialog.invite_session import InviteSession, SessionState
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.invite_client import InviteClientTransaction
from trunkline.protocol.sip.transaction.invite_server import InviteServerTransaction
from trunkline.protocol.sip.transaction.transaction import ServerTransaction
from trunkline.protocol.sip.ua.answering import Answering
from trunkline.protocol.sip.ua.calling import Calling
from trunkline.protocol.sip.ua.core import Headers, UaCore
from trunkline.protocol.sip.ua.event import (
    ByeArrived,
    ReinviteAnswered,
    ReinviteArrived,
    ReinviteRefused,
    RequestArrived,
)
from trunkline.protocol.sip.ua.extension import unsupported


class Within:
    """Everything between the answer and the end."""

    __slots__ = ("_answering", "_calling", "_core")

    def __init__(self, core: UaCore, calling: Calling, answering: Answering) -> None:
        self._core = core
        self._calling = calling
        self._answering = answering

    def receive(self, transaction: ServerTransaction, request: Request, flow: Flow, now: Instant) -> None:
        """A request that carries a To tag."""
        session = self._core.sessions.get((request.call_id, request.to.tag))
        if session is None:
            self._core.unknown(transaction, request, "")
            return
        if request.method == "BYE":
            self._bye(session, transaction, request, flow, now)
            return
        dialog = session.dialog
        if dialog is None and session.state is SessionState.PROCEEDING:
            self._early(session, transaction, request, flow, now)
        elif dialog is None or request.from_.tag != dialog.remote_tag or session.state is SessionState.ENDING:
            self._refuse(transaction, request, 481, now)
        elif not dialog.accepts(request.cseq[0]):
            self._refuse(transaction, request, 500, now)  # section 12.2.2
        elif isinstance(transaction, InviteServerTransaction):
            dialog.flow = flow
            self._reinvite(session, dialog, transaction, request, now)
        else:
            dialog.flow = flow
            self._core.events.append(RequestArrived(transaction, request, flow, session))

    def _early(
        self, session: InviteSession, transaction: ServerTransaction, request: Request, flow: Flow, now: Instant
    ) -> None:
        """Of whom we call and who has not answered: a 481 would end what rings there (section 12.2.1.2)."""
        if isinstance(transaction, InviteServerTransaction):
            self._refuse(transaction, request, 491, now)  # section 14.2: an INVITE of ours is in progress
        else:
            self._core.events.append(RequestArrived(transaction, request, flow, session))

    def _refuse(
        self, transaction: ServerTransaction, request: Request, status: int, now: Instant, headers: Headers = ()
    ) -> None:
        response = self._core.response(request, status, "", "", headers, b"")
        self._core.layer.respond(transaction, response, now, repeat=status != 481)

    # ---- BYE

    def _bye(
        self, session: InviteSession, transaction: ServerTransaction, request: Request, flow: Flow, now: Instant
    ) -> None:
        dialog = session.dialog
        if dialog is not None:
            is_peer = request.from_.tag == dialog.remote_tag  # null for a peer of RFC 2543 (section 12.1.1)
        else:
            is_peer = not session.is_uac and request.from_.tag == session.request.from_.tag
        if not is_peer:
            self._refuse(transaction, request, 481, now)
            return
        if dialog is not None and not dialog.accepts(request.cseq[0]):
            self._refuse(transaction, request, 500, now)
            return
        core = self._core
        core.layer.respond(transaction, core.response(request, 200, "", "", (), b""), now)
        if session.state is SessionState.ENDING:
            return  # BYE crossed BYE
        self._refuse_pending(session, now)
        # Told before the end of the session is, which may come at once: an old INVITE has no transaction any more.
        core.events.append(ByeArrived(session, request))
        if session.state is SessionState.ARRIVED:
            # A caller may end an early dialog by BYE (section 15.1.1); the INVITE is then terminated.
            self._answering.refuse(session, 487, "", (), now)
        else:
            core.stop_answer(session)
            core.ending(session)

    def _refuse_pending(self, session: InviteSession, now: Instant) -> None:
        """A BYE beats a pending re-INVITE (section 15.1.2): it gets 487, and ours with a 2xx its ACK."""
        if session.reinvite_answered:
            self.acknowledge_reinvite(session, b"", now)
        pending = session.reinvite_server
        if pending is not None and session.answer is None:
            session.reinvite_server = None
            self._refuse(pending, pending.request, 487, now)

    def release(self, session: InviteSession, now: Instant, headers: Headers) -> None:
        """End a confirmed session."""
        self._refuse_pending(session, now)
        self._calling.bye(session, now, headers)

    # ---- re-INVITE from the peer

    def _reinvite(
        self,
        session: InviteSession,
        dialog: Dialog,
        transaction: InviteServerTransaction,
        request: Request,
        now: Instant,
    ) -> None:
        if session.reinvite_client is not None or session.answer is not None:
            self._refuse(transaction, request, 491, now)  # section 14.2: an offer of ours is pending
            return
        if session.reinvite_server is not None or session.state is SessionState.ARRIVED:
            wait = (("Retry-After", str(self._core.ids.number(11))),)
            self._refuse(transaction, request, 500, now, wait)  # section 14.2: theirs is
            return
        refused = unsupported(request)
        if refused is not None:
            status, headers = refused
            self._refuse(transaction, request, status, now, headers)
            return
        session.reinvite_server = transaction
        session.open_transactions += 1
        transaction.owner = session
        self._core.layer.respond(transaction, self._core.response(request, 100, "", "", (), b""), now)
        self._core.events.append(ReinviteArrived(session, request))

    def accept_reinvite(self, session: InviteSession, headers: Headers, body: bytes, now: Instant) -> None:
        transaction = session.reinvite_server
        if transaction is None or session.answer is not None:
            return
        if session.dialog is not None:
            session.dialog.refresh_target(transaction.request)  # a refused one refreshes nothing (RFC 6141 section 4)
        response = self._core.response(transaction.request, 200, "", "", headers, body)
        response.headers.append(("contact", "Contact", session.contact))
        response.headers.append(("allow", "Allow", self._core.identity.allow))
        self._answering.keep(session, transaction, response, now)

    def refuse_reinvite(self, session: InviteSession, status: int, reason: str, now: Instant) -> None:
        transaction = session.reinvite_server
        if transaction is None or session.answer is not None:
            return
        session.reinvite_server = None
        response = self._core.response(transaction.request, status, reason, "", (), b"")
        self._core.layer.respond(transaction, response, now)

    # ---- re-INVITE of ours

    def reinvite(self, session: InviteSession, body: bytes, headers: Headers, now: Instant) -> bool:
        """Send a re-INVITE; False when one is pending in either direction (section 14.1)."""
        dialog = session.dialog
        if dialog is None or session.state is not SessionState.CONFIRMED:
            return False
        if session.reinvite_client is not None or session.reinvite_server is not None:
            return False
        core = self._core
        hop = dialog.next_hop()
        request = dialog.next_request("INVITE", core.via(hop))
        contact = session.contact or core.local.contact(hop.transport, "")
        request.headers.append(("contact", "Contact", contact))
        request.headers.append(("allow", "Allow", core.identity.allow))
        request.headers.append(("user-agent", "User-Agent", core.identity.product))
        for name, value in headers:
            request.add(name, value)
        if body:
            request.headers.append(("content-type", "Content-Type", "application/sdp"))
            request.body = body
        transaction = core.start(request, hop, session, now)
        assert isinstance(transaction, InviteClientTransaction)  # noqa: S101  the method is INVITE
        session.reinvite_client = transaction
        core.start_reinvite_wait(session, now)
        return True

    def reinvite_response(
        self, session: InviteSession, transaction: InviteClientTransaction, response: Response, now: Instant
    ) -> None:
        """A response to a re-INVITE of ours."""
        if response.status < 200:
            return
        if transaction is not session.reinvite_client:
            if response.status < 300:
                self._calling.stray(session, response, transaction.flow, now)  # a repeated 2xx: repeat the ACK
            return
        self._core.stop_reinvite_wait(session)
        if response.status >= 300:
            session.reinvite_client = None
            self._core.events.append(ReinviteRefused(session, transaction.request, response))
            return
        if session.reinvite_answered:
            return  # the 2xx again, while its answer is being made
        if session.dialog is not None:
            session.dialog.refresh_target(response)
        session.reinvite_answered = not transaction.request.body
        if not session.reinvite_answered or session.state is not SessionState.CONFIRMED:
            self.acknowledge_reinvite(session, b"", now)
        self._core.events.append(ReinviteAnswered(session, response))

    def acknowledge_reinvite(self, session: InviteSession, body: bytes, now: Instant) -> None:
        """Send the ACK for the 2xx to our re-INVITE."""
        self._calling.acknowledge(session, body, now)
        session.reinvite_client = None
        session.reinvite_answered = False

    def reinvite_failed(self, session: InviteSession, transaction: InviteClientTransaction) -> None:
        """No final response: like a 408 (section 14.1)."""
        if transaction is session.reinvite_client and not session.reinvite_answered:
            self._core.stop_reinvite_wait(session)
            session.reinvite_client = None
            self._core.events.append(ReinviteRefused(session, transaction.request, None))

    def reinvite_overdue(self, session: InviteSession, now: Instant) -> None:
        """A provisional response, and then nothing for 64*T1: give it up as a 408."""
        transaction = session.reinvite_client
        if transaction is not None:
            self._core.layer.abandon(transaction, now)
            self.reinvite_failed(session, transaction)
