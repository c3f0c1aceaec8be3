"""The INVITE client transaction (RFC 3261 section 17.1.1, figure 5, as amended by RFC 6026 section 8.4).

    INVITE from TU / send, start A and B
        |
        v          A: send again, A doubles
     CALLING ------------------------------- B or transport error: tell TU -----> TERMINATED
        | 1xx      | 2xx / M    | 300-699 / ACK, D                                   ^
        v          |            |                                                    |
    PROCEEDING ----+------------+--- transport error: tell TU ---------------------->|
        2xx / M    |            | 300-699 / ACK, D                                   |
                   v            v                                                    |
               ACCEPTED     COMPLETED (each 300-699: ACK again) -- D ------------->  |
              (each 2xx is passed up) -- M --------------------------------------->  |

Departures: (1) `abandon`: an INVITE that the TU has lost interest in is not sent again, yet waits to the end of timer B
for the first response, and from a provisional one (which the TU answers by CANCEL) another 64*T1, which is the wait of
section 9.1. (2) A transport error in PROCEEDING fails the transaction, because the response would have come over that
very flow; one in COMPLETED ends it without a word, because the TU has its final response; one in ACCEPTED changes
nothing, because the ACK is the TU's. (3) A 2xx in COMPLETED, which a forking proxy may send after a failure
(section 16.7 step 5), is handed up as stray, so that the TU can release that far end. (4) `resume` takes an INVITE of
a process that died up in PROCEEDING, so that it can be CANCELled.
Not bounded here: PROCEEDING, unless abandoned. The TU owns that wait.
"""

from enum import Enum
from typing import Final

from trunkline.protocol.sip.message.errors import LocalProtocolError
from trunkline.protocol.sip.message.message import Header, Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import (
    FailureCause,
    Outputs,
    ResponseArrived,
    StrayResponse,
    TransactionFailed,
    TransactionTerminated,
    Transmit,
)
from trunkline.protocol.sip.transaction.timing import STOP_A, STOP_B, StartTimer, Timer, TimerStarts
from trunkline.protocol.sip.transaction.transaction import ClientTransaction, TransactionObserver

_NEVER_AGAIN: Final = Transmit(Flow("UDP", "", 0), b"")
"""Takes the place of an INVITE that was answered, whose octets would be kept to the end of timer M for nothing."""


class InviteClientState(Enum):
    CALLING = "calling"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    TERMINATED = "terminated"


class InviteClientTransaction(ClientTransaction):
    """See the figure at the head of this module."""

    __slots__ = ("_ack", "_interval", "_send", "_state", "abandoned")

    def __init__(
        self, request: Request, flow: Flow, starts: TimerStarts, observer: TransactionObserver | None = None
    ) -> None:
        super().__init__(request, flow, starts, observer)
        self.abandoned = False
        self._send = Transmit(flow, request.to_bytes())
        self._ack: Transmit | None = None
        self._interval = starts.timing.t1
        self._enter(InviteClientState.CALLING)

    @property
    def state(self) -> InviteClientState:
        return self._state

    @property
    def octets(self) -> bytes:
        """The INVITE as it is sent; empty once there is a response."""
        return self._send.data

    def _enter(self, state: InviteClientState) -> None:
        self._state = state
        if self._observer is not None:
            self._observer.transaction_entered(self, state)

    def start(self) -> Outputs:
        """The TU's INVITE goes out."""
        match self._state:
            case InviteClientState.CALLING:
                if self.flow.reliable:
                    return (self._send, self._starts.b)
                return (self._send, self._starts.a, self._starts.b)
            case (
                InviteClientState.PROCEEDING
                | InviteClientState.ACCEPTED
                | InviteClientState.COMPLETED
                | InviteClientState.TERMINATED
            ):
                raise LocalProtocolError("an INVITE client transaction starts once")

    def resume(self) -> None:
        """The INVITE went out from a process that died: take it up where a provisional response would have led."""
        match self._state:
            case InviteClientState.CALLING:
                self._enter(InviteClientState.PROCEEDING)
            case (
                InviteClientState.PROCEEDING
                | InviteClientState.ACCEPTED
                | InviteClientState.COMPLETED
                | InviteClientState.TERMINATED
            ):
                raise LocalProtocolError("an INVITE client transaction starts once")

    def receive(self, response: Response, flow: Flow) -> Outputs:
        """A response that matches (section 17.1.3)."""
        match self._state:
            case InviteClientState.CALLING:
                self._send = _NEVER_AGAIN
                if response.status < 200:
                    self._enter(InviteClientState.PROCEEDING)
                    arrived = ResponseArrived(self, response)
                    return (self._starts.b, arrived) if self.abandoned else (STOP_A, STOP_B, arrived)
                return (STOP_A, STOP_B, *self._final(response))
            case InviteClientState.PROCEEDING:
                if response.status < 200:
                    return (ResponseArrived(self, response),)
                return (STOP_B, *self._final(response)) if self.abandoned else self._final(response)
            case InviteClientState.ACCEPTED:
                return (ResponseArrived(self, response),) if 200 <= response.status < 300 else ()
            case InviteClientState.COMPLETED:
                if response.status >= 300:
                    return (self._ack,) if self._ack is not None else ()
                return (StrayResponse(response, flow),) if response.status >= 200 else ()
            case InviteClientState.TERMINATED:
                return ()

    def _final(self, response: Response) -> Outputs:
        arrived = ResponseArrived(self, response)
        if response.status < 300:
            self._enter(InviteClientState.ACCEPTED)
            return (self._starts.m, arrived)
        self._ack = ack = Transmit(self.flow, ack_for(self.request, response).to_bytes())
        self._enter(InviteClientState.COMPLETED)
        if not self.flow.reliable:
            return (ack, self._starts.d, arrived)
        self._enter(InviteClientState.TERMINATED)
        return (ack, arrived, TransactionTerminated(self))

    def timer_fired(self, timer: Timer) -> Outputs:
        """Timer A, B, D or M is due."""
        match self._state:
            case InviteClientState.CALLING:
                if timer is Timer.A:
                    # No cap at T2 here (section 17.1.1.2).
                    self._interval *= 2
                    return (self._send, StartTimer(Timer.A, self._interval))
                return self._fail(FailureCause.TIMEOUT, "no response to INVITE") if timer is Timer.B else ()
            case InviteClientState.PROCEEDING:
                return self._fail(FailureCause.TIMEOUT, "no final response to CANCEL") if timer is Timer.B else ()
            case InviteClientState.ACCEPTED:
                return self._end() if timer is Timer.M else ()
            case InviteClientState.COMPLETED:
                return self._end() if timer is Timer.D else ()
            case InviteClientState.TERMINATED:
                return ()

    def abandon(self) -> Outputs:
        """The TU wants no answer any more; it sends CANCEL itself once there is a provisional response."""
        match self._state:
            case InviteClientState.CALLING:
                self.abandoned = True
                return (STOP_A,)
            case InviteClientState.PROCEEDING:
                if self.abandoned:
                    return ()
                self.abandoned = True
                return (self._starts.b,)
            case InviteClientState.ACCEPTED | InviteClientState.COMPLETED | InviteClientState.TERMINATED:
                return ()

    def transport_failed(self, detail: str) -> Outputs:
        """The flow is broken or refuses (section 17.1.4)."""
        match self._state:
            case InviteClientState.CALLING | InviteClientState.PROCEEDING:
                return self._fail(FailureCause.TRANSPORT, detail)
            case InviteClientState.ACCEPTED:
                return ()
            case InviteClientState.COMPLETED:
                return self._end()
            case InviteClientState.TERMINATED:
                return ()

    def _fail(self, cause: FailureCause, detail: str) -> Outputs:
        return (TransactionFailed(self, cause, detail), *self._end())

    def _end(self) -> Outputs:
        self._enter(InviteClientState.TERMINATED)
        return (TransactionTerminated(self),)


_COPIED = frozenset({"from", "call-id", "route", "authorization", "proxy-authorization"})


def ack_for(invite: Request, response: Response) -> Request:
    """The ACK to a final response other than 2xx (section 17.1.1.3; credentials by section 22.1)."""
    headers: list[Header] = [("via", "Via", str(invite.via))]
    headers.extend([header for header in invite.headers if header[0] in _COPIED])
    headers.append(("to", "To", response.get("to") or ""))
    headers.append(("cseq", "CSeq", f"{invite.cseq[0]} ACK"))
    headers.append(("max-forwards", "Max-Forwards", "70"))
    return Request("ACK", invite.uri_text, headers)
