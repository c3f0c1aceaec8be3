"""What a call wants done: imperative values that the gateway carries out and answers with an input to the call.

Immutable by convention, since a frozen dataclass costs several times as much to make.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum, auto

from trunkline.domain.call.attempt import Target
from trunkline.domain.call.release_cause import ReleaseCause
from trunkline.kit.instant import Instant


class Side(StrEnum):
    """The two legs; *inbound* is the one whose INVITE came in."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"

    @property
    def other(self) -> "Side":
        return Side.OUTBOUND if self is Side.INBOUND else Side.INBOUND


class CallTimer(IntEnum):
    """What a call waits for, each bounded. Numbers, because they are keys that are looked up twenty times a call."""

    NO_RESPONSE = auto()
    """4 s without any response: the next address or target (sip.md 4.3)."""
    HUNT_LIMIT = auto()
    """60 s for the whole hunt (design, decision 6)."""
    NO_ANSWER = auto()
    """Overdue: a carrier's progress, 60 s, or a customer's answer, a setting (sip.md 3.5, 4.3)."""
    MAX_DURATION = auto()
    """24 h after the answer (sip.md 9.8)."""
    MEDIA_CHECK = auto()
    """The relay is to be asked whether anything is heard (sip.md 9.6)."""


@dataclass(slots=True)
class Locate:
    """Find the addresses of the attempt's target (RFC 3263) -> `located`."""

    target: Target


@dataclass(slots=True)
class AnchorMedia:
    """Put the offer through the relay for one attempt -> `media_anchored` or `media_failed`."""

    attempt: int
    sdp: bytes


@dataclass(slots=True)
class SendInvite:
    """Call the attempt's target at its address."""

    attempt: int
    sdp: bytes


@dataclass(slots=True)
class AnswerMedia:
    """Put an answer through the relay -> `media_answered` or `media_failed`."""

    attempt: int
    sdp: bytes
    status: int
    """Of the response that carried it: 18x or 200."""


@dataclass(slots=True)
class Progress:
    """Send a provisional response to the caller."""

    status: int
    reason: str
    sdp: bytes


@dataclass(slots=True)
class Accept:
    """Answer the caller with 200."""

    sdp: bytes


@dataclass(slots=True)
class RefuseInbound:
    """Answer the caller with a final failure."""

    cause: ReleaseCause


@dataclass(slots=True)
class ReleaseInbound:
    """Hang the caller up."""

    cause: ReleaseCause


@dataclass(slots=True)
class ReleaseAttempt:
    """CANCEL, abandon or hang up an attempt, whatever its state; it lives on until its transactions end."""

    attempt: int
    cause: ReleaseCause | None


@dataclass(slots=True)
class DropMedia:
    """Delete the relay's session of an attempt -> `media_dropped`."""

    attempt: int


@dataclass(slots=True)
class CountMedia:
    """Ask the relay how many packets have come from both sides -> `media_counted`."""

    attempt: int


@dataclass(slots=True)
class ReofferMedia:
    """Put a re-INVITE's offer through the relay -> `media_reoffered` or `media_failed`."""

    attempt: int
    side: Side
    """Who offers."""
    sdp: bytes


@dataclass(slots=True)
class SendOffer:
    """Send a re-INVITE to `side` -> `offer_answered` or `offer_refused`; without SDP it asks for an offer."""

    side: Side
    sdp: bytes


@dataclass(slots=True)
class ReanswerMedia:
    """Put the answer of a re-INVITE through the relay -> `media_reanswered` or `media_failed`."""

    attempt: int
    side: Side
    """Who answers."""
    sdp: bytes


@dataclass(slots=True)
class AcceptOffer:
    """Answer the re-INVITE of `side` with 200; where that holds an offer -> `offer_acknowledged`."""

    side: Side
    sdp: bytes


@dataclass(slots=True)
class RefuseOffer:
    side: Side
    status: int


@dataclass(slots=True)
class SendAnswer:
    """Acknowledge the 2xx by which `side` made an offer, with the answer to it."""

    side: Side
    sdp: bytes


@dataclass(slots=True)
class SettleMedia:
    """Put an offer and its answer, both as they came, through the relay anew -> `media_settled` or `media_failed`."""

    attempt: int
    offerer: Side
    offer: bytes
    answer: bytes


@dataclass(slots=True)
class ArmTimer:
    """(Re)start a timer of the call -> `timer_fired`."""

    timer: CallTimer
    at: Instant


@dataclass(slots=True)
class StopTimer:
    timer: CallTimer


@dataclass(slots=True)
class Recover:
    """Have the trunk's disaster recovery take the call, within a bounded time, or say `recovery_refused`."""

    cause: ReleaseCause
    """Why the hunt ended; the call's, if nobody takes it."""


@dataclass(slots=True)
class RecordCall:
    """The call is over: write its one record."""


Command = (
    Locate
    | AnchorMedia
    | SendInvite
    | AnswerMedia
    | Progress
    | Accept
    | RefuseInbound
    | ReleaseInbound
    | ReleaseAttempt
    | DropMedia
    | CountMedia
    | ReofferMedia
    | SendOffer
    | ReanswerMedia
    | AcceptOffer
    | RefuseOffer
    | SendAnswer
    | SettleMedia
    | ArmTimer
    | StopTimer
    | Recover
    | RecordCall
)
