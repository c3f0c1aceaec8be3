"""The failover hunt: which target is tried next, and when the hunt is over (sip.md 4.3; design, decision 6).

    start/next target --> LOCATING --located--> WAITING --1xx--> PROCEEDING --18x--> RINGING
                              ^                    |                  |                 |
                              |                    | silence, transport failure, final  | final answer only
                              +--- next target <---+------------------+-----------------+---> OVER

Silence, a transport failure and 503 go on to the next address of the same target (RFC 3263 section 4.3); every other
final answer that does not stop the hunt goes on to the next target. Inputs speak of the current attempt only; what an
abandoned attempt still says is its leg's affair. After 18x nothing but a final answer moves on, so that nobody is rung
twice; how long a target may ring is the call's no-answer timer.

A 302 is followed once where the hunt has `redirects` (sip.md 4.6); without, it counts as any other 3xx. A redirect that
is not allowed, and a second 302 from whomever, fail the call. The text denies failover to those alone: a redirect's
target takes the place of the one that named it, and its silence or any other failure is judged as everybody's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

from trunkline.domain.call.hunt_rule import HuntRule, Verdict
from trunkline.domain.call.release_cause import NO_ANSWER, REDIRECT_FAILED, ReleaseCause, from_response
from trunkline.kit.instant import Instant, later

T = TypeVar("T")
A = TypeVar("A")
A_contra = TypeVar("A_contra", contravariant=True)

NO_RESPONSE_S: Final = 4.0
HUNT_LIMIT_S: Final = 60.0
MOST_ADDRESSES: Final = 4
"""Addresses of RFC 3263 that are tried for one target."""
_MOVED: Final = 302


class Redirects(Protocol[T, A_contra]):
    """Judges where a 302 may lead."""

    def follow(self, contact: str, asked: T) -> T | None:
        """The target that this Contact header names, by the word of `asked`; None where it is not allowed."""

    def admits(self, address: A_contra, target: T) -> bool:
        """Whether that target may be called at this address."""


@dataclass(frozen=True, slots=True)
class Locate(Generic[T]):
    """Find the addresses of this target (RFC 3263) and report them by `located`."""

    target: T
    index: int
    failed: ReleaseCause | None
    """Why the attempt before ended; None at the start and for a redirect that is followed."""


@dataclass(frozen=True, slots=True)
class Next(Generic[T, A]):
    """Send an INVITE to this address; without any response by `deadline` call `silent`."""

    target: T
    address: A
    deadline: Instant
    failed: ReleaseCause | None


@dataclass(frozen=True, slots=True)
class Stop:
    """The far end has spoken: no other target, and no disaster recovery."""

    cause: ReleaseCause


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Nobody could be reached; `cause` is the last attempt's. Disaster recovery may follow (row 101)."""

    cause: ReleaseCause


class HuntState(Enum):
    IDLE = "idle"
    LOCATING = "locating"
    WAITING = "waiting"
    PROCEEDING = "proceeding"
    RINGING = "ringing"
    OVER = "over"


Step: TypeAlias = Locate[T] | Next[T, A] | Stop | Exhausted


class Hunt(Generic[T, A]):
    """One hunt; each input answers with the next step, or None where nothing changes."""

    __slots__ = (
        "_addresses",
        "_expires_at",
        "_index",
        "_redirected",
        "_redirects",
        "_rule",
        "_rule_of",
        "_state",
        "_targets",
    )

    def __init__(
        self,
        targets: Sequence[T],
        rule: HuntRule,
        now: Instant,
        limit_s: float = HUNT_LIMIT_S,
        redirects: Redirects[T, A] | None = None,
        rule_of: Callable[[T], HuntRule] | None = None,
    ) -> None:
        """`rule_of` gives the rule for the answers of one target, where they differ."""
        self._targets = targets
        self._rule = rule
        self._rule_of = rule_of
        self._expires_at = later(now, limit_s)
        self._index = -1
        self._redirects = redirects
        self._redirected: int | None = None
        """Index of the target that a redirect named."""
        self._addresses: list[A] = []
        self._state = HuntState.IDLE

    @property
    def state(self) -> HuntState:
        return self._state

    @property
    def expires_at(self) -> Instant:
        """When to call `expire`."""
        return self._expires_at

    def start(self) -> Step[T, A]:
        """The first target; asked once."""
        if self._state is not HuntState.IDLE:
            raise ValueError("the hunt has started already")
        return self._next_target(None)

    def located(self, addresses: Sequence[A], now: Instant) -> Step[T, A] | None:
        """The addresses of the current target, best first; empty when none was found."""
        if self._state is not HuntState.LOCATING:
            return None
        if addresses and self._redirects is not None and self._index == self._redirected:
            target = self._targets[self._index]
            addresses = [address for address in addresses if self._redirects.admits(address, target)]
            if not addresses:
                return self._redirect_failed()
        self._addresses = list(addresses[:MOST_ADDRESSES])
        return self._next_address(None if addresses else self._rule.unreachable, now)

    def passed_over(self, cause: ReleaseCause, now: Instant) -> Step[T, A] | None:
        """The current target is not to be called now."""
        return self._go_on(cause, now) if self._state is HuntState.LOCATING else None

    def challenged(self, now: Instant) -> Instant | None:
        """The current target asks for credentials: until when the INVITE that has them may go unanswered.

        None when it is not to be sent: after 18x it could ring a second time.
        """
        if self._state not in {HuntState.WAITING, HuntState.PROCEEDING} or now >= self._expires_at:
            return None
        self._state = HuntState.WAITING
        return min(later(now, NO_RESPONSE_S), self._expires_at)

    def silent(self, now: Instant) -> Step[T, A] | None:
        """The deadline of `Next` has come."""
        if self._state is not HuntState.WAITING:
            return None
        return self._next_address(self._rule.silent, now)

    def transport_failed(self, now: Instant) -> Step[T, A] | None:
        """Connecting or sending failed, or the connection is gone."""
        match self._state:
            case HuntState.WAITING | HuntState.PROCEEDING:
                return self._next_address(self._rule.unreachable, now)
            case HuntState.RINGING:
                return None  # the answer may come on another connection (RFC 3261 section 18.2.2)
            case HuntState.IDLE | HuntState.LOCATING | HuntState.OVER:
                return None

    def progressed(self, status: int) -> None:
        """A provisional response, 100-199."""
        match self._state:
            case HuntState.WAITING | HuntState.PROCEEDING:
                self._state = HuntState.RINGING if 180 <= status <= 189 else HuntState.PROCEEDING
            case HuntState.IDLE | HuntState.LOCATING | HuntState.RINGING | HuntState.OVER:
                pass

    def refused(self, status: int, reason_phrase: str, now: Instant, contact: str = "") -> Step[T, A] | None:
        """A final answer 300-699; `contact` is its first Contact header."""
        match self._state:
            case HuntState.WAITING | HuntState.PROCEEDING | HuntState.RINGING:
                if status == _MOVED and self._redirects is not None:
                    return self._redirect(self._redirects, contact, now)
                return self._judge(status, reason_phrase, now)
            case HuntState.IDLE | HuntState.LOCATING | HuntState.OVER:
                return None

    def answered(self) -> None:
        """A 2xx: the hunt is over."""
        self._state = HuntState.OVER

    def unanswered(self, now: Instant) -> Step[T, A] | None:
        """The no-answer timer: the target is given up as if it had sent 408 (sip.md 4.3)."""
        match self._state:
            case HuntState.PROCEEDING | HuntState.RINGING:
                return self._go_on(replace(NO_ANSWER, error_code=self._rule.failed_code), now)
            case HuntState.IDLE | HuntState.LOCATING | HuntState.WAITING | HuntState.OVER:
                return None

    def expire(self) -> Exhausted | None:
        """The hunt's time is over; a target that rings is left to the no-answer timer."""
        match self._state:
            case HuntState.LOCATING | HuntState.WAITING | HuntState.PROCEEDING:
                self._state = HuntState.OVER
                return Exhausted(self._rule.expired)
            case HuntState.IDLE | HuntState.RINGING | HuntState.OVER:
                return None

    def _redirect(self, redirects: Redirects[T, A], contact: str, now: Instant) -> Step[T, A]:
        target = redirects.follow(contact, self._targets[self._index]) if self._redirected is None else None  # row 64
        if target is None:
            return self._redirect_failed()
        if now >= self._expires_at:
            return self._go_on(self._rule.expired, now)
        self._redirected = at = self._index + 1
        self._targets = (*self._targets[:at], target, *self._targets[at:])
        return self._next_target(None)

    def _redirect_failed(self) -> Stop:
        self._state = HuntState.OVER
        return Stop(REDIRECT_FAILED)

    def _judge(self, status: int, reason_phrase: str, now: Instant) -> Step[T, A]:
        rule = self._rule if self._rule_of is None else self._rule_of(self._targets[self._index])
        cause = from_response(status, reason_phrase, rule.party)
        verdict = rule.verdict(status)
        if verdict is Verdict.STOP:
            self._state = HuntState.OVER
            return Stop(cause)
        failed = replace(cause, error_code=rule.failed_code or cause.error_code)
        return self._next_address(failed, now) if verdict is Verdict.NEXT_ADDRESS else self._go_on(failed, now)

    def _next_address(self, failed: ReleaseCause | None, now: Instant) -> Step[T, A]:
        if not self._addresses or now >= self._expires_at:
            return self._go_on(failed or self._rule.expired, now)
        self._state = HuntState.WAITING
        deadline = min(later(now, NO_RESPONSE_S), self._expires_at)
        return Next(self._targets[self._index], self._addresses.pop(0), deadline, failed)

    def _go_on(self, failed: ReleaseCause, now: Instant) -> Step[T, A]:
        if now >= self._expires_at:
            self._state = HuntState.OVER
            return Exhausted(failed)
        return self._next_target(failed)

    def _next_target(self, failed: ReleaseCause | None) -> Step[T, A]:
        self._index += 1
        self._addresses = []
        if self._index >= len(self._targets):
            self._state = HuntState.OVER
            return Exhausted(failed or self._rule.nobody)
        self._state = HuntState.LOCATING
        return Locate(self._targets[self._index], self._index, failed)
