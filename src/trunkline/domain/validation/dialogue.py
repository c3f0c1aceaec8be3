"""The talk of one validation call: digits and time in, what to play, key in and check out (row 144).

Every phase but OVER has a deadline, so that no call stays; `LONGEST_S` bounds them all together.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias, final

from trunkline.domain.validation.extension import LONGEST_EXTENSION_S, Pause, extension_steps
from trunkline.kit.instant import Instant, later

CODE_DIGITS: Final = 6
MOST_TRIES: Final = 3
RING_S: Final = 60.0
"""From the INVITE to the answer."""
LEAD_S: Final = 1.0
"""Between the answer and what comes first: the way has to be open, and a hand at the ear."""
ENTRY_S: Final = 20.0
"""For one try, from the beginning of its prompt."""
CHECK_S: Final = 10.0
"""For the store to say whether a code is right."""
PARTING_S: Final = 2.0
"""For the last sound, before we hang up."""
LONGEST_S: Final = RING_S + LEAD_S + LONGEST_EXTENSION_S + MOST_TRIES * (ENTRY_S + CHECK_S) + PARTING_S
_MOST_AHEAD: Final = MOST_TRIES * CODE_DIGITS
"""Digits that are kept for the tries to come."""


class Phase(Enum):
    CALLING = auto()
    """The number has not answered yet."""
    LEADING = auto()
    """It has: a pause, and the extension."""
    ASKING = auto()
    """Digits are wanted."""
    CHECKING = auto()
    """Six of them are with the store."""
    PARTING = auto()
    """The last sound."""
    OVER = auto()


class Prompt(Enum):
    """What the called one hears."""

    ASK = auto()
    ASK_AGAIN = auto()
    """The code was wrong, or took too long."""
    ACCEPTED = auto()
    REFUSED = auto()


class CodeVerdict(Enum):
    RIGHT = auto()
    WRONG = auto()
    SETTLED = auto()
    """The request is gone: somebody else has settled it, or its time was up."""
    UNKNOWN = auto()
    """The store did not say."""


@dataclass(frozen=True, slots=True)
class Play:
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class KeyIn:
    """DTMF towards the called one."""

    digits: str


@dataclass(frozen=True, slots=True)
class CheckCode:
    """Ask the store; `checked` wants its answer."""

    code: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The request has failed; `reason` is a phrase for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call, whatever its state."""


Command: TypeAlias = Play | KeyIn | CheckCode | GiveUp | HangUp


@final
class Dialogue:
    """Feed it, then drain `poll`; `deadline` says when to call `advance`."""

    __slots__ = ("_commands", "_left", "_steps", "_typed", "deadline", "phase", "tries")

    def __init__(self, extension: str, now: Instant) -> None:
        """The INVITE is on its way. `extension` as `is_extension` lets it pass."""
        self._steps = deque(extension_steps(extension))
        self._commands: deque[Command] = deque()
        self._typed = ""
        self._left = False
        self.phase = Phase.CALLING
        self.tries = 0
        """Codes that were wrong, or not entered in time."""
        self.deadline: Instant | None = later(now, RING_S)

    def poll(self) -> Command | None:
        return self._commands.popleft() if self._commands else None

    # ---- what happens

    def answered(self, now: Instant) -> None:
        if self.phase is Phase.CALLING:
            self._wait(Phase.LEADING, LEAD_S, now)

    def heard(self, digit: str, now: Instant) -> None:
        """A digit was keyed in. `*` begins the code anew; what is no digit of a code says nothing."""
        if self.phase not in {Phase.ASKING, Phase.CHECKING}:
            return
        if digit == "*":
            self._typed = ""
        elif digit in "0123456789" and len(self._typed) < _MOST_AHEAD:
            self._typed += digit
            self._check(now)

    def checked(self, verdict: CodeVerdict, now: Instant) -> None:
        """The store's word about the code."""
        if self.phase is not Phase.CHECKING:
            return
        match verdict:
            case CodeVerdict.RIGHT:
                self._part(Prompt.ACCEPTED, now)
            case CodeVerdict.WRONG:
                self._tried("wrong code", now)
            case CodeVerdict.SETTLED:
                self._part(Prompt.REFUSED, now)
            case CodeVerdict.UNKNOWN:
                self._fail("the store did not answer", now)

    def left(self, reason: str, now: Instant) -> None:
        """There is no call (any more): refused, or the called one has hung up. A code under check still counts."""
        self._left = True
        if self.phase is not Phase.CHECKING:
            self._end(reason)

    def stop(self, reason: str) -> None:
        """The process ends."""
        self._end(reason)

    def advance(self, now: Instant) -> None:
        if self.deadline is None or now < self.deadline:
            return
        match self.phase:
            case Phase.CALLING:
                self._end("no answer")
            case Phase.LEADING:
                self._lead(now)
            case Phase.ASKING:
                self._tried("no code", now)
            case Phase.CHECKING:
                self._fail("the store did not answer", now)
            case Phase.PARTING:
                self._over()
            case Phase.OVER:
                pass

    # ---- how it goes on

    def _wait(self, phase: Phase, seconds: float, now: Instant) -> None:
        self.phase = phase
        self.deadline = later(now, seconds)

    def _lead(self, now: Instant) -> None:
        """The next of the extension's steps, else the question."""
        if not self._steps:
            self._ask(Prompt.ASK, now)
            return
        step = self._steps.popleft()
        if not isinstance(step, Pause):
            self._commands.append(KeyIn(step.digits))
        self._wait(Phase.LEADING, step.seconds, now)

    def _ask(self, prompt: Prompt, now: Instant) -> None:
        self._commands.append(Play(prompt))
        self._wait(Phase.ASKING, ENTRY_S, now)
        self._check(now)

    def _check(self, now: Instant) -> None:
        if self.phase is Phase.ASKING and len(self._typed) >= CODE_DIGITS:
            code, self._typed = self._typed[:CODE_DIGITS], self._typed[CODE_DIGITS:]
            self._commands.append(CheckCode(code))
            self._wait(Phase.CHECKING, CHECK_S, now)

    def _tried(self, fault: str, now: Instant) -> None:
        self.tries += 1
        if self._left or self.tries >= MOST_TRIES:
            self._fail(fault, now)
            return
        if self.phase is Phase.ASKING:
            self._typed = ""
        self._ask(Prompt.ASK_AGAIN, now)

    def _fail(self, reason: str, now: Instant) -> None:
        self._commands.append(GiveUp(reason))
        self._part(Prompt.REFUSED, now)

    def _part(self, prompt: Prompt, now: Instant) -> None:
        if self._left:
            self._over()
            return
        self._commands.append(Play(prompt))
        self._wait(Phase.PARTING, PARTING_S, now)

    def _end(self, reason: str) -> None:
        if self.phase is Phase.OVER:
            return
        if self.phase is not Phase.PARTING:  # else all is said
            self._commands.append(GiveUp(reason))
        self._over()

    def _over(self) -> None:
        self._commands.append(HangUp())
        self.phase = Phase.OVER
        self.deadline = None
