"""The transaction layer: tables, timers and the queue of outputs around the four machines (RFC 3261 section 17).

`receive`, `advance`, `transport_failed` and the TU's verbs queue outputs, `poll` hands them over one by one; a TU that
answers while it polls never recurses. An entry leaves the tables if and only if its machine put out
`TransactionTerminated` (`_remove` is the only way out).
"""

from collections import deque
from collections.abc import Iterator
from enum import Enum
from itertools import chain
from typing import Final, cast

from trunkline.kit.instant import Instant, later
from trunkline.kit.timer_queue import TimerQueue
from trunkline.protocol.sip.message.errors import LocalProtocolError
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.invite_client import InviteClientState, InviteClientTransaction
from trunkline.protocol.sip.transaction.invite_server import InviteServerState, InviteServerTransaction
from trunkline.protocol.sip.transaction.match import (
    Key,
    client_key,
    invite_key,
    is_legacy,
    reconnect_flow,
    reply_flow,
    server_key,
)
from trunkline.protocol.sip.transaction.non_invite_client import NonInviteClientState, NonInviteClientTransaction
from trunkline.protocol.sip.transaction.non_invite_server import NonInviteServerTransaction
from trunkline.protocol.sip.transaction.output import (
    AckArrived,
    LayerOutput,
    Outputs,
    StrayResponse,
    TransactionTerminated,
    Transmit,
)
from trunkline.protocol.sip.transaction.timing import StartTimer, StopTimer, Timer, TimerStarts, Timing
from trunkline.protocol.sip.transaction.transaction import ServerTransaction, Transaction, TransactionObserver

AnyClient = InviteClientTransaction | NonInviteClientTransaction
AnyServer = InviteServerTransaction | NonInviteServerTransaction


_OWED: Final[frozenset[Enum]] = frozenset(
    {
        InviteClientState.CALLING,
        InviteClientState.PROCEEDING,
        NonInviteClientState.TRYING,
        NonInviteClientState.PROCEEDING,
        InviteServerState.COMPLETED,
    }
)


class TransactionLayer:
    """All transactions of one user agent.

    `dropped` counts responses whose Via names somebody else (section 18.1.2).
    """

    __slots__ = (
        "_clients", "_invites", "_observer", "_outputs", "_peers", "_retired", "_servers", "_starts", "_timers",
        "dropped",
    )  # fmt: skip

    def __init__(self, timing: Timing | None = None, observer: TransactionObserver | None = None) -> None:
        self._starts = TimerStarts(timing or Timing())
        self._observer = observer
        self._clients: dict[Key, AnyClient] = {}
        self._servers: dict[Key, AnyServer] = {}
        self._invites: dict[Key, InviteServerTransaction] = {}
        self._peers: dict[tuple[str, str, int], dict[AnyClient | AnyServer, None]] = {}
        self._timers: TimerQueue[tuple[Transaction, Timer]] = TimerQueue()
        self._outputs: deque[LayerOutput] = deque()
        self._retired: Transaction | None = None
        self.dropped = 0

    def __len__(self) -> int:
        """How many transactions live."""
        return len(self._clients) + len(self._servers)

    def __iter__(self) -> Iterator[AnyClient | AnyServer]:
        """The live transactions, for tables shown to people and for tests."""
        return chain(self._clients.values(), self._servers.values())

    def owed(self) -> Iterator[AnyClient | AnyServer]:
        """Those to which a far end still owes something: a response to us, or the ACK to a failure of ours.

        What else lives only absorbs repetitions. Walks through all: for the end of a process, not for every call.
        """
        for transaction in self:
            if transaction.state in _OWED:
                yield transaction

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
        transaction = self._clients.get(client_key(response))
        if transaction is None:
            self._outputs.append(StrayResponse(response, flow))
        elif response.via.sent_by != transaction.request.via.sent_by:
            self.dropped += 1
        elif isinstance(transaction, InviteClientTransaction):
            self._apply(transaction, transaction.receive(response, flow), now)
        else:
            self._apply(transaction, transaction.receive(response), now)

    def _receive_ack(self, ack: Request, flow: Flow, now: Instant) -> None:
        transaction = self._acknowledged(ack)
        if transaction is None:
            self._outputs.append(AckArrived(ack, flow))
        else:
            self._apply(transaction, transaction.receive_ack(ack, flow), now)

    def _acknowledged(self, ack: Request) -> InviteServerTransaction | None:
        found = self._invite_with(server_key(ack, "INVITE"), ack)
        if found is not None and (not is_legacy(found.key) or _answers(found, ack)):
            return found
        # A peer whose Via changes from packet to packet would leave us repeating a failure until timer H.
        found = self._invites.get(invite_key(ack))
        if found is not None and found.state is InviteServerState.COMPLETED and _answers(found, ack):
            return found
        return None

    def _receive_request(self, request: Request, flow: Flow, now: Instant) -> None:
        key = server_key(request, request.method)
        if is_legacy(key):
            key = (*key, request.to.tag)
        transaction = self._servers.get(key)
        if transaction is not None:
            self._apply(transaction, transaction.receive(), now)
            return
        reply = reply_flow(request.via, flow)
        if request.method == "INVITE":
            transaction = InviteServerTransaction(request, flow, reply, self._starts, self._observer)
            self._invites.setdefault(invite_key(request), transaction)
        else:
            transaction = NonInviteServerTransaction(request, flow, reply, self._starts, self._observer)
        transaction.key = key
        self._servers[key] = transaction
        self._join(transaction, reply)
        self._apply(transaction, transaction.start(), now)

    def transport_failed(self, flow: Flow, error: str, now: Instant) -> None:
        """A flow broke or its far end refuses: what hangs on it fails (sections 17.1.4, 17.2.4, 18.4).

        Server transactions whose stream broke move to a new one to the Via's address (section 18.2.2), and end when
        that fails too.
        """
        concerned = self._peers.get((flow.transport, flow.address, flow.port))
        for transaction in list(concerned) if concerned else ():
            if isinstance(transaction, (InviteServerTransaction, NonInviteServerTransaction)):
                if transaction.reply_flow.connection != flow.connection:
                    continue
                if flow.connection:
                    self._reroute(transaction)
                    continue
            elif transaction.flow.connection not in {0, flow.connection} or transaction.flow.tls != flow.tls:
                continue  # over another connection, or asking something else of the far end
            self._apply(transaction, transaction.transport_failed(error), now)

    def _reroute(self, transaction: AnyServer) -> None:
        self._part(transaction)
        transaction.reply_flow = reconnect_flow(transaction.request.via, transaction.flow)
        self._join(transaction, transaction.reply_flow)

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
        if key in self._clients:
            raise LocalProtocolError("a branch is used once")
        transaction: AnyClient
        if request.method == "INVITE":
            transaction = InviteClientTransaction(request, flow, self._starts, self._observer)
        else:
            transaction = NonInviteClientTransaction(request, flow, self._starts, self._observer)
        transaction.owner = owner
        transaction.key = key
        self._clients[key] = transaction
        self._join(transaction, flow)
        self._apply(transaction, transaction.start(), now)
        return transaction

    # ---- taken back from a process that died; nothing is sent and nobody is told

    def resume_client(self, invite: Request, flow: Flow, owner: object | None) -> InviteClientTransaction:
        """An INVITE that was sent and has no final response that we know of: Proceeding, unbounded until abandoned."""
        transaction = InviteClientTransaction(invite, flow, self._starts, self._observer)
        transaction.owner = owner
        transaction.key = client_key(invite)
        self._clients[transaction.key] = transaction
        self._join(transaction, flow)
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
        transaction.key = key = server_key(invite, "INVITE")
        if is_legacy(key):
            transaction.key = (*key, invite.to.tag)
        self._invites.setdefault(invite_key(invite), transaction)
        self._servers[transaction.key] = transaction
        self._join(transaction, reply)
        return transaction

    def abandon(self, transaction: InviteClientTransaction, now: Instant) -> None:
        """Stop repeating an INVITE and bound its life: see `InviteClientTransaction.abandon`."""
        self._apply(transaction, transaction.abandon(), now)

    def respond(self, transaction: ServerTransaction, response: Response, now: Instant) -> None:
        """Answer a request; a transaction that has ended or has its final response discards the answer."""
        if isinstance(transaction, (InviteServerTransaction, NonInviteServerTransaction)):
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

    def invite_of(self, cancel: Request) -> InviteServerTransaction | None:
        """The INVITE that a CANCEL means (section 9.2), found by branch and sent-by.

        A peer behind a NAT may have changed its top Via since: then by Call-ID, CSeq number and From tag.
        """
        found = self._invite_with(server_key(cancel, "INVITE"), cancel)
        return found if found is not None else self._invites.get(invite_key(cancel))

    def _invite_with(self, key: Key, request: Request) -> InviteServerTransaction | None:
        found = self._servers.get(key)
        if found is None and is_legacy(key):
            # The INVITE of an RFC 2543 peer had no To tag, or the one of its dialog.
            found = self._servers.get((*key, "")) or self._servers.get((*key, request.to.tag))
        return found if isinstance(found, InviteServerTransaction) else None

    def merged_with(self, request: Request) -> InviteServerTransaction | None:
        """The other live transaction of an INVITE that came over two paths (section 8.2.2.2), or None."""
        first = self._invites.get(invite_key(request))
        return first if first is not None and first.request is not request else None

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
                    self._remove(transaction)
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

    # ---- tables

    def _join(self, transaction: AnyClient | AnyServer, flow: Flow) -> None:
        transaction.peer = peer = (flow.transport, flow.address, flow.port)
        beside = self._peers.get(peer)
        if beside is None:
            self._peers[peer] = {transaction: None}
        else:
            beside[transaction] = None

    def _part(self, transaction: AnyClient | AnyServer) -> None:
        beside = self._peers[transaction.peer]
        del beside[transaction]
        if not beside:
            del self._peers[transaction.peer]

    def _remove(self, transaction: AnyClient | AnyServer) -> None:
        if isinstance(transaction, (InviteClientTransaction, NonInviteClientTransaction)):
            del self._clients[transaction.key]
        else:
            del self._servers[transaction.key]
            if isinstance(transaction, InviteServerTransaction):
                key = invite_key(transaction.request)
                if self._invites.get(key) is transaction:
                    del self._invites[key]
        self._part(transaction)
        for armed in (transaction.repeat_timer, transaction.wait_timer):
            if armed is not None:
                self._timers.cancel(armed)
        transaction.repeat_timer = transaction.wait_timer = None


def _answers(transaction: InviteServerTransaction, ack: Request) -> bool:
    """Whether an ACK names the To tag of our final response (section 17.2.3)."""
    response = transaction.last_response
    return response is not None and response.to.tag == ack.to.tag
