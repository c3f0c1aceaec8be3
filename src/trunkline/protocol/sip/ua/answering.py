"""The UAS's side of an INVITE (RFC 3261 sections 9.2 and 13.3): arrival, answers, the keeper of the 2xx, its ACK."""

from typing import Final

from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.dialog import Dialog
from trunkline.protocol.sip.dialog.invite_session import InviteSession, SessionState
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.message.name_addr import parse_name_addr, split_addresses
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.invite_server import InviteServerTransaction
from trunkline.protocol.sip.ua.core import Headers, SessionTimer, UaCore
from trunkline.protocol.sip.ua.event import (
    AckMissing,
    Acknowledged,
    InviteArrived,
    InviteCancelled,
    InviteLost,
    ReinviteAcknowledged,
)

_EXTENSION_S: Final = 60.0
"""How long a proxy may be left without a provisional response, once it has had one (section 13.3.1.1)."""


class Answering:
    """Takes INVITEs in and keeps each answer alive until it is acknowledged."""

    __slots__ = ("_core",)

    def __init__(self, core: UaCore) -> None:
        self._core = core

    def arrive(self, transaction: InviteServerTransaction, request: Request, flow: Flow, now: Instant) -> None:
        """A new INVITE."""
        core = self._core
        if core.layer.table.merged_with(request) is not None:
            # The same INVITE over another path (section 8.2.2.2).
            merged = core.response(request, 482, "", core.ids.tag(), (), b"")
            core.layer.respond(transaction, merged, now, repeat=False)
            return
        tag = core.ids.tag()
        session = InviteSession(request, request.call_id, tag, "", is_uac=False)
        session.invite_server = transaction
        session.open_transactions = 1
        transaction.owner = session
        core.add(session)
        core.events.append(InviteArrived(session, request, flow))

    # ---- answers

    def progress(
        self, session: InviteSession, status: int, reason: str, headers: Headers, body: bytes, now: Instant
    ) -> None:
        """A provisional response; 100 carries no tag (section 8.2.6.2)."""
        transaction = session.invite_server
        if transaction is None or session.state is not SessionState.ARRIVED:
            return
        tag = "" if status == 100 else session.local_tag
        response = self._core.response(session.request, status, reason, tag, headers, body)
        if status != 100:
            self._complete(session, transaction, response)
        self._core.layer.respond(transaction, response, now)
        if status != 100:
            self._core.stop_answer(session)
            self._resend_later(session, _EXTENSION_S, now)

    def accept(self, session: InviteSession, headers: Headers, body: bytes, now: Instant) -> Response | None:
        """Answer 200 and repeat it until the ACK; gives the response, None when the INVITE is not open any more."""
        transaction = session.invite_server
        if transaction is None or session.state is not SessionState.ARRIVED:
            return None
        response = self._core.response(session.request, 200, "", session.local_tag, headers, body)
        self._complete(session, transaction, response)
        session.state = SessionState.ANSWERED
        self.keep(session, transaction, response, now)
        return response

    def refuse(
        self, session: InviteSession, status: int, reason: str, headers: Headers, now: Instant, *, repeat: bool = True
    ) -> None:
        """Answer with a final response of 300 or above; `repeat` as the layer's `respond` has it."""
        transaction = session.invite_server
        if transaction is None or session.state is not SessionState.ARRIVED:
            return
        response = self._core.response(session.request, status, reason, session.local_tag, headers, b"")
        self._core.layer.respond(transaction, response, now, repeat=repeat)
        self._core.ending(session)

    def _complete(self, session: InviteSession, transaction: InviteServerTransaction, response: Response) -> None:
        """Record-Route, Contact and Allow of a response that makes a dialog, and the dialog (12.1.1 and 13.3.1)."""
        core = self._core
        if session.dialog is None:
            session.dialog = Dialog.of_uas(session.request, session.local_tag, transaction.flow)
        if not session.contact:
            transport = transaction.flow.transport
            session.contact = core.local.contact(transport, secure=transport == "TLS" and _asks_sips(session.request))
        place = next((at for at, header in enumerate(response.headers) if header[0] != "via"), 0)
        response.headers[place:place] = [h for h in session.request.headers if h[0] == "record-route"]
        response.headers.append(("contact", "Contact", session.contact))
        response.headers.append(("allow", "Allow", core.identity.allow))

    # ---- the keeper of the 2xx

    def keep(
        self, session: InviteSession, transaction: InviteServerTransaction, response: Response, now: Instant
    ) -> None:
        """Send a 2xx and repeat it until its ACK, at T1, doubling to T2, for 64*T1 (section 13.3.1.4)."""
        core = self._core
        core.stop_answer(session)
        session.answer = response
        core.layer.respond(transaction, response, now)
        session.resend_interval_s = core.timing.t1
        self._resend_later(session, core.timing.t1, now)
        session.ack_timer = core.arm(SessionTimer.ACK_WAIT, session, Instant(now + core.timing.timeout))

    def resend(self, session: InviteSession, now: Instant) -> None:
        """The repeat timer fired."""
        core = self._core
        transaction = session.reinvite_server or session.invite_server
        if transaction is None:
            return
        if session.answer is not None:
            core.layer.respond(transaction, session.answer, now)
            session.resend_interval_s = min(2 * session.resend_interval_s, core.timing.t2)
            self._resend_later(session, session.resend_interval_s, now)
        elif session.state is SessionState.ARRIVED and transaction.last_response is not None:
            core.layer.respond(transaction, transaction.last_response, now)
            self._resend_later(session, _EXTENSION_S, now)

    def _resend_later(self, session: InviteSession, delay_s: float, now: Instant) -> None:
        session.resend_timer = self._core.arm(SessionTimer.RESEND_ANSWER, session, Instant(now + delay_s))

    def ack_missing(self, session: InviteSession) -> None:
        """64*T1 without ACK: the dialog stands all the same, and its user should end it with a BYE."""
        session.ack_timer = None
        self._core.stop_answer(session)
        if session.state is SessionState.ANSWERED:
            session.state = SessionState.CONFIRMED
        self._core.events.append(AckMissing(session))
        self._core.settle(session)

    def acknowledged(self, session: InviteSession, ack: Request, flow: Flow) -> None:
        """An ACK for a 2xx of ours; repeats are absorbed."""
        if session.answer is None or ack.cseq[0] != session.answer.cseq[0]:
            return
        self._core.stop_answer(session)
        if session.dialog is not None:
            session.dialog.flow = flow
        answered = session.reinvite_server or session.invite_server
        if answered is not None:
            answered.acknowledged()
        if session.reinvite_server is not None:
            session.reinvite_server = None
            self._core.events.append(ReinviteAcknowledged(session, ack))
        elif session.state is SessionState.ANSWERED:
            session.state = SessionState.CONFIRMED
            self._core.events.append(Acknowledged(session, ack))
        self._core.settle(session)

    # ---- the caller goes

    def failed(self, session: InviteSession, failure: str) -> None:
        """The transaction failed (section 17.2.4). Behind a final response nothing is owed to the caller any more.

        Before it, the caller gets one without state: a datagram may have failed where the next one does not.
        """
        core, transaction = self._core, session.invite_server
        if session.state is SessionState.ARRIVED and transaction is not None:
            response = core.response(session.request, 503, "", session.local_tag, (), b"")
            core.layer.transmit(transaction.reply_flow, response.to_bytes())
            core.events.append(InviteLost(session, failure))
            core.ending(session)

    def cancelled(self, session: InviteSession, cancel: Request, now: Instant) -> None:
        """The CANCEL matched; an INVITE that has its final response already is not touched (section 9.2).

        One that has no response at all yet is nobody's whom we know: see `InviteServerTransaction.respond`.
        """
        transaction = session.invite_server
        if session.state is SessionState.ARRIVED and transaction is not None:
            self.refuse(session, 487, "", (), now, repeat=bool(transaction.octets))
            self._core.events.append(InviteCancelled(session, cancel))


def _asks_sips(request: Request) -> bool:
    """Whether our Contact has to be a SIPS URI (section 12.1.1)."""
    if request.uri.scheme == "sips":
        return True
    routes = request.get("record-route")
    if routes is None:
        return request.contact is not None and request.contact.uri.scheme == "sips"
    return parse_name_addr(split_addresses(routes)[0]).uri.scheme == "sips"
