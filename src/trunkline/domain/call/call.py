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
`release` is the only way to an end, the first cause stays, and RELEASED is entered when the relay has given its last
figures. Legs are not waited for: each outlives the call until its transactions have ended, in the user agent.

The modules follow the figure: `search` up to the answer, `talk` after it, `ending` from RELEASING on. Each class knows
those that come later in a call's life and none that came before, and is the part of `Call` that it names.

Inputs come one at a time and each appends commands to `commands`, which the gateway carries out in order. An input
that comes too late for the state it finds is let go by a written line, not by accident. The call sees no SIP message:
`leg` translates. Who bounds the waits: the hunt the search (HUNT_LIMIT) and the silence of one address (NO_RESPONSE),
NO_ANSWER the ringing, the gateway what disaster recovery takes, the relay's client each answer of the relay, the user
agent the ACK (64*T1), MAX_DURATION the talk, and MEDIA_CHECK its silence.
"""

from dataclasses import dataclass

from trunkline.domain.call import command as do
from trunkline.domain.call.attempt import Attempt
from trunkline.domain.call.command import CallTimer
from trunkline.domain.call.ending import OVER
from trunkline.domain.call.exchange import Agreement, Exchange
from trunkline.domain.call.release_cause import MAX_DURATION, Party
from trunkline.domain.call.search import Search
from trunkline.domain.call.silence import MEDIA_SILENCE_S
from trunkline.domain.call.state import CallState
from trunkline.domain.call.talk import MAX_DURATION_S
from trunkline.kit.ids import CallSid
from trunkline.kit.instant import Instant, later


@dataclass(frozen=True, slots=True)
class Milestones:
    """What a call had reached when its process died; None = not reached."""

    invited_at: Instant
    trying_at: Instant | None
    ringing_at: Instant | None
    answered_at: Instant | None
    acknowledged: bool


class Call(Search):
    """One call of the product."""

    __slots__ = ()

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

    def timer_fired(self, timer: CallTimer, now: Instant) -> None:
        if self.state in OVER:
            return
        if timer is CallTimer.MAX_DURATION:
            self.release(MAX_DURATION, now)
        elif timer is CallTimer.MEDIA_CHECK and self.attempts:
            self.commands.append(do.CountMedia(self.attempts[-1].index))
        elif self._hunt is not None:
            self._hunt_timer(self._hunt, timer, now)
