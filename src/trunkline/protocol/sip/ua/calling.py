"""The UAC's side of an INVITE (RFC 3261 sections 9.1 and 13.2): calling, answers, forks, ACK, CANCEL, abandonment."""

from typing import Final

from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.dialog import Dialog
from trunkline.protocol.sip.dialog.invite_session import InviteSession, SessionState
from trunkline.protocol.sip.message.message import Header, Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.invite_client import InviteClientTransaction
from trunkline.protocol.sip.ua.core import UaCore
from trunkline.protocol.sip.ua.event import InviteAnswered, InviteProgressed, InviteRefused, LateAnswer
from trunkline.protocol.sip.ua.invite_offer import InviteOffer

# Copied from the INVITE into its CANCEL (section 9.1) and, when challenged, into the ACK (section 13.2.2.4).
_CANCEL_COPIES: Final = frozenset({"from", "to", "call-id", "route"})
_SIDS: Final = ("-accountsid", "-callsid")
_CREDENTIALS: Final = ("authorization", "proxy-authorization")


class Calling:
    """Sends INVITEs and follows each to its end."""

    __slots__ = ("_core",)

    def __init__(self, core: UaCore) -> None:
        self._core = core

    def invite(self, offer: InviteOffer, flow: Flow, now: Instant) -> InviteSession:
        """Send an INVITE on `flow`; the session's progress comes as events."""
        core = self._core
        call_id = core.ids.call_id()
        tag = core.ids.tag()
        contact = core.local.contact(flow.transport, offer.contact_user)
        if offer.contact_display:
            contact = f"{offer.contact_display} {contact}"
        headers: list[Header] = [
            ("via", "Via", core.via(flow)),
            ("max-forwards", "Max-Forwards", str(offer.max_forwards)),
            ("from", "From", f"{offer.from_text};tag={tag}"),
            ("to", "To", offer.to_text),
            ("call-id", "Call-ID", call_id),
            ("cseq", "CSeq", "1 INVITE"),
            ("contact", "Contact", contact),
            ("allow", "Allow", core.identity.allow),
            ("user-agent", "User-Agent", core.identity.product),
        ]
        request = Request("INVITE", offer.request_uri, headers, offer.body)
        for name, value in offer.headers:
            request.add(name, value)
        if offer.body:
            headers.append(("content-type", "Content-Type", "application/sdp"))
        session = InviteSession(request, call_id, tag, contact, is_uac=True)
        core.add(session)
        self._start(session, request, flow, now)
        return session

    def _start(self, session: InviteSession, request: Request, flow: Flow, now: Instant) -> None:
        transaction = self._core.start(request, flow, session, now)
        assert isinstance(transaction, InviteClientTransaction)  # noqa: S101  the method is INVITE
        session.invite_client = transaction

    def again(self, session: InviteSession, name: str, credentials: str, now: Instant) -> None:
        """Repeat a refused INVITE with credentials: same Call-ID and From tag, next CSeq (section 22.3)."""
        previous = session.invite_client
        if previous is None:
            return
        flow = previous.flow
        number = session.request.cseq[0] + 1
        request = Request("INVITE", session.request.uri_text, list(session.request.headers), session.request.body)
        request.put("via", self._core.via(flow))
        request.put("cseq", f"{number} INVITE")
        request.drop(name.lower())
        request.add(name, credentials)
        session.request = request
        session.state = SessionState.CALLING
        self._start(session, request, flow, now)

    # ---- responses

    def receive(self, session: InviteSession, response: Response, flow: Flow, now: Instant) -> None:
        """A response to the session's first INVITE."""
        status = response.status
        if status < 200:
            self._progressed(session, response, now)
        elif status < 300:
            self._answered(session, response, flow, now)
        else:
            self._refused(session, response, "")

    def failed(self, session: InviteSession, failure: str, now: Instant) -> None:
        """The INVITE transaction ended without a final response.

        A far end that has it and lost its connection alone would ring all the same: it is told over another one.
        """
        transaction = session.invite_client
        if session.state is SessionState.PROCEEDING and transaction is not None and transaction.flow.reliable:
            self._send_cancel(session, now)
        self._refused(session, None, failure)

    def _refused(self, session: InviteSession, response: Response | None, failure: str) -> None:
        # ENDING comes after the event's handling: a challenged INVITE may be sent again from there.
        if session.dialog is None:
            session.state = SessionState.ENDING
            self._core.events.append(InviteRefused(session, response, failure))

    def _progressed(self, session: InviteSession, response: Response, now: Instant) -> None:
        if session.cancel_wanted:
            self._send_cancel(session, now)
            return
        if session.state is SessionState.CALLING:
            session.state = SessionState.PROCEEDING
        self._core.events.append(InviteProgressed(session, response))

    def _answered(self, session: InviteSession, response: Response, flow: Flow, now: Instant) -> None:
        core = self._core
        dialog = session.dialog
        if dialog is not None:
            if response.to.tag == dialog.remote_tag:
                self._repeat_ack(session)
            else:
                self.end_fork(session, response, flow, now)
            return
        session.dialog = Dialog.of_uac(session.request, response, flow)
        if session.cancel_wanted:
            # CANCEL crossed the 2xx: acknowledge, then hang up (section 9.1).
            self.acknowledge(session, b"", now)
            self.bye(session, now)
            core.events.append(LateAnswer(session, response))
            return
        session.state = SessionState.ANSWERED
        if session.request.body:
            self.acknowledge(session, b"", now)
        core.events.append(InviteAnswered(session, response))

    def stray(self, session: InviteSession, response: Response, flow: Flow, now: Instant) -> None:
        """A 2xx that came when its transaction was gone or had failed: ours again, or a late fork."""
        if session.dialog is None and session.is_uac and 200 <= response.status < 300:
            # It follows a failure, which a forking proxy may let it do (section 16.7 step 5).
            if response.cseq == session.request.cseq:
                self.end_fork(session, response, flow, now)
            return
        if session.dialog is not None and 200 <= response.status < 300 and response.cseq[1] == "INVITE":
            if response.to.tag != session.dialog.remote_tag:
                self.end_fork(session, response, flow, now)
            elif session.ack is None or b"\r\nCSeq: %d ACK\r\n" % response.cseq[0] in session.ack:
                self._repeat_ack(session)
            else:
                # To a re-INVITE that this process has not sent: unacknowledged, the peer would hang up.
                ack, ack_flow = self._ack(session.dialog, session.request, b"", response.cseq[0])
                self._core.layer.transmit(ack_flow, ack)

    # ---- ACK

    def acknowledge(self, session: InviteSession, body: bytes, now: Instant) -> None:
        """Send the ACK for the 2xx to our INVITE or re-INVITE, with an answer in it where the 2xx held the offer."""
        dialog = session.dialog
        if dialog is None:
            return
        transaction = session.reinvite_client or session.invite_client
        invite = transaction.request if transaction is not None else session.request
        session.ack, session.ack_flow = self._ack(dialog, invite, body)
        self._repeat_ack(session)
        if session.state is SessionState.ANSWERED:
            session.state = SessionState.CONFIRMED

    def _ack(self, dialog: Dialog, invite: Request, body: bytes, cseq: int | None = None) -> tuple[bytes, Flow]:
        flow = dialog.next_hop()
        ack = dialog.next_request("ACK", self._core.via(flow), cseq or invite.cseq[0])
        for key in _CREDENTIALS:
            for value in invite.get_all(key):
                ack.add("Proxy-Authorization" if key.startswith("proxy") else "Authorization", value)
        # X-Twilio-AccountSid and X-Twilio-CallSid are on the ACK too (features row 62).
        for key, name, value in invite.headers:
            if key.startswith("x-") and key.endswith(_SIDS):
                ack.add(name, value)
        ack.headers.append(("user-agent", "User-Agent", self._core.identity.product))
        if body:
            ack.headers.append(("content-type", "Content-Type", "application/sdp"))
            ack.body = body
        return ack.to_bytes(), flow

    def _repeat_ack(self, session: InviteSession) -> None:
        if session.ack is not None and session.ack_flow is not None:
            self._core.layer.transmit(session.ack_flow, session.ack)

    def prepare_ack(self, session: InviteSession) -> None:
        """Have the ACK ready for a 2xx that comes again, without sending it now."""
        if session.dialog is not None:
            session.ack, session.ack_flow = self._ack(session.dialog, session.request, b"")

    def end_fork(self, session: InviteSession, response: Response, flow: Flow, now: Instant, leap: int = 0) -> None:
        """A second phone answered: acknowledge it and hang it up (section 13.2.2.4); `leap` goes onto our CSeq."""
        if session.forks is None:
            session.forks = {}
        known = session.forks.get(response.to.tag)
        if known is not None:
            self._core.layer.transmit(known[1], known[0])  # its BYE is under way
            return
        dialog = Dialog.of_uac(session.request, response, flow)
        dialog.local_cseq += leap
        ack, ack_flow = session.forks[response.to.tag] = self._ack(dialog, session.request, b"")
        self._core.layer.transmit(ack_flow, ack)
        hop = dialog.next_hop()
        self._core.start(dialog.next_request("BYE", self._core.via(hop)), hop, session, now)
        self._core.events.append(LateAnswer(session, response))

    # ---- the end

    def release(self, session: InviteSession, now: Instant) -> None:
        """End a call that is not answered yet: CANCEL now, or on the first 1xx (section 9.1).

        An INVITE without any answer is not repeated any more, so that nobody is rung who was not rung yet.
        """
        if session.cancel_wanted:
            return
        session.cancel_wanted = True
        if session.invite_client is not None:
            self._core.layer.abandon(session.invite_client, now)
        if session.state is SessionState.PROCEEDING:
            self._send_cancel(session, now)

    def _send_cancel(self, session: InviteSession, now: Instant) -> None:
        transaction = session.invite_client
        if session.cancel_sent or transaction is None:
            return
        session.cancel_sent = True
        invite = transaction.request
        headers: list[Header] = [
            ("via", "Via", str(invite.via)),
            ("max-forwards", "Max-Forwards", "70"),
            *[header for header in invite.headers if header[0] in _CANCEL_COPIES],
            ("cseq", "CSeq", f"{invite.cseq[0]} CANCEL"),
        ]
        self._core.start(Request("CANCEL", invite.uri_text, headers), transaction.flow, session, now)

    def bye(self, session: InviteSession, now: Instant, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """End an answered call (section 15.1.1)."""
        dialog = session.dialog
        if dialog is None or session.bye_sent:
            return
        session.bye_sent = True
        hop = dialog.next_hop()
        request = dialog.next_request("BYE", self._core.via(hop))
        for name, value in headers:
            request.add(name, value)
        request.headers.append(("user-agent", "User-Agent", self._core.identity.product))
        self._core.start(request, hop, session, now)
        self._core.ending(session)
