"""The transaction user (RFC 3261 section 5): what the transaction layer puts out goes to the part that it concerns."""

import trunkline.protocol.sip.transaction.output as below
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.invite_client import InviteClientTransaction
from trunkline.protocol.sip.transaction.invite_server import InviteServerTransaction
from trunkline.protocol.sip.transaction.transaction import ServerTransaction, Transaction
from trunkline.protocol.sip.ua.answering import Answering
from trunkline.protocol.sip.ua.calling import Calling
from trunkline.protocol.sip.ua.core import Anomalies, UaCore
from trunkline.protocol.sip.ua.errands import Errand, Errands
from trunkline.protocol.sip.ua.event import ByeAnswered, RequestArrived
from trunkline.protocol.sip.ua.within import Within


class TransactionUser:
    """A transaction's owner says whose it is: a session's, an errand's, or nobody's yet."""

    __slots__ = ("_anomalies", "_answering", "_calling", "_core", "_errands", "_within")

    def __init__(
        self,
        core: UaCore,
        calling: Calling,
        answering: Answering,
        within: Within,
        errands: Errands,
        anomalies: Anomalies,
    ) -> None:
        self._core = core
        self._calling = calling
        self._answering = answering
        self._within = within
        self._errands = errands
        self._anomalies = anomalies

    def take(self, output: below.LayerOutput, now: Instant) -> None:
        """Anything but a Transmit."""
        if isinstance(output, below.ResponseArrived):
            self._response(output.transaction, output.response, now)
        elif isinstance(output, below.RequestArrived):
            self._request(output.transaction, output.request, output.transaction.flow, now)
        elif isinstance(output, below.AckArrived):
            session = self._core.sessions.get((output.request.call_id, output.request.to.tag))
            if session is not None:
                self._answering.acknowledged(session, output.request, output.flow)
                if session.bye_wanted and session.answer is None:
                    self._within.release(session, now, ())
        elif isinstance(output, below.TransactionTerminated):
            self._terminated(output.transaction)
        elif isinstance(output, below.TransactionFailed):
            self._failed(output.transaction, f"{output.cause.value}: {output.detail}", now)
        elif isinstance(output, below.StrayResponse):
            response = output.response
            session = self._core.sessions.get((response.call_id, response.from_.tag))
            if session is not None:
                self._calling.stray(session, response, output.flow, now)
            else:
                self._anomalies.anomaly("stray", output.flow, f"{response.status} to {response.cseq[1]}")

    def _request(self, transaction: ServerTransaction, request: Request, flow: Flow, now: Instant) -> None:
        if request.method == "CANCEL":
            self._cancel(transaction, request, now)
        elif request.to.tag:
            self._within.receive(transaction, request, flow, now)
        elif isinstance(transaction, InviteServerTransaction):
            self._answering.arrive(transaction, request, flow, now)
        else:
            self._core.events.append(RequestArrived(transaction, request, flow, None))

    def _cancel(self, transaction: ServerTransaction, request: Request, now: Instant) -> None:
        invite = self._core.layer.table.invite_of(request)
        if invite is None:
            self._core.unknown(transaction, request, request.via.branch)  # the same for each repetition
            return
        session = invite.owner
        tag = session.local_tag if isinstance(session, InviteSession) else self._core.ids.tag()
        self._core.layer.respond(transaction, self._core.response(request, 200, "", tag, (), b""), now)
        if isinstance(session, InviteSession) and session.reinvite_server is not invite:
            self._answering.cancelled(session, request, now)
        elif isinstance(session, InviteSession):
            self._within.refuse_reinvite(session, 487, "", now)

    def _response(self, transaction: Transaction, response: Response, now: Instant) -> None:
        owner = transaction.owner
        if isinstance(owner, Errand):
            self._errands.answered(owner, transaction, response)
        elif isinstance(owner, InviteSession) and isinstance(transaction, InviteClientTransaction):
            if transaction is owner.invite_client:
                self._calling.receive(owner, response, transaction.flow, now)
            else:
                self._within.reinvite_response(owner, transaction, response, now)
        elif isinstance(owner, InviteSession) and response.status >= 200 and transaction.request.method == "BYE":
            dialog = owner.dialog
            if dialog is not None and transaction.request.to.tag == dialog.remote_tag:  # not a fork's
                self._core.events.append(ByeAnswered(owner, transaction.request, response))

    def _failed(self, transaction: Transaction, failure: str, now: Instant) -> None:
        owner = transaction.owner
        if isinstance(owner, Errand):
            self._errands.failed(owner, transaction)
        elif isinstance(owner, InviteSession) and isinstance(transaction, InviteClientTransaction):
            if transaction is owner.invite_client:
                self._calling.failed(owner, failure, now)
            else:
                self._within.reinvite_failed(owner, transaction)
        elif isinstance(owner, InviteSession) and transaction is owner.invite_server:
            self._answering.failed(owner, failure)

    def _terminated(self, transaction: Transaction) -> None:
        owner = transaction.owner
        if isinstance(owner, InviteSession):
            owner.open_transactions -= 1
            self._core.settle(owner)
