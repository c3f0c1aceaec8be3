"""The non-INVITE client transaction (RFC 3261 section 17.1.2, figure 6).

    request from TU / send, start E and F
        |
        v      E: send again, E doubles up to T2
     TRYING ------------------------------- F or transport error: tell TU ----> TERMINATED
        | 1xx     | 200-699 / K                                                   ^
        v         |                                                               |
    PROCEEDING ---+---- F or transport error: tell TU --------------------------->|
     E: send again, E = T2                                                        |
                  v                                                               |
              COMPLETED (everything is absorbed) -- K --------------------------->|

A transport error in COMPLETED changes nothing: there is nothing left to send. Every wait is bounded here.
"""

from enum import Enum

from trunkline.protocol.sip.message.errors import LocalProtocolError
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import (
    FailureCause,
    Outputs,
    ResponseArrived,
    TransactionFailed,
    TransactionTerminated,
    Transmit,
)
from trunkline.protocol.sip.transaction.timing import STOP_E, STOP_F, StartTimer, Timer, TimerStarts
from trunkline.protocol.sip.transaction.transaction import ClientTransaction, TransactionObserver


class NonInviteClientState(Enum):
    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    TERMINATED = "terminated"


class NonInviteClientTransaction(ClientTransaction):
    """See the figure at the head of this module."""

    __slots__ = ("_interval", "_send", "_state")

    def __init__(
        self, request: Request, flow: Flow, starts: TimerStarts, observer: TransactionObserver | None = None
    ) -> None:
        super().__init__(request, flow, starts, observer)
        self._send = Transmit(flow, request.to_bytes())
        self._interval = starts.timing.t1
        self._enter(NonInviteClientState.TRYING)

    @property
    def state(self) -> NonInviteClientState:
        return self._state

    def _enter(self, state: NonInviteClientState) -> None:
        self._state = state
        if self._observer is not None:
            self._observer.transaction_entered(self, state)

    def start(self) -> Outputs:
        """The TU's request goes out."""
        match self._state:
            case NonInviteClientState.TRYING:
                if self.flow.reliable:
                    return (self._send, self._starts.f)
                return (self._send, self._starts.e, self._starts.f)
            case NonInviteClientState.PROCEEDING | NonInviteClientState.COMPLETED | NonInviteClientState.TERMINATED:
                raise LocalProtocolError("a non-INVITE client transaction starts once")

    def receive(self, response: Response) -> Outputs:
        """A response that matches (section 17.1.3)."""
        match self._state:
            case NonInviteClientState.TRYING:
                if response.status < 200:
                    self._enter(NonInviteClientState.PROCEEDING)
                    return (ResponseArrived(self, response),)
                return self._final(response)
            case NonInviteClientState.PROCEEDING:
                return (ResponseArrived(self, response),) if response.status < 200 else self._final(response)
            case NonInviteClientState.COMPLETED | NonInviteClientState.TERMINATED:
                return ()

    def _final(self, response: Response) -> Outputs:
        arrived = ResponseArrived(self, response)
        self._enter(NonInviteClientState.COMPLETED)
        if not self.flow.reliable:
            return (STOP_E, STOP_F, self._starts.k, arrived)
        return (STOP_F, arrived, *self._end())

    def timer_fired(self, timer: Timer) -> Outputs:
        """Timer E, F or K is due."""
        match self._state:
            case NonInviteClientState.TRYING:
                if timer is Timer.E:
                    self._interval = min(2 * self._interval, self._starts.timing.t2)
                    return (self._send, StartTimer(Timer.E, self._interval))
                return self._fail(FailureCause.TIMEOUT, "no response") if timer is Timer.F else ()
            case NonInviteClientState.PROCEEDING:
                if timer is Timer.E:
                    return (self._send, self._starts.e_t2)
                return self._fail(FailureCause.TIMEOUT, "no final response") if timer is Timer.F else ()
            case NonInviteClientState.COMPLETED:
                return self._end() if timer is Timer.K else ()
            case NonInviteClientState.TERMINATED:
                return ()

    def transport_failed(self, detail: str) -> Outputs:
        """The flow is broken or refuses (section 17.1.4)."""
        match self._state:
            case NonInviteClientState.TRYING | NonInviteClientState.PROCEEDING:
                return self._fail(FailureCause.TRANSPORT, detail)
            case NonInviteClientState.COMPLETED | NonInviteClientState.TERMINATED:
                return ()

    def _fail(self, cause: FailureCause, detail: str) -> Outputs:
        return (TransactionFailed(self, cause, detail), *self._end())

    def _end(self) -> Outputs:
        self._enter(NonInviteClientState.TERMINATED)
        return (TransactionTerminated(self),)
