"""The call before its answer: who is asked, in which order, and what the caller hears of it meanwhile."""

from typing import Final

from trunkline.domain.call import command as do
from trunkline.domain.call.attempt import Attempt, Target
from trunkline.domain.call.command import CallTimer
from trunkline.domain.call.ending import OVER
from trunkline.domain.call.hunt import Exhausted, Hunt, Locate, Next, Step, Stop
from trunkline.domain.call.release_cause import (
    CARRIER_NO_PROGRESS,
    CARRIER_UNREACHABLE,
    MEDIA_UNAVAILABLE,
    NO_ANSWER,
    TARGET_UNREACHABLE,
    Party,
    ReleaseCause,
)
from trunkline.domain.call.silence import MEDIA_SILENCE_S
from trunkline.domain.call.state import CallState
from trunkline.domain.call.talk import MAX_DURATION_S, TALKING, Talk
from trunkline.kit.ids import CallSid
from trunkline.kit.instant import Instant, later
from trunkline.protocol.sdp.offer import answer_within, continued
from trunkline.protocol.sip.transaction.flow import Flow

NO_ANSWER_S: Final = 60.0
CARRIER_PROGRESS_S: Final = 60.0
CARRIER_RING_S: Final = 180.0
_TIMEOUT: Final = 408
_UNAVAILABLE: Final = 503
_DIALLED: Final = frozenset({CallState.DIALLING, CallState.RINGING})
_STOP_HUNTING: Final = tuple(
    do.StopTimer(timer) for timer in (CallTimer.NO_RESPONSE, CallTimer.NO_ANSWER, CallTimer.HUNT_LIMIT)
)


class Search(Talk):
    """ROUTING to the answer, or to the end: `hunt` decides who is next, this does it."""

    __slots__ = ("_hunt", "_no_answer_s", "_recovers")

    def __init__(
        self,
        sid: CallSid,
        offer: bytes,
        now: Instant,
        no_answer_s: float = NO_ANSWER_S,
        max_duration_s: float = MAX_DURATION_S,
        media_silence_s: float = MEDIA_SILENCE_S,
    ) -> None:
        super().__init__(sid, offer, now, max_duration_s, media_silence_s)
        self._hunt: Hunt[Target, Flow] | None = None
        self._no_answer_s = no_answer_s
        self._recovers = False

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

    def _abandon(self, status: int, cause: ReleaseCause | None, now: Instant) -> None:
        """Let the current attempt go: its leg is told, its media dropped."""
        attempt = self.attempts[-1]
        attempt.end(status, cause, now)
        self._close_leg(attempt, cause)
        self._drop_media(attempt)

    def _give_up(self, cause: ReleaseCause, now: Instant) -> None:
        if self.attempts:
            self._abandon(_TIMEOUT, cause, now)
        self._exhausted(cause, now)

    def _hunt_timer(self, hunt: Hunt[Target, Flow], timer: CallTimer, now: Instant) -> None:
        match timer:
            case CallTimer.NO_RESPONSE:
                step = hunt.silent(now)
                if step is not None:
                    self._moved_on(step, _TIMEOUT, now)
            case CallTimer.NO_ANSWER:
                if self.far_party is Party.CARRIER:
                    self._give_up(NO_ANSWER if self.attempts[-1].rings else CARRIER_NO_PROGRESS, now)
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

    # ---- the relay

    def media_anchored(self, index: int, sdp: bytes) -> None:
        """The relay has ports for the attempt; `sdp` is the offer that names them."""
        if self.state is CallState.ANCHORING and self._is_current(index):
            self._enter(CallState.DIALLING)
            self.attempts[-1].leg_open = True
            self.attempts[-1].offer = sdp
            self.commands.append(do.SendInvite(index, sdp))

    def media_answered(self, index: int, status: int, source: bytes, sdp: bytes, now: Instant) -> None:
        """The relay has put the far end's `source` into `sdp` for the caller."""
        if self.state in OVER or not self._is_current(index):
            return
        attempt = self.attempts[-1]
        if attempt.answer:
            sdp = continued(sdp, attempt.answer)
        attempt.answer_from, attempt.answer = source, sdp
        if status == 200 and self.state is CallState.ANSWERED and self.answered_at is None:
            self._accept(sdp, now)
        elif status != 200 and self.state is CallState.RINGING:
            self.commands.append(do.Progress(status, "", self._early(sdp)))

    def media_failed(self, index: int, now: Instant) -> None:
        """The relay refused, or did not answer in time."""
        if self.state in OVER or not self._is_current(index):
            return
        exchange = self._exchange
        if self.state is not CallState.BRIDGED or (exchange is not None and exchange.media_failed()):
            self.release(MEDIA_UNAVAILABLE, now)

    # ---- the outbound leg

    def progressed(self, index: int, status: int, reason: str, sdp: bytes, now: Instant) -> None:
        """A provisional response of the far end."""
        if self._hunt is None or not self._is_current(index):
            return  # an abandoned attempt: its CANCEL is on its way
        if self.state not in _DIALLED:
            return  # it comes too late
        if self.state is CallState.DIALLING:
            self.commands.append(do.StopTimer(CallTimer.NO_RESPONSE))
            patience_s = self._no_answer_s if self.far_party is Party.CALLEE else CARRIER_PROGRESS_S
            self.commands.append(do.ArmTimer(CallTimer.NO_ANSWER, later(now, patience_s)))
            self._enter(CallState.RINGING)
        self._hunt.progressed(status)
        self._pass_progress(status, reason, sdp, now)

    def _pass_progress(self, status: int, reason: str, sdp: bytes, now: Instant) -> None:
        if status == 100:
            self.trying_at = self.trying_at or now
            return
        if self.ringing_at is None:
            self.ringing_at = now
        attempt = self.attempts[-1]
        if not attempt.rings:
            attempt.rings = True
            if self.far_party is Party.CARRIER:
                # The 60 s are for progress (row 43); how long a phone rings is the caller's patience, within reason.
                self.commands.append(do.ArmTimer(CallTimer.NO_ANSWER, later(now, CARRIER_RING_S)))
        if not sdp:
            self.commands.append(do.Progress(status, reason, b""))
            return
        attempt.early = sdp = answer_within(sdp, attempt.offer)
        if sdp == attempt.answer_from:
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
        if self.state not in _DIALLED:
            return  # it comes too late
        attempt = self.attempts[-1]
        self._hunt.answered()
        self.commands += _STOP_HUNTING
        attempt.end(200, None, now)
        self._enter(CallState.ANSWERED)
        # Some say in early media alone what RFC 3261 section 13.2.1 wants repeated here.
        sdp = answer_within(sdp, attempt.offer) if sdp else attempt.early
        if sdp == attempt.answer_from and attempt.answer:
            self._accept(attempt.answer, now)
        elif sdp:
            self.commands.append(do.AnswerMedia(index, sdp, 200))
        else:
            self.release(MEDIA_UNAVAILABLE, now)  # a 200 without the answer to our offer

    def refused(self, index: int, status: int, reason: str, now: Instant, contact: str = "") -> None:
        """A final failure of the far end, 300-699; `contact` is its first Contact header (sip.md 4.6)."""
        self._end_leg(index)
        if self._hunt is None or not self._is_current(index) or self.state in OVER or self.state in TALKING:
            return
        self.attempts[-1].contact = contact
        step = self._hunt.refused(status, reason, now, contact)
        if step is not None:
            self._moved_on(step, status, now)

    def challenged(self, index: int, now: Instant) -> bool:
        """The far end asks for credentials: whether the same attempt may send its INVITE again with them."""
        if self._hunt is None or not self._is_current(index):
            return False  # an abandoned attempt: let it end
        if self.state not in _DIALLED:
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
        if self._hunt is None or not self._is_current(index) or self.state in OVER or self.state in TALKING:
            return
        if self.state not in _DIALLED:
            return
        status = _TIMEOUT if timed_out else _UNAVAILABLE
        self._moved_on(self._hunt.transport_failed(now), status, now)
