"""One call as a phone sees it, and what it tells of it."""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from trunkline.kit.instant import Instant
from trunkline.kit.secret import Secret
from trunkline.kit.timer_queue import Timer
from trunkline.platform.media.call_media import CallMedia
from trunkline.platform.media.rtp_endpoint_report import RtpFigures
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.sandbox.behaviour import Behaviour, Sound, Step


class Happening(Enum):
    """What may happen in a call; the value is the word for it."""

    CALLED = "calling"
    WAS_CALLED = "called"
    CHALLENGED = "challenged"
    TRYING = "trying"
    RANG = "ringing"
    PROGRESSED = "progress"
    ANSWERED = "answered"
    REINVITED = "new offer"
    HELD = "held"
    RESUMED = "resumed"
    TOLD = "told"
    RELEASED = "over"
    PARTED = "parted"
    """The peer has confirmed our BYE: nothing is left to be sent."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something happened; `detail` is one phrase for people, without secrets."""

    at: Instant
    what: Happening
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """A user of a trunk's credential list."""

    username: str
    password: Secret[str]


@dataclass(frozen=True, slots=True)
class CallOrder:
    """One call to be placed: where the INVITE goes, what is played once answered, and the steps from there on."""

    request_uri: str
    from_text: str
    flow: Flow
    sound: Sound = Sound.SILENCE
    credential: Credential | None = None
    after_answer: Behaviour = ()
    patience_s: float = 60.0
    """The longest wait for an answer."""


class PhoneCall:
    """One call; written by its phone only."""

    __slots__ = (
        "answered_at",
        "attempts",
        "began_at",
        "figures",
        "limit",
        "media",
        "notices",
        "order",
        "over_at",
        "parted",
        "peer",
        "reason",
        "record_to",
        "released_by_us",
        "session",
        "sid",
        "status",
        "steps",
        "timer",
    )

    def __init__(self, sid: str, peer: str, began_at: Instant, steps: Behaviour, order: CallOrder | None) -> None:
        """`peer` is the number or user that was called."""
        self.sid = sid
        self.peer = peer
        self.began_at = began_at
        self.order = order
        """None for a call that came in."""
        self.steps: deque[Step] = deque(steps)
        self.session: InviteSession | None = None
        self.media: CallMedia | None = None
        self.record_to: Path | None = None
        self.timer: Timer[Any] | None = None
        self.limit: Timer[Any] | None = None
        self.attempts = 0
        self.answered_at: Instant | None = None
        self.over_at: Instant | None = None
        self.status = 0
        """The final SIP status; 0 when there was none."""
        self.reason = ""
        self.released_by_us = False
        self.parted = False
        self.figures: RtpFigures | None = None
        """What the port counted, once the call is over."""
        self.notices: list[Notice] = []

    @property
    def is_outbound(self) -> bool:
        return self.order is not None

    @property
    def answered(self) -> bool:
        return self.answered_at is not None

    @property
    def over(self) -> bool:
        return self.over_at is not None

    @property
    def outcome(self) -> str:
        """answered, busy, no-answer, cancelled or failed; "ringing" or "calling" while it is open."""
        if self.answered:
            return "answered"
        if not self.over:
            return "ringing" if any(notice.what is Happening.RANG for notice in self.notices) else "calling"
        match self.status:
            case 486 | 600:
                return "busy"
            case 408 | 480:
                return "no-answer"
            case 487:
                return "cancelled"
            case _:
                return "failed"

    def talked_s(self, now: Instant) -> float:
        """Seconds since the answer, to its end where it has one."""
        if self.answered_at is None:
            return 0.0
        return (self.over_at if self.over_at is not None else now) - self.answered_at
