"""The transaction layer: timers and the queue of outputs around the four machines (RFC 3261 section 17).

`receive`, `advance`, `transport_failed` and the TU's verbs queue outputs, `poll` hands them over one by one; a TU that
answers while it polls never recurses. An entry leaves the tables if and only if its machine put out
`TransactionTerminated` (`_forget` is the only way out).
"""

from collections import deque
from typing import cast

from trunkline.kit.instant import Instant, later
from trunkline.kit.timer_queue import TimerQueue
from trunkline.protocol.sip.message.errors import LocalProtocolError
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.invite_client import InviteClientTransaction
from trunkline.protocol.sip.transaction.invite_server import InviteServerTransaction
from trunkline.protocol.sip.transaction.match import (
    client_key,
    is_legacy,
    reconnect_flow,
    reply_flow,
    server_key,
)
from trunkline.protocol.sip.transaction.non_invite_client import NonInviteClientTransaction
from trunkline.protocol.sip.transaction.non_invite_server import NonInviteServerTransaction
from trunkline.protocol.sip.transaction.output import (
    AckArrived,
    LayerOutput,
    Outputs,
    StrayResponse,
    TransactionTerminated,
    Transmit,
)
from trunkline.protocol.sip.transaction.table import AnyClient, AnyServer, TransactionTable
from trunkline.protocol.sip.transaction.timing import StartTimer, StopTimer, Timer, TimerStarts, Timing
from trunkline.protocol.sip.transaction.transaction import ServerTransaction, Transaction, TransactionObserver


class TransactionLayer:
    """All transactions of one user agent.

    `table` has those that live; `dropped` counts responses whose Via names somebody else (section 18.1.2).
    """

    __slots__ = ("_observer", "_outputs", "_retired", "_starts", "_timers", "dropped", "table")

    def __init__(self, timing: Timing | None = None, observer: TransactionObserver | None = None) -> None:
        self._starts = TimerStarts(timing or Timing())
        self._observer = observer
        self.table = TransactionTable()
        self._timers: TimerQueue[tuple[Transaction, Timer]] = TimerQueue()
        self._outputs: deque[LayerOutput] = deque()
        self._retired: Transaction | None = None
        self.dropped = 0

    # ---- inputs

    def receive(self, message: Request | Response, flow: Flow, now: Instant) -> None:
        """A message from the wire that parsed; a request's Via is stamped with its source already."""
        if isinstance(message, Response):
            self._receive_response(message, flow, now)
        elif message.method == "ACK":
            self._receive_ack(message, flow, now)
        else:
            self._receive_request(message, flow, now)

    def _receive_response(self, response: Response, flow: Flow, now: Instant) -> None:
        transaction = self.table.clients.get(client_key(response))
        if transaction is None:
            self._outputs.append(StrayResponse(response, flow))
        elif response.via.sent_by != transaction.request.via.sent_by:
            self.dropped += 1
        elif isinstance(transaction, InviteClientTransaction):
            self._apply(transaction, transaction.receive(response, flow), now)
        else:
            self._apply(transaction, transaction.receive(response), now)

    def _receive_ack(self, ack: Request, flow: Flow, now: Instant) -> None:
        transaction = self.table.acknowledged(ack)
        if transaction is None:
            self._outputs.append(AckArrived(ack, flow))
        else:
            self._apply(transaction, transaction.receive_ack(ack, flow), now)

    def _receive_request(self, request: Request, flow: Flow, now: Instant) -> None:
        key = server_key(request, request.method)
        if is_legacy(key):
            key = (*key, request.to.tag)
        transaction = self.table.servers.get(key)
        if transaction is not None:
            self._apply(transaction, transaction.receive(), now)
            return
        reply = reply_flow(request.via, flow)
        if request.method == "INVITE":
            transaction = InviteServerTransaction(request, flow, reply, self._starts, self._observer)
        else:
            transaction = NonInviteServerTransaction(request, flow, reply, self._starts, self._observer)
        self.table.add_server(transaction, key)
        self._apply(transaction, transaction.start(), now)

    def transport_failed(self, flow: Flow, error: str, now: Instant) -> None:
        """A flow broke or its far end refuses: what hangs on it fails (sections 17.1.4, 17.2.4, 18.4).

        Server transactions whose stream broke move to a new one to the Via's address (section 18.2.2), and end when
        that fails too.
        """
        for transaction in self.table.beside(flow):
            if isinstance(transaction, (InviteServerTransaction, NonInviteServerTransaction)):
                if transaction.reply_flow.connection != flow.connection:
                    continue
                if flow.connection:
                    self.table.reroute(transaction)
                    continue
            elif transaction.flow.connection not in {0, flow.connection} or transaction.flow.tls != flow.tls:
                continue  # over another connection, or asking something else of the far end
            self._apply(transaction, transaction.transport_failed(error), now)

    def advance(self, now: Instant) -> None:
        """Let every timer fire that is due."""
        pop_due = self._timers.pop_due
        while (due := pop_due(now)) is not None:
            # Only _start_timer arms, and only these four.
            transaction, timer = cast("AnyClient | AnyServer", due[0]), due[1]
            self._apply(transaction, transaction.timer_fired(timer), now)

    # ---- the TU's verbs

    def start_client(self, request: Request, flow: Flow, owner: object | None, now: Instant) -> AnyClient:
        """Send a request whose top Via carries a fresh branch of ours; raises LocalProtocolError for any other."""
        if request.method == "ACK":
            raise LocalProtocolError("an ACK has no client transaction")
        key = client_key(request)
        if key in self.table.clients:
            raise LocalProtocolError("a branch is used once")
        transaction: AnyClient
        if request.method == "INVITE":
            transaction = InviteClientTransaction(request, flow, self._starts, self._observer)
        else:
            transaction = NonInviteClientTransaction(request, flow, self._starts, self._observer)
        transaction.owner = owner
        self.table.add_client(transaction, key)
        self._apply(transaction, transaction.start(), now)
        return transaction

    # ---- taken back from a process that died; nothing is sent and nobody is told

    def resume_client(self, invite: Request, flow: Flow, owner: object | None) -> InviteClientTransaction:
        """An INVITE that was sent and has no final response that we know of: Proceeding, unbounded until abandoned."""
        transaction = InviteClientTransaction(invite, flow, self._starts, self._observer)
        transaction.owner = owner
        self.table.add_client(transaction, client_key(invite))
        transaction.resume()
        return transaction

    def resume_server(self, invite: Request, flow: Flow, owner: object | None) -> InviteServerTransaction:
        """An INVITE that had no final response yet: Proceeding, and silent to repetitions until it is answered.

        Without its connection the response takes a new one to the Via's address (section 18.2.2).
        """
        reply = (
            reply_flow(invite.via, flow) if flow.connection or not flow.reliable else reconnect_flow(invite.via, flow)
        )
        transaction = InviteServerTransaction(invite, flow, reply, self._starts, self._observer)
        transaction.owner = owner
        key = server_key(invite, "INVITE")
        self.table.add_server(transaction, (*key, invite.to.tag) if is_legacy(key) else key)
        return transaction

    def abandon(self, transaction: InviteClientTransaction, now: Instant) -> None:
        """Stop repeating an INVITE and bound its life: see `InviteClientTransaction.abandon`."""
        self._apply(transaction, transaction.abandon(), now)

    def respond(self, transaction: ServerTransaction, response: Response, now: Instant, *, repeat: bool = True) -> None:
        """Answer a request; a transaction that has ended or has its final response discards the answer.

        `repeat` is for the failure of an INVITE: see `InviteServerTransaction.respond`.
        """
        if isinstance(transaction, InviteServerTransaction):
            self._apply(transaction, transaction.respond(response, repeat=repeat), now)
        elif isinstance(transaction, NonInviteServerTransaction):
            self._apply(transaction, transaction.respond(response), now)

    def ignore(self, transaction: ServerTransaction) -> None:
        """Forget a request that the TU will never answer: silence is its answer."""
        if isinstance(transaction, (InviteServerTransaction, NonInviteServerTransaction)):
            self._apply(transaction, transaction.ignore(), Instant(0.0))

    def transmit(self, flow: Flow, data: bytes) -> None:
        """Queue octets of the TU's that belong to no transaction: the ACK for a 2xx (section 13.2.2.4)."""
        self._outputs.append(Transmit(flow, data))

    def reply(self, request: Request, response: Response, flow: Flow) -> None:
        """Answer without state (section 8.2.7): what is too broken for a transaction."""
        self._outputs.append(Transmit(reply_flow(request.via, flow), response.to_bytes()))

    # ---- outputs

    def next_deadline(self) -> Instant | None:
        """When `advance` has something to do next."""
        return self._timers.next_deadline()

    def poll(self) -> LayerOutput | None:
        """The next output, or None when all are taken."""
        if self._retired is not None:
            # Here ends the only reference from the stack to the TU: no cycle survives a transaction.
            self._retired.owner = None
            self._retired = None
        if not self._outputs:
            return None
        output = self._outputs.popleft()
        if isinstance(output, TransactionTerminated):
            self._retired = output.transaction
        return output

    def _apply(self, transaction: AnyClient | AnyServer, outputs: Outputs, now: Instant) -> None:
        for output in outputs:
            if isinstance(output, StartTimer):
                self._start_timer(transaction, output, now)
            elif isinstance(output, StopTimer):
                self._stop_timer(transaction, output.timer)
            else:
                if isinstance(output, TransactionTerminated):
                    self._forget(transaction)
                self._outputs.append(output)

    def _start_timer(self, transaction: AnyClient | AnyServer, start: StartTimer, now: Instant) -> None:
        timer, timers = start.timer, self._timers
        armed = timers.arm(later(now, start.delay), (transaction, timer))
        if timer is Timer.A or timer is Timer.E or timer is Timer.G:
            before, transaction.repeat_timer = transaction.repeat_timer, armed
        else:
            before, transaction.wait_timer = transaction.wait_timer, armed
        if before is not None:
            timers.cancel(before)

    def _stop_timer(self, transaction: AnyClient | AnyServer, timer: Timer) -> None:
        repeats = timer is Timer.A or timer is Timer.E or timer is Timer.G
        armed = transaction.repeat_timer if repeats else transaction.wait_timer
        if armed is not None:
            self._timers.cancel(armed)

    def _forget(self, transaction: AnyClient | AnyServer) -> None:
        self.table.remove(transaction)
        for armed in (transaction.repeat_timer, transaction.wait_timer):
            if armed is not None:
                self._timers.cancel(armed)
        transaction.repeat_timer = transaction.wait_timer = None
