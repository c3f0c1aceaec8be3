"""What transactions put out: octets to send, and what the TU is told (RFC 3261 section 17).

Values: immutable by convention, since a frozen dataclass costs several times as much to make.
"""

from dataclasses import dataclass
from enum import Enum

from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.timing import StartTimer, StopTimer
from trunkline.protocol.sip.transaction.transaction import (
    ClientTransaction,
    ServerTransaction,
    Transaction,
)


class FailureCause(Enum):
    """Why a transaction failed."""

    TIMEOUT = "timeout"
    TRANSPORT = "transport"


@dataclass(slots=True)
class Transmit:
    """Send these octets there."""

    flow: Flow
    data: bytes


@dataclass(slots=True)
class RequestArrived:
    """A new request with its new server transaction, to be answered through `TransactionLayer.respond`."""

    transaction: ServerTransaction
    request: Request


@dataclass(slots=True)
class AckArrived:
    """An ACK for a 2xx, or one that matches nothing; the dialog sorts it out (section 13.3.1.4)."""

    request: Request
    flow: Flow


@dataclass(slots=True)
class ResponseArrived:
    """A response to our request. Repeated 2xx to an INVITE come each time (RFC 6026), all others once."""

    transaction: ClientTransaction
    response: Response


@dataclass(slots=True)
class StrayResponse:
    """A response that no transaction waits for, such as a 2xx that is late or follows a failure (section 16.7)."""

    response: Response
    flow: Flow


@dataclass(slots=True)
class TransactionFailed:
    """No final response will come (client), or the far end could not be told or did not acknowledge (server).

    Comes once at most and `TransactionTerminated` follows, but for an INVITE server transaction in Accepted: that one
    tells of each failure and stays. A client transaction that has passed a final response up never fails.
    """

    transaction: Transaction
    cause: FailureCause
    detail: str


@dataclass(slots=True)
class TransactionTerminated:
    """The last word about a transaction. Its `owner` can be read while this is handled and is None after."""

    transaction: Transaction


LayerOutput = (
    Transmit | RequestArrived | AckArrived | ResponseArrived | StrayResponse | TransactionFailed | TransactionTerminated
)

Outputs = tuple[LayerOutput | StartTimer | StopTimer, ...]
"""What one input made a machine put out, in order."""
