"""The non-INVITE server transaction (RFC 3261 section 17.2.2, figure 8).

    request / pass up
        |
        v     request: absorbed
     TRYING ---------------------------------- transport error: tell TU ----> TERMINATED
        | 1xx from TU / send   | 200-699 from TU / send, J                      ^
        v                      |                                                |
    PROCEEDING (request: last 1xx again) ----- transport error: tell TU ------->|
        | 200-699 / send, J    v                                                |
        +----------------> COMPLETED (request: send again) - J, error: tell TU->|

Departures: a transport error in TRYING ends the transaction as well, because its response could not be delivered;
`ignore` drops one that the TU will never answer.
Not bounded here: TRYING and PROCEEDING. The TU answers every request at once.
"""

from enum import Enum

from trunkline.protocol.sip.message.errors import LocalProtocolError
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import (
    FailureCause,
    Outputs,
    RequestArrived,
    TransactionFailed,
    TransactionTerminated,
    Transmit,
)
from trunkline.protocol.sip.transaction.timing import Timer, TimerStarts
from trunkline.protocol.sip.transaction.transaction import ServerTransaction, TransactionObserver


class NonInviteServerState(Enum):
    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    TERMINATED = "terminated"


class NonInviteServerTransaction(ServerTransaction):
    """See the figure at the head of this module."""

    __slots__ = ("_send", "_state")

    def __init__(
        self,
        request: Request,
        flow: Flow,
        reply_flow: Flow,
        starts: TimerStarts,
        observer: TransactionObserver | None = None,
    ) -> None:
        super().__init__(request, flow, reply_flow, starts, observer)
        self._send: Transmit | None = None
        self._enter(NonInviteServerState.TRYING)

    @property
    def state(self) -> NonInviteServerState:
        return self._state

    def _enter(self, state: NonInviteServerState) -> None:
        self._state = state
        if self._observer is not None:
            self._observer.transaction_entered(self, state)

    def start(self) -> Outputs:
        """The request goes up to the TU."""
        match self._state:
            case NonInviteServerState.TRYING:
                return (RequestArrived(self, self.request),)
            case NonInviteServerState.PROCEEDING | NonInviteServerState.COMPLETED | NonInviteServerState.TERMINATED:
                raise LocalProtocolError("a non-INVITE server transaction starts once")

    def receive(self) -> Outputs:
        """The request came again."""
        match self._state:
            case NonInviteServerState.TRYING | NonInviteServerState.TERMINATED:
                return ()
            case NonInviteServerState.PROCEEDING | NonInviteServerState.COMPLETED:
                return (self._send,) if self._send is not None else ()

    def respond(self, response: Response) -> Outputs:
        """The TU answers; a second final response is discarded."""
        match self._state:
            case NonInviteServerState.TRYING | NonInviteServerState.PROCEEDING:
                self.last_response = response
                self._send = send = Transmit(self.reply_flow, response.to_bytes())
                if response.status < 200:
                    self._enter(NonInviteServerState.PROCEEDING)
                    return (send,)
                self._enter(NonInviteServerState.COMPLETED)
                if self.reply_flow.reliable:
                    return (send, *self._end())
                return (send, self._starts.j)
            case NonInviteServerState.COMPLETED | NonInviteServerState.TERMINATED:
                return ()

    def ignore(self) -> Outputs:
        """The TU keeps silent for good; nothing happens once it has said something."""
        match self._state:
            case NonInviteServerState.TRYING:
                return self._end()
            case NonInviteServerState.PROCEEDING | NonInviteServerState.COMPLETED | NonInviteServerState.TERMINATED:
                return ()

    def timer_fired(self, timer: Timer) -> Outputs:
        """Timer J is due."""
        match self._state:
            case NonInviteServerState.COMPLETED:
                return self._end() if timer is Timer.J else ()
            case NonInviteServerState.TRYING | NonInviteServerState.PROCEEDING | NonInviteServerState.TERMINATED:
                return ()

    def transport_failed(self, detail: str) -> Outputs:
        """The flow that the responses take is broken or refuses (section 17.2.4)."""
        match self._state:
            case NonInviteServerState.TRYING | NonInviteServerState.PROCEEDING | NonInviteServerState.COMPLETED:
                return (TransactionFailed(self, FailureCause.TRANSPORT, detail), *self._end())
            case NonInviteServerState.TERMINATED:
                return ()

    def _end(self) -> Outputs:
        self._enter(NonInviteServerState.TERMINATED)
        return (TransactionTerminated(self),)
