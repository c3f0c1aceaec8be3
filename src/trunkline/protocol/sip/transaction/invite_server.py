"""The INVITE server transaction (RFC 3261 section 17.2.1, figure 7, as amended by RFC 6026 section 8.5).

    INVITE / pass up
        |
        v      INVITE: last 1xx again; 1xx from TU: send
    PROCEEDING ------------------------- transport error: tell TU -------------> TERMINATED
        | 2xx from TU       | 300-699 from TU / send, G and H                      ^
        v   / send, L       v                                                      |
    ACCEPTED            COMPLETED (INVITE or G: send again) - H or error: tell TU->|
     INVITE: absorbed       | ACK / I                                              |
     ACK: pass up           v                                                      |
     2xx from TU: send  CONFIRMED (everything is absorbed) -- I ------------------>|
     error: tell TU                                                                |
        +-- L -------------------------------------------------------------------->|

Departures: (1) No 100 is sent from here after 200 ms: the TU sends its own at once. (2) What the TU sends after its
final response is discarded (section 17.2.2 says so for the other server transaction), since the far end may have ended
the transaction under the TU's hands. (3) `ignore`: a TU that will never answer (junk, unknown domains) drops the
transaction before its first response; a repeated INVITE then is a new one. (4) Timer G is left out for a failure that
goes to somebody unproven: a forged source would have us send eleven datagrams for its one (section 26.3.2.4). The
caller repeats its INVITE until it hears us.
Not bounded here: PROCEEDING, and the repetition of the 2xx until its ACK, which is the TU's (RFC 6026 section 7.1).
"""

from enum import Enum

from trunkline.protocol.sip.message.errors import LocalProtocolError
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import (
    AckArrived,
    FailureCause,
    Outputs,
    RequestArrived,
    TransactionFailed,
    TransactionTerminated,
    Transmit,
)
from trunkline.protocol.sip.transaction.timing import STOP_G, STOP_H, StartTimer, Timer, TimerStarts
from trunkline.protocol.sip.transaction.transaction import ServerTransaction, TransactionObserver


class InviteServerState(Enum):
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class InviteServerTransaction(ServerTransaction):
    """See the figure at the head of this module."""

    __slots__ = ("_interval", "_send", "_state")

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
        self._interval = starts.timing.t1
        self._enter(InviteServerState.PROCEEDING)

    @property
    def state(self) -> InviteServerState:
        return self._state

    @property
    def octets(self) -> bytes:
        """The last response as it is sent; empty before the first."""
        return self._send.data if self._send is not None else b""

    def _enter(self, state: InviteServerState) -> None:
        self._state = state
        if self._observer is not None:
            self._observer.transaction_entered(self, state)

    def start(self) -> Outputs:
        """The INVITE goes up to the TU."""
        match self._state:
            case InviteServerState.PROCEEDING:
                return (RequestArrived(self, self.request),)
            case (
                InviteServerState.ACCEPTED
                | InviteServerState.COMPLETED
                | InviteServerState.CONFIRMED
                | InviteServerState.TERMINATED
            ):
                raise LocalProtocolError("an INVITE server transaction starts once")

    def receive(self) -> Outputs:
        """The INVITE came again."""
        match self._state:
            case InviteServerState.PROCEEDING | InviteServerState.COMPLETED:
                return (self._send,) if self._send is not None else ()
            case InviteServerState.ACCEPTED | InviteServerState.CONFIRMED | InviteServerState.TERMINATED:
                return ()

    def receive_ack(self, ack: Request, flow: Flow) -> Outputs:
        """An ACK that matches (section 17.2.3): for a final response other than 2xx, or a 2xx's with this branch."""
        match self._state:
            case InviteServerState.ACCEPTED:
                return (AckArrived(ack, flow),)
            case InviteServerState.COMPLETED:
                self._enter(InviteServerState.CONFIRMED)
                if self.reply_flow.reliable:
                    return (STOP_H, *self._end())
                return (STOP_G, STOP_H, self._starts.i)
            case InviteServerState.PROCEEDING | InviteServerState.CONFIRMED | InviteServerState.TERMINATED:
                return ()

    def respond(self, response: Response, *, repeat: bool = True) -> Outputs:
        """The TU answers; without `repeat` a failure is sent again for a repeated INVITE alone, not by timer G."""
        match self._state:
            case InviteServerState.PROCEEDING:
                send = self._keep(response)
                if response.status < 200:
                    return (send,)
                if response.status < 300:
                    self._enter(InviteServerState.ACCEPTED)
                    return (send, self._starts.l)
                self._enter(InviteServerState.COMPLETED)
                if self.reply_flow.reliable or not repeat:
                    return (send, self._starts.h)
                return (send, self._starts.g, self._starts.h)
            case InviteServerState.ACCEPTED:
                return (self._keep(response),) if 200 <= response.status < 300 else ()
            case InviteServerState.COMPLETED | InviteServerState.CONFIRMED | InviteServerState.TERMINATED:
                return ()

    def acknowledged(self) -> None:
        """The TU has the ACK to its 2xx: nothing of it is sent again."""
        match self._state:
            case InviteServerState.ACCEPTED:
                self._send = self.last_response = None
            case (
                InviteServerState.PROCEEDING
                | InviteServerState.COMPLETED
                | InviteServerState.CONFIRMED
                | InviteServerState.TERMINATED
            ):
                return

    def ignore(self) -> Outputs:
        """The TU keeps silent for good; nothing happens once it has said something."""
        match self._state:
            case InviteServerState.PROCEEDING:
                return self._end() if self.last_response is None else ()
            case (
                InviteServerState.ACCEPTED
                | InviteServerState.COMPLETED
                | InviteServerState.CONFIRMED
                | InviteServerState.TERMINATED
            ):
                return ()

    def _keep(self, response: Response) -> Transmit:
        # The TU repeats a 2xx by handing in the same object: it is written once.
        send = self._send
        if send is None or response is not self.last_response or send.flow is not self.reply_flow:
            self.last_response = response
            self._send = send = Transmit(self.reply_flow, response.to_bytes())
        return send

    def timer_fired(self, timer: Timer) -> Outputs:
        """Timer G, H, I or L is due."""
        match self._state:
            case InviteServerState.PROCEEDING:
                return ()
            case InviteServerState.ACCEPTED:
                return self._end() if timer is Timer.L else ()
            case InviteServerState.COMPLETED:
                if timer is Timer.G and self._send is not None:
                    self._interval = min(2 * self._interval, self._starts.timing.t2)
                    return (self._send, StartTimer(Timer.G, self._interval))
                return self._fail(FailureCause.TIMEOUT, "no ACK") if timer is Timer.H else ()
            case InviteServerState.CONFIRMED:
                return self._end() if timer is Timer.I else ()
            case InviteServerState.TERMINATED:
                return ()

    def transport_failed(self, detail: str) -> Outputs:
        """The flow that the responses take is broken or refuses (section 17.2.4)."""
        match self._state:
            case InviteServerState.PROCEEDING | InviteServerState.COMPLETED:
                return self._fail(FailureCause.TRANSPORT, detail)
            case InviteServerState.ACCEPTED:
                return (TransactionFailed(self, FailureCause.TRANSPORT, detail),)
            case InviteServerState.CONFIRMED | InviteServerState.TERMINATED:
                return ()

    def _fail(self, cause: FailureCause, detail: str) -> Outputs:
        return (TransactionFailed(self, cause, detail), *self._end())

    def _end(self) -> Outputs:
        self._enter(InviteServerState.TERMINATED)
        return (TransactionTerminated(self),)
