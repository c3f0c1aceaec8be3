"""What the four transactions share: their request, their flow, their owner, and how they tell of a new state."""

from enum import Enum
from typing import Protocol

from trunkline.kit.timer_queue import Timer as ArmedTimer
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.timing import Timer, TimerStarts


class TransactionObserver(Protocol):
    """Told of every state that a transaction enters, `TERMINATED` last (trace, metrics, tests)."""

    def transaction_entered(self, transaction: "Transaction", state: Enum) -> None: ...


class Transaction:
    """One transaction. `owner` belongs to the TU, which may set it; the layer clears it at the end.

    The last four slots belong to the layer alone: the place in its tables and the two timers that can run at once,
    one that repeats a message (A, E, G) and one that bounds a wait (all others).
    """

    __slots__ = (
        "_observer", "_starts", "branch", "flow", "key", "owner", "peer", "repeat_timer", "request", "wait_timer",
    )  # fmt: skip

    def __init__(
        self, request: Request, flow: Flow, starts: TimerStarts, observer: TransactionObserver | None = None
    ) -> None:
        self.request = request
        self.flow = flow
        self.branch = request.via.branch
        self.owner: object | None = None
        self._starts = starts
        self._observer = observer
        self.key: tuple[str, ...] = ()
        self.peer: tuple[str, str, int] = ("", "", 0)
        self.repeat_timer: ArmedTimer[tuple[Transaction, Timer]] | None = None
        self.wait_timer: ArmedTimer[tuple[Transaction, Timer]] | None = None

    @property
    def state(self) -> Enum:
        """The state by the name that the RFC gives it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.request.method} {self.branch} {self.state.name} {self.flow})"


class ClientTransaction(Transaction):
    """The side that sent the request. `flow` is where it went."""

    __slots__ = ()


class ServerTransaction(Transaction):
    """The side that received the request. `flow` is where it came from, `reply_flow` where the responses go."""

    __slots__ = ("last_response", "reply_flow")

    def __init__(
        self,
        request: Request,
        flow: Flow,
        reply_flow: Flow,
        starts: TimerStarts,
        observer: TransactionObserver | None = None,
    ) -> None:
        super().__init__(request, flow, starts, observer)
        self.reply_flow = reply_flow
        self.last_response: Response | None = None
