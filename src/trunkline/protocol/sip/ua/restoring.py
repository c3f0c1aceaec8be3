"""INVITE sessions taken back from a process that died, out of the messages that it kept (design, decision 8)."""

from typing import Final

from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.dialog import Dialog
from trunkline.protocol.sip.dialog.invite_session import InviteSession, SessionState
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.ua.answering import Answering
from trunkline.protocol.sip.ua.calling import Calling
from trunkline.protocol.sip.ua.core import UaCore

CSEQ_LEAP: Final = 1000
"""Requests of ours that one life of the process may have sent in a dialog without their being kept."""


class Restoring:
    """Each verb makes one session as it was. Flows carry no connection: those of another process mean nothing here."""

    __slots__ = ("_answering", "_calling", "_core")

    def __init__(self, core: UaCore, calling: Calling, answering: Answering) -> None:
        self._core = core
        self._calling = calling
        self._answering = answering

    # ---- UAS

    def arrived(self, request: Request, tag: str, flow: Flow) -> InviteSession:
        """An INVITE without a final response: refuse it. Repetitions of it are absorbed meanwhile."""
        session = InviteSession(request, request.call_id, tag, "", is_uac=False)
        session.invite_server = self._core.layer.resume_server(request, flow, session)
        session.open_transactions = 1
        self._core.add(session)
        return session

    def answered(self, request: Request, tag: str, flow: Flow, answer: Response, now: Instant) -> InviteSession:
        """An INVITE with our 2xx and without its ACK: the 2xx goes out again until it is acknowledged."""
        session = self.arrived(request, tag, flow)
        session.contact = answer.get("contact") or ""
        session.dialog = Dialog.of_uas(request, tag, flow)
        session.dialog.local_cseq = CSEQ_LEAP
        session.state = SessionState.ANSWERED
        if session.invite_server is not None:
            self._answering.keep(session, session.invite_server, answer, now)
        return session

    def ended_uas(self, request: Request, tag: str) -> InviteSession:
        """An INVITE of which nothing is left but its name; the user agent does not hold it."""
        session = InviteSession(request, request.call_id, tag, "", is_uac=False)
        session.state = SessionState.ENDED
        return session

    def confirmed_uas(self, request: Request, tag: str, flow: Flow, answer: Response, lives: int) -> InviteSession:
        """An acknowledged one; `lives` counts the processes that the dialog has outlived."""
        session = InviteSession(request, request.call_id, tag, answer.get("contact") or "", is_uac=False)
        session.dialog = Dialog.of_uas(request, tag, flow)
        session.dialog.local_cseq += CSEQ_LEAP * lives
        session.state = SessionState.CONFIRMED
        self._core.add(session)
        return session

    # ---- UAC

    def calling(self, request: Request, flow: Flow) -> InviteSession:
        """An INVITE that was sent, with no final response known: release it, which sends the CANCEL at once."""
        session = self.ended_uac(request)
        session.state = SessionState.PROCEEDING
        session.invite_client = self._core.layer.resume_client(request, flow, session)
        session.open_transactions = 1
        self._core.add(session)
        return session

    def answered_uac(self, request: Request, answer: Response, flow: Flow, lives: int) -> InviteSession:
        """An INVITE with a 2xx, and perhaps without our ACK: release it, which sends ACK and BYE."""
        session = self.confirmed_uac(request, answer, flow, lives)
        session.state = SessionState.ANSWERED
        return session

    def confirmed_uac(self, request: Request, answer: Response, flow: Flow, lives: int) -> InviteSession:
        """An INVITE with a 2xx. Should our ACK have been lost with the process, each repeated 2xx gets it again."""
        session = self.ended_uac(request)
        session.dialog = Dialog.of_uac(request, answer, flow)
        session.dialog.local_cseq += CSEQ_LEAP * lives
        session.state = SessionState.CONFIRMED
        self._calling.prepare_ack(session)
        self._core.add(session)
        return session

    def ended_uac(self, request: Request) -> InviteSession:
        """An INVITE of ours of which nothing is left but its name; the user agent does not hold it."""
        session = InviteSession(request, request.call_id, request.from_.tag, request.get("contact") or "", is_uac=True)
        session.state = SessionState.ENDED
        return session

    # ---- both

    def turn(self, session: InviteSession, flow: Flow, target: str) -> None:
        """Where the peer was seen last, and its Contact if that has changed since; a stream is connected anew."""
        dialog = session.dialog
        if dialog is None:
            return
        dialog.flow = flow
        dialog.remote_target = target or dialog.remote_target
        if flow.reliable:
            dialog.lose_connection()

    def refuse_reinvite(self, request: Request, flow: Flow, now: Instant) -> None:
        """A re-INVITE whose other half is lost: 491 makes the peer try again (section 14.1)."""
        transaction = self._core.layer.resume_server(request, flow, None)
        self._core.layer.respond(transaction, self._core.response(request, 491, "", "", (), b""), now)

    def hang_up(self, session: InviteSession, answer: Response, flow: Flow, now: Instant) -> None:
        """One more 2xx to the session's INVITE, whose dialog nobody wants: ACK and BYE."""
        self._calling.end_fork(session, answer, flow, now, CSEQ_LEAP)
