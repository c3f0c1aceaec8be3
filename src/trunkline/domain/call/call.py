"""The call machine: two legs, one hunt, one ending, one record.

```
 ROUTING -> LOCATING -> ANCHORING -> DIALLING -> RINGING -> ANSWERED -> BRIDGED
    |           ^            |           |          |           |          |
    |           +--- next address or target --------+           |          |
    |           +--- nobody is left ----------> RECOVERING      |          |
    +------------------------------ release(cause) -------------+----------+
                                        v
                                    RELEASING -> RELEASED  (the record)
```
DIALLING is an INVITE sent, RINGING one with a provisional response; ANSWERED is our 200 to the caller without its ACK;
RECOVERING is a call that its trunk's disaster recovery has been asked to take.
`_release` is the only way to an end, the first cause stays, and RELEASED is entered when the relay has given its last
figures. Legs are not waited for: each outlives the call until its transactions have ended, in the user agent.

Inputs come one at a time and each appends commands to `commands`, which the gateway carries out in order. An input
that comes too late for the state it finds is let go by a written line, not by accident. The call sees no SIP message:
`leg` translates. Who bounds the waits: the hunt the search (HUNT_LIMIT) and the silence of one address (NO_RESPONSE),
NO_ANSWER the ringing, the gateway what disaster recovery takes, the relay's client each answer of the relay, the user
agent the ACK (64*T1), MAX_DURATION the talk, and MEDIA_CHECK its silence.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from trunkline.domain.call import command as do
from trunkline.domain.call.attempt import Attempt, Target
from trunkline.domain.call.command import CallTimer, Command, Side
from trunkline.domain.call.exchange import Agreement, Exchange
from trunkline.domain.call.hunt import Exhausted, Hunt, Locate, Next, Step, Stop
from trunkline.domain.call.release_cause import (
    ACK_MISSING,
    CALLEE_HUNG_UP,
    CALLEE_LOST,
    CALLER_CANCELLED,
    CALLER_HUNG_UP,
    CALLER_LOST,
    CARRIER_NO_PROGRESS,
    CARRIER_UNREACHABLE,
    INTERNAL_ERROR,
    MAX_DURATION,
    MEDIA_SILENT,
    MEDIA_UNAVAILABLE,
    NO_ANSWER,
    SDP_MISSING,
    TARGET_UNREACHABLE,
    Party,
    ReleaseCause,
    from_response,
)
from trunkline.domain.call.silence import MEDIA_SILENCE_S, Silence
from trunkline.kit.ids import CallSid
from trunkline.kit.instant import Instant, later
from trunkline.protocol.sip.transaction.flow import Flow

NO_ANSWER_S: Final = 60.0
CARRIER_PROGRESS_S: Final = 60.0
CARRIER_RING_S: Final = 180.0
MAX_DURATION_S: Final = 24 * 3600.0
_OK: Final = 200
_TIMEOUT: Final = 408
_UNAVAILABLE: Final = 503


class CallState(Enum):
    """See the figure at the head of this module."""

    ROUTING = "routing"
    LOCATING = "locating"
    ANCHORING = "anchoring"
    DIALLING = "dialling"
    RINGING = "ringing"
    RECOVERING = "recovering"
    ANSWERED = "answered"
    BRIDGED = "bridged"
    RELEASING = "releasing"
    RELEASED = "released"


_OVER: Final = frozenset({CallState.RELEASING, CallState.RELEASED})
_STOP_HUNTING: Final = tuple(
    do.StopTimer(timer) for timer in (CallTimer.NO_RESPONSE, CallTimer.NO_ANSWER, CallTimer.HUNT_LIMIT)
)
_STOP_ALL: Final = tuple(do.StopTimer(timer) for timer in CallTimer)
_TALKING: Final = frozenset({CallState.ANSWERED, CallState.BRIDGED})


@dataclass(frozen=True, slots=True)
class Milestones:
    """What a call had reached when its process died; None = not reached."""

    invited_at: Instant
    trying_at: Instant | None
    ringing_at: Instant | None
    answered_at: Instant | None
    acknowledged: bool


class Call:
    """One call of the product. Milestones are instants of the gateway's clock; None = not reached."""

    __slots__ = (
        "_caller_open",
        "_dropping",
        "_exchange",
        "_hunt",
        "_late",
        "_max_duration_s",
        "_no_answer_s",
        "_offer",
        "_recovers",
        "_silence",
        "answered_at",
        "attempts",
        "cause",
        "commands",
        "far_party",
        "invited_at",
        "recorded",
        "released_at",
        "released_by",
        "ringing_at",
        "sid",
        "state",
        "trying_at",
    )

    def __init__(
        self,
        sid: CallSid,
        offer: bytes,
        now: Instant,
        no_answer_s: float = NO_ANSWER_S,
        max_duration_s: float = MAX_DURATION_S,
        media_silence_s: float = MEDIA_SILENCE_S,
    ) -> None:
        self.sid = sid
        self.state = CallState.ROUTING
        self.commands: list[Command] = []
        self.attempts: list[Attempt] = []
        self.far_party = Party.CALLEE
        self.recorded = False
        """Whether the call leaves a record: from the moment that trunk and caller are known (design, decision 9)."""
        self.invited_at = now
        self.trying_at: Instant | None = None
        self.ringing_at: Instant | None = None
        self.answered_at: Instant | None = None
        self.released_at: Instant | None = None
        self.cause: ReleaseCause | None = None
        self.released_by = Party.UNKNOWN
        self._offer = offer
        self._hunt: Hunt[Target, Flow] | None = None
        self._no_answer_s = no_answer_s
        self._max_duration_s = max_duration_s
        self._caller_open = True
        self._recovers = False
        self._silence = Silence(media_silence_s, None)
        self._dropping: set[int] = set()
        self._late = False
        """The caller wants an offer: it gets the far end's answer for one, and its own answer is in the ACK."""
        self._exchange: Exchange | None = None
        """Made when it is asked for: most calls have no re-INVITE."""

    @classmethod
    def resume(
        cls,
        sid: CallSid,
        offer: bytes,
        attempts: list[Attempt],
        milestones: Milestones,
        far_party: Party,
        now: Instant,
        max_duration_s: float = MAX_DURATION_S,
        media_silence_s: float = MEDIA_SILENCE_S,
        *,
        agreed: Agreement | None = None,
        unsettled: bool = False,
    ) -> "Call":
        """A call taken back from a process that died. Its hunt is lost: unless it was answered, release it.

        `agreed` is where it differs from what the INVITE's own offer and answer made; `unsettled` when the relay may
        have heard of one more offer.
        """
        call = cls(sid, offer, milestones.invited_at, max_duration_s=max_duration_s, media_silence_s=media_silence_s)
        call.attempts = attempts
        call._late = not offer
        call.far_party = far_party
        call.recorded = True
        call.trying_at = milestones.trying_at
        call.ringing_at = milestones.ringing_at
        call.answered_at = milestones.answered_at
        if milestones.answered_at is not None:
            call._enter(CallState.BRIDGED if milestones.acknowledged else CallState.ANSWERED)
            if agreed is not None:
                call._exchange = Exchange(call.commands, attempts[-1].index, agreed)
            if unsettled:
                call.exchange.settle()
            call.commands.append(do.ArmTimer(CallTimer.MAX_DURATION, later(milestones.answered_at, max_duration_s)))
            call._check_media_later(milestones.answered_at, now)
        elif attempts:
            call._enter(CallState.RINGING)
        return call

    @property
    def current(self) -> Attempt | None:
        """The attempt that is being made or was answered."""
        return self.attempts[-1] if self.attempts else None

    def _enter(self, state: CallState) -> None:
        self.state = state

    def _is_current(self, attempt: int) -> bool:
        """Whether it is the last attempt, and not one that was let go."""
        if not self.attempts:
            return False
        last = self.attempts[-1]
        return last.index == attempt and (last.status is None or last.status == _OK)

    # ---- routing

    def routed(
        self,
        hunt: Hunt[Target, Flow],
        far_party: Party,
        offer: bytes,
        now: Instant,
        *,
        late: bool = False,
        recovers: bool = False,
    ) -> None:
        """The plan is made; `offer` is the caller's SDP with the codecs that may pass.

        `late`: the caller made none, and the offer is the platform's. `recovers`: disaster recovery takes the call when
        nobody could be reached (sip.md 7.2).
        """
        if self.state is not CallState.ROUTING:
            return  # the caller has gone while it was routed
        self._hunt = hunt
        self.far_party = far_party
        self._offer = offer
        self._late = late
        self._recovers = recovers
        self.recorded = True
        self.commands.append(do.ArmTimer(CallTimer.HUNT_LIMIT, hunt.expires_at))
        self._step(hunt.start(), now)

    def route_refused(self, cause: ReleaseCause, recorded: bool, now: Instant) -> None:
        """Policy said no; `recorded` when trunk and caller were known by then."""
        if self.state is CallState.ROUTING:
            self.recorded = recorded
            self.release(cause, now)

    # ---- the hunt

    def _step(self, step: Step[Target, Flow] | None, now: Instant) -> None:
        match step:
            case None:
                return
            case Locate():
                self._enter(CallState.LOCATING)
                self.commands.append(do.StopTimer(CallTimer.NO_RESPONSE))
                self.commands.append(do.Locate(step.target))
            case Next():
                self._enter(CallState.ANCHORING)
                attempt = Attempt(len(self.attempts), step.target, step.address, now)
                attempt.media_open = True
                self.attempts.append(attempt)
                self.commands.append(do.ArmTimer(CallTimer.NO_RESPONSE, step.deadline))
                self.commands.append(do.AnchorMedia(attempt.index, self._offer))
            case Stop():
                self.release(step.cause, now)
            case Exhausted():
                self._exhausted(step.cause, now)

    def _exhausted(self, cause: ReleaseCause, now: Instant) -> None:
        """Nobody could be reached, and nobody has spoken: rows 59 and 101."""
        if not self._recovers:
            self.release(cause, now)
            return
        self._enter(CallState.RECOVERING)
        self.commands += _STOP_HUNTING
        self.commands.append(do.Recover(cause))

    def recovery_refused(self, cause: ReleaseCause, now: Instant) -> None:
        """Disaster recovery does not take the call; `cause` is why the hunt ended."""
        if self.state is CallState.RECOVERING:
            self.release(cause, now)

    def located(self, target: Target, addresses: list[Flow], now: Instant) -> None:
        """The addresses of the target, best first; none when it has none."""
        if self._hunt is None or self.state is not CallState.LOCATING:
            return  # released meanwhile
        step = self._hunt.located(addresses, now)
        if not addresses or isinstance(step, Stop):
            attempt = Attempt(len(self.attempts), target, None, now)
            attempt.end(_UNAVAILABLE, step.cause if isinstance(step, Stop) else self._unreachable, now)
            self.attempts.append(attempt)
        self._step(step, now)

    def passed_over(self, cause: ReleaseCause, now: Instant) -> None:
        """The target that is to be located must not be called now; it leaves no attempt."""
        if self._hunt is not None and self.state is CallState.LOCATING:
            self._step(self._hunt.passed_over(cause, now), now)

    @property
    def _unreachable(self) -> ReleaseCause:
        return TARGET_UNREACHABLE if self.far_party is Party.CALLEE else CARRIER_UNREACHABLE

    def media_anchored(self, index: int, sdp: bytes) -> None:
        """The relay has ports for the attempt; `sdp` is the offer that names them."""
        if self.state is CallState.ANCHORING and self._is_current(index):
            self._enter(CallState.DIALLING)
            self.attempts[-1].leg_open = True
            self.attempts[-1].offer = sdp
            self.commands.append(do.SendInvite(index, sdp))

    def media_failed(self, index: int, now: Instant) -> None:
        """The relay refused, or did not answer in time."""
        if self.state in _OVER or not self._is_current(index):
            return
        exchange = self._exchange
        if self.state is not CallState.BRIDGED or (exchange is not None and exchange.media_failed()):
            self.release(MEDIA_UNAVAILABLE, now)

    def _abandon(self, status: int, cause: ReleaseCause | None, now: Instant) -> None:
        """Let the current attempt go: its leg is told, its media dropped."""
        attempt = self.attempts[-1]
        attempt.end(status, cause, now)
        self._close_leg(attempt, cause)
        self._drop_media(attempt)

    def _close_leg(self, attempt: Attempt, cause: ReleaseCause | None) -> None:
        if attempt.leg_open:
            attempt.leg_open = False
            self.commands.append(do.ReleaseAttempt(attempt.index, cause))

    def _drop_media(self, attempt: Attempt) -> None:
        if attempt.media_open:
            attempt.media_open = False
            self._dropping.add(attempt.index)
            self.commands.append(do.DropMedia(attempt.index))

    def _moved_on(self, step: Step[Target, Flow] | None, status: int, now: Instant) -> None:
        """The hunt has judged the end of the current attempt."""
        cause: ReleaseCause | None
        match step:
            case None:
                cause = self._unreachable  # it rang, and its connection died: nobody else may be rung
            case Locate() | Next():
                cause = step.failed
            case Stop() | Exhausted():
                cause = step.cause
        self._abandon(status, cause, now)
        self.commands.append(do.StopTimer(CallTimer.NO_ANSWER))
        if step is None:
            self.release(self._unreachable, now)
        else:
            self._step(step, now)

    # ---- the outbound leg

    def progressed(self, index: int, status: int, reason: str, sdp: bytes, now: Instant) -> None:
        """A provisional response of the far end."""
        if self._hunt is None or not self._is_current(index):
            return  # an abandoned attempt: its CANCEL is on its way
        match self.state:
            case CallState.DIALLING | CallState.RINGING:
                if self.state is CallState.DIALLING:
                    self.commands.append(do.StopTimer(CallTimer.NO_RESPONSE))
                    patience_s = self._no_answer_s if self.far_party is Party.CALLEE else CARRIER_PROGRESS_S
                    self.commands.append(do.ArmTimer(CallTimer.NO_ANSWER, later(now, patience_s)))
                    self._enter(CallState.RINGING)
                self._hunt.progressed(status)
                self._pass_progress(status, reason, sdp, now)
            case (
                CallState.ROUTING
                | CallState.LOCATING
                | CallState.ANCHORING
                | CallState.RECOVERING
                | CallState.ANSWERED
                | CallState.BRIDGED
                | CallState.RELEASING
                | CallState.RELEASED
            ):
                return

    def _pass_progress(self, status: int, reason: str, sdp: bytes, now: Instant) -> None:
        if status == 100:
            self.trying_at = self.trying_at or now
            return
        if self.ringing_at is None:
            self.ringing_at = now
            if self.far_party is Party.CARRIER:
                # The 60 s are for progress (row 43); how long a phone rings is the caller's patience, within reason.
                self.commands.append(do.ArmTimer(CallTimer.NO_ANSWER, later(now, CARRIER_RING_S)))
        attempt = self.attempts[-1]
        if not sdp:
            self.commands.append(do.Progress(status, reason, b""))
        elif sdp == attempt.answer_from:
            self.commands.append(do.Progress(status, reason, self._early(attempt.answer)))
        else:
            self.commands.append(do.AnswerMedia(attempt.index, sdp, status))

    def _early(self, answer: bytes) -> bytes:
        """What a provisional response may hold: no offer, which would have to come reliably (section 13.2.1)."""
        return b"" if self._late else answer

    def answered(self, index: int, sdp: bytes, now: Instant) -> None:
        """The far end answered; its ACK is the user agent's affair."""
        if self._hunt is None or not self._is_current(index):
            return  # the user agent hangs an abandoned attempt up by itself
        match self.state:
            case CallState.DIALLING | CallState.RINGING:
                attempt = self.attempts[-1]
                self._hunt.answered()
                self.commands += _STOP_HUNTING
                attempt.end(200, None, now)
                self._enter(CallState.ANSWERED)
                if (not sdp or sdp == attempt.answer_from) and attempt.answer:
                    self._accept(attempt.answer, now)
                elif sdp:
                    self.commands.append(do.AnswerMedia(index, sdp, 200))
                else:
                    self.release(MEDIA_UNAVAILABLE, now)  # a 200 without the answer to our offer
            case (
                CallState.ROUTING
                | CallState.LOCATING
                | CallState.ANCHORING
                | CallState.RECOVERING
                | CallState.ANSWERED
                | CallState.BRIDGED
                | CallState.RELEASING
                | CallState.RELEASED
            ):
                return

    def media_answered(self, index: int, status: int, source: bytes, sdp: bytes, now: Instant) -> None:
        """The relay has put the far end's `source` into `sdp` for the caller."""
        if self.state in _OVER or not self._is_current(index):
            return
        attempt = self.attempts[-1]
        attempt.answer_from, attempt.answer = source, sdp
        if status == 200 and self.state is CallState.ANSWERED and self.answered_at is None:
            self._accept(sdp, now)
        elif status != 200 and self.state is CallState.RINGING:
            self.commands.append(do.Progress(status, "", self._early(sdp)))

    def _accept(self, sdp: bytes, now: Instant) -> None:
        self.answered_at = now
        self.commands.append(do.Accept(sdp))
        self.commands.append(do.ArmTimer(CallTimer.MAX_DURATION, later(now, self._max_duration_s)))
        self._silence = Silence(self._silence.limit_s, now)
        self._check_media_later(now, now)

    def refused(self, index: int, status: int, reason: str, now: Instant, contact: str = "") -> None:
        """A final failure of the far end, 300-699; `contact` is its first Contact header (sip.md 4.6)."""
        self._end_leg(index)
        if self._hunt is None or not self._is_current(index) or self.state in _OVER or self.state in _TALKING:
            return
        self.attempts[-1].contact = contact
        step = self._hunt.refused(status, reason, now, contact)
        if step is not None:
            self._moved_on(step, status, now)

    def challenged(self, index: int, now: Instant) -> bool:
        """The far end asks for credentials: whether the same attempt may send its INVITE again with them."""
        if self._hunt is None or not self._is_current(index):
            return False  # an abandoned attempt: let it end
        if self.state not in {CallState.DIALLING, CallState.RINGING}:
            return False
        deadline = self._hunt.challenged(now)
        if deadline is None:
            return False
        self._enter(CallState.DIALLING)
        self.commands.append(do.StopTimer(CallTimer.NO_ANSWER))
        self.commands.append(do.ArmTimer(CallTimer.NO_RESPONSE, deadline))
        return True

    def unreachable(self, index: int, timed_out: bool, now: Instant) -> None:
        """The attempt's INVITE could not be sent, or nobody answered it for 64*T1."""
        self._end_leg(index)
        if self._hunt is None or not self._is_current(index) or self.state in _OVER or self.state in _TALKING:
            return
        if self.state not in {CallState.DIALLING, CallState.RINGING}:
            return
        status = _TIMEOUT if timed_out else _UNAVAILABLE
        self._moved_on(self._hunt.transport_failed(now), status, now)

    def _end_leg(self, index: int) -> None:
        if index < len(self.attempts):
            self.attempts[index].leg_open = False

    # ---- the inbound leg

    def caller_cancelled(self, now: Instant) -> None:
        """CANCEL, or BYE before the answer; the user agent has answered both it and the INVITE."""
        self._caller_open = False
        self.release(CALLER_CANCELLED, now, Party.CALLER)

    def caller_lost(self, now: Instant) -> None:
        """The caller cannot be told of an answer any more."""
        self._caller_open = False
        self.release(CALLER_LOST, now)

    def acknowledged(self, sdp: bytes, now: Instant) -> None:
        """The caller's ACK; `sdp` is its answer where our 200 held the offer."""
        if self.state is not CallState.ANSWERED or self.answered_at is None:
            return
        if self._late and not sdp:
            self.release(SDP_MISSING, now)
            return
        self._enter(CallState.BRIDGED)
        if self._late:
            attempt = self.attempts[-1]
            agreed = Agreement(Side.OUTBOUND, attempt.answer_from, sdp, attempt.answer, attempt.offer)
            self._exchange = Exchange(self.commands, attempt.index, agreed)
            self._exchange.settle(first=True)

    def ack_missing(self, now: Instant) -> None:
        """64*T1 without ACK (row 42)."""
        self.release(ACK_MISSING, now)

    def hung_up(self, side: Side, index: int, now: Instant) -> None:
        """BYE of one side."""
        if side is Side.INBOUND:
            self._caller_open = False
            self.release(CALLER_HUNG_UP, now, Party.CALLER)
            return
        self._end_leg(index)
        if not self._is_current(index):
            return
        if self.answered_at is not None:
            self.release(CALLEE_HUNG_UP, now, Party.CALLEE)
        else:
            # Before the relay had its answer: the caller was never told of a 200, and gets a failure.
            self.release(from_response(480, "Temporarily Unavailable", self.far_party), now, Party.CALLEE)

    def lost(self, side: Side, now: Instant) -> None:
        """A side knows its dialog no more (481 or silence within it)."""
        self.release(CALLER_LOST if side is Side.INBOUND else CALLEE_LOST, now)

    # ---- re-INVITE, passed on to the other side by `exchange`

    @property
    def is_late(self) -> bool:
        """Whether the caller's answer is in its ACK."""
        return self._late

    @property
    def exchange(self) -> Exchange:
        """Of the attempt that was answered."""
        if self._exchange is None:
            attempt = self.attempts[-1]
            agreed = Agreement(Side.INBOUND, self._offer, attempt.answer_from, attempt.offer, attempt.answer)
            self._exchange = Exchange(self.commands, attempt.index, agreed)
        return self._exchange

    def offered(self, side: Side, index: int, sdp: bytes) -> None:
        """A re-INVITE of one side; without SDP it asks for an offer."""
        if self.state is not CallState.BRIDGED or not (side is Side.INBOUND or self._is_current(index)):
            self.commands.append(do.RefuseOffer(side, 491))
        else:
            self.exchange.offered(side, sdp)

    def offer_acknowledged(self, side: Side, sdp: bytes) -> None:
        """The ACK to our 200 to a re-INVITE."""
        if self.state is CallState.BRIDGED:
            self.exchange.acknowledged(side, sdp)

    def offer_answered(self, side: Side, sdp: bytes) -> None:
        """The other side took the re-INVITE."""
        if self.state is CallState.BRIDGED:
            self.exchange.answered(side, sdp)

    def offer_refused(self, side: Side, status: int, now: Instant) -> None:
        """The other side refused the re-INVITE; 408 and 481 mean that its dialog is gone (section 12.2.1.2)."""
        if self.state is CallState.BRIDGED and self.exchange.refused(side, status) and status in {408, 481}:
            self.lost(side, now)

    def media_reoffered(self, index: int, sdp: bytes) -> None:
        if self.state is CallState.BRIDGED and self._is_current(index):
            self.exchange.media_reoffered(sdp)

    def media_reanswered(self, index: int, sdp: bytes) -> None:
        if self.state is CallState.BRIDGED and self._is_current(index):
            self.exchange.media_reanswered(sdp)

    def media_settled(self, index: int) -> None:
        if self.state is CallState.BRIDGED and self._is_current(index):
            self.exchange.media_settled()

    # ---- silence (row 92)

    def _check_media_later(self, since: Instant, now: Instant) -> None:
        self.commands.append(do.ArmTimer(CallTimer.MEDIA_CHECK, self._silence.next_at(since, now)))

    def media_counted(self, index: int, packets: int | None, now: Instant) -> None:
        """How many packets the relay has had from both sides; None when it did not say."""
        if self.state not in _TALKING or not self._is_current(index):
            return
        exchange = self.exchange
        if self._silence.counted(None if exchange.is_pending or exchange.agreed.is_held else packets, now):
            self.release(MEDIA_SILENT, now)
        else:
            self._check_media_later(now, now)

    # ---- timers and the end

    def timer_fired(self, timer: CallTimer, now: Instant) -> None:
        if self.state in _OVER:
            return
        if timer is CallTimer.MAX_DURATION:
            self.release(MAX_DURATION, now)
        elif timer is CallTimer.MEDIA_CHECK and self.attempts:
            self.commands.append(do.CountMedia(self.attempts[-1].index))
        elif self._hunt is not None:
            self._hunt_timer(self._hunt, timer, now)

    def _hunt_timer(self, hunt: Hunt[Target, Flow], timer: CallTimer, now: Instant) -> None:
        match timer:
            case CallTimer.NO_RESPONSE:
                step = hunt.silent(now)
                if step is not None:
                    self._moved_on(step, _TIMEOUT, now)
            case CallTimer.NO_ANSWER:
                if self.far_party is Party.CARRIER:
                    self._give_up(CARRIER_NO_PROGRESS if self.ringing_at is None else NO_ANSWER, now)
                else:
                    step = hunt.unanswered(now)
                    if step is not None:
                        self._moved_on(step, _TIMEOUT, now)
            case CallTimer.HUNT_LIMIT:
                over = hunt.expire()
                if over is not None:
                    self._give_up(over.cause, now)
            case CallTimer.MAX_DURATION | CallTimer.MEDIA_CHECK:
                return  # of the call, not of the hunt

    def _give_up(self, cause: ReleaseCause, now: Instant) -> None:
        if self.attempts:
            self._abandon(_TIMEOUT, cause, now)
        self._exhausted(cause, now)

    def broken(self, now: Instant) -> None:
        """Our bug: the bulkhead ends this one call."""
        self.release(INTERNAL_ERROR, now)

    def release(self, cause: ReleaseCause, now: Instant, by: Party | None = None) -> None:
        """End the call for `cause`; the first one counts. `by` is whose message ended it, else the cause's party."""
        if self.state in _OVER:
            return
        self._enter(CallState.RELEASING)
        self.cause = cause
        self.released_by = by or cause.party
        self.released_at = now
        self.commands += _STOP_ALL
        self._close_caller(cause)
        for attempt in self.attempts:
            attempt.end(None, None, now)
            self._close_leg(attempt, cause)
            self._drop_media(attempt)
        self._finish_if_quiet()

    def _close_caller(self, cause: ReleaseCause) -> None:
        if self._caller_open:
            self._caller_open = False
            answered = self.answered_at is not None
            self.commands.append(do.ReleaseInbound(cause) if answered else do.RefuseInbound(cause))

    def media_dropped(self, index: int, now: Instant) -> None:
        """The relay gave the attempt's last figures, or will not."""
        self._dropping.discard(index)
        if self.state is CallState.RELEASING:
            self._finish_if_quiet()

    def _finish_if_quiet(self) -> None:
        if not self._dropping:
            self._enter(CallState.RELEASED)
            self._hunt = None
            self.commands.append(do.RecordCall())
