"""The attempts of a call, and its end: RELEASING until the relay has given its last figures, then RELEASED."""

from typing import Final

from trunkline.domain.call import command as do
from trunkline.domain.call.attempt import Attempt
from trunkline.domain.call.command import CallTimer, Command
from trunkline.domain.call.release_cause import INTERNAL_ERROR, Party, ReleaseCause
from trunkline.domain.call.state import CallState
from trunkline.kit.ids import CallSid
from trunkline.kit.instant import Instant

_OK: Final = 200
_STOP_ALL: Final = tuple(do.StopTimer(timer) for timer in CallTimer)
OVER: Final = frozenset({CallState.RELEASING, CallState.RELEASED})


class Ending:
    """What every call has at any time. Milestones are instants of the gateway's clock; None = not reached."""

    __slots__ = (
        "_caller_open",
        "_dropping",
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

    def __init__(self, sid: CallSid, now: Instant) -> None:
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
        self._caller_open = True
        self._dropping: set[int] = set()

    def _enter(self, state: CallState) -> None:
        self.state = state

    # ---- the attempts

    @property
    def current(self) -> Attempt | None:
        """The attempt that is being made or was answered."""
        return self.attempts[-1] if self.attempts else None

    def _is_current(self, attempt: int) -> bool:
        """Whether it is the last attempt, and not one that was let go."""
        if not self.attempts:
            return False
        last = self.attempts[-1]
        return last.index == attempt and (last.status is None or last.status == _OK)

    def _close_leg(self, attempt: Attempt, cause: ReleaseCause | None) -> None:
        if attempt.leg_open:
            attempt.leg_open = False
            self.commands.append(do.ReleaseAttempt(attempt.index, cause))

    def _drop_media(self, attempt: Attempt) -> None:
        if attempt.media_open:
            attempt.media_open = False
            self._dropping.add(attempt.index)
            self.commands.append(do.DropMedia(attempt.index))

    def _end_leg(self, index: int) -> None:
        if index < len(self.attempts):
            self.attempts[index].leg_open = False

    # ---- the end

    def release(self, cause: ReleaseCause, now: Instant, by: Party | None = None) -> None:
        """End the call for `cause`; the first one counts. `by` is whose message ended it, else the cause's party."""
        if self.state in OVER:
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

    def broken(self, now: Instant) -> None:
        """Our bug: the bulkhead ends this one call."""
        self.release(INTERNAL_ERROR, now)

    def media_dropped(self, index: int, now: Instant) -> None:
        """The relay gave the attempt's last figures, or will not."""
        self._dropping.discard(index)
        if self.state is CallState.RELEASING:
            self._finish_if_quiet()

    def _finish_if_quiet(self) -> None:
        if not self._dropping:
            self._enter(CallState.RELEASED)
            self.commands.append(do.RecordCall())
