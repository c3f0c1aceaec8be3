"""One call as the gateway holds it: the machine, its sessions, its facts, and what was measured."""

from dataclasses import dataclass
from typing import Final, final

from trunkline.domain.call.call import Call
from trunkline.domain.call.command import CallTimer, Side
from trunkline.domain.call.leg import Leg
from trunkline.domain.record.call_record import Direction
from trunkline.domain.trunk.carrier.facts import CarrierFacts
from trunkline.domain.trunk.edge.hop import HopPlan
from trunkline.domain.trunk.facts import AccountFacts, TrunkFacts
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.termination.decision import TerminationPlan
from trunkline.kit.instant import Instant
from trunkline.kit.timer_queue import Timer
from trunkline.protocol.ng.answer import CallStatistics
from trunkline.protocol.ng.command import SourceRule
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow

Plan = TerminationPlan | OriginationPlan | HopPlan
UNANCHORED: Final = "hop-"
"""Begins the relay key of an attempt whose audio another gateway anchors."""


@final
@dataclass(frozen=True, slots=True)
class Probe:
    """Asks by OPTIONS whether a leg that was taken back still stands. Owner of the request."""

    leg: Leg
    patient: bool
    """Silence proves nothing: the peer's stream may be one that only the peer can open again."""


class LiveCall:
    """Written by the gateway's rooms only; forgotten when its sessions have ended and its record is written."""

    __slots__ = (
        "account",
        "call",
        "carrier",
        "codec",
        "direction",
        "driving",
        "flow",
        "inbound",
        "interrupted",
        "journalled",
        "left",
        "numbers",
        "outbound",
        "plan",
        "record_written",
        "refusals",
        "release_noted",
        "request",
        "sessions_open",
        "statistics",
        "timers",
        "trunk",
        "unrecovered",
        "unsure_from",
        "unsure_until",
    )

    def __init__(self, call: Call, direction: Direction, request: Request, flow: Flow, inbound: InviteSession) -> None:
        self.call = call
        self.direction = direction
        self.request = request
        """The INVITE that came in."""
        self.flow = flow
        self.inbound = inbound
        self.outbound: dict[int, InviteSession] = {}
        """By attempt."""
        self.refusals: dict[int, Response] = {}
        """Final failures of the far end, by attempt: evidence for the alerts."""
        self.sessions_open = 1
        self.plan: Plan | None = None
        self.numbers: tuple[str, str] | None = None
        """Caller and callee of a refused call that a header policy has changed."""
        self.trunk: TrunkFacts | None = None
        self.account: AccountFacts | None = None
        self.carrier: CarrierFacts | None = None
        self.timers: dict[CallTimer, Timer[tuple[LiveCall, CallTimer]]] = {}
        self.statistics: CallStatistics | None = None
        """Of the attempt that was answered, else of the last one."""
        self.codec: str | None = None
        self.driving = False
        self.record_written = False
        self.interrupted = False
        self.journalled = False
        """Whether a journal knows it: what happens to it is then written as well."""
        self.left: set[int] = set()
        """Legs whose peer said BYE or answered ours, -1 for the inbound one: a restart owes them nothing."""
        self.release_noted = False
        self.unrecovered = False
        """Disaster recovery was wanted and did not take the call."""
        self.unsure_from: Instant | None = None
        """Taken back: when somebody was here last."""
        self.unsure_until: Instant | None = None
        """Taken back: an end before this moment may be the repetition of one that nobody was there to hear."""

    @property
    def owes_nothing(self) -> bool:
        """Every peer knows that the call is over; sessions may still wait for repetitions."""
        if not (self.inbound.ended or -1 in self.left):
            return False
        return all(session.ended or index in self.left for index, session in self.outbound.items())

    def media_key(self, attempt: int) -> str:
        """The relay session of one attempt."""
        return f"{UNANCHORED if self.is_hop else ''}{self.call.sid}-{attempt}"

    @property
    def is_hop(self) -> bool:
        """Whether it is a call of another gateway's that leaves by this edge."""
        return isinstance(self.plan, HopPlan)

    def source_rule(self, side: Side) -> SourceRule:
        """Symmetric RTP is the trunk's switch, and speaks of the customer's side only (rows 86-87)."""
        customer = Side.INBOUND if self.is_termination else Side.OUTBOUND
        return SourceRule.SYMMETRIC if self.symmetric and side is customer else SourceRule.STRICT

    def session_of(self, side: Side) -> InviteSession | None:
        """Of the caller, or of the attempt that was made last."""
        if side is Side.INBOUND:
            return self.inbound
        current = self.call.current
        return self.outbound.get(current.index) if current is not None else None

    @property
    def is_termination(self) -> bool:
        return self.direction is Direction.TERMINATING

    @property
    def symmetric(self) -> bool:
        return self.trunk is not None and self.trunk.symmetric_rtp
