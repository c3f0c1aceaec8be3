"""Row 144: the talk of a validation call, on a clock of the test's own (rest.md 3.7)."""

from dataclasses import dataclass, field
from typing import Final

import pytest

from trunkline.domain.validation.dialogue import (
    CHECK_S,
    ENTRY_S,
    LEAD_S,
    LONGEST_S,
    MOST_TRIES,
    PARTING_S,
    RING_S,
    CheckCode,
    CodeVerdict,
    Command,
    Dialogue,
    GiveUp,
    HangUp,
    KeyIn,
    Phase,
    Play,
    Prompt,
)
from trunkline.kit.instant import Instant

ASK: Final = Play(Prompt.ASK)
AGAIN: Final = Play(Prompt.ASK_AGAIN)
REFUSED: Final = Play(Prompt.REFUSED)
START: Final = 100.0


@dataclass
class Talk:
    """A dialogue, the time, and everything that it wanted, each with its second."""

    extension: str = ""
    at: float = START
    wanted: list[tuple[float, Command]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dialogue = Dialogue(self.extension, Instant(self.at))

    @property
    def now(self) -> Instant:
        return Instant(self.at)

    def drain(self) -> list[Command]:
        new: list[Command] = []
        while (command := self.dialogue.poll()) is not None:
            new.append(command)
            self.wanted.append((round(self.at - START, 3), command))
        return new

    def wait(self) -> list[Command]:
        """To the next deadline, which there is."""
        assert self.dialogue.deadline is not None
        self.at = self.dialogue.deadline
        self.dialogue.advance(self.now)
        return self.drain()

    def key(self, digits: str) -> list[Command]:
        for digit in digits:
            self.dialogue.heard(digit, self.now)
        return self.drain()

    def check(self, verdict: CodeVerdict) -> list[Command]:
        self.dialogue.checked(verdict, self.now)
        return self.drain()

    def answer(self) -> list[Command]:
        """Up to the first question."""
        self.dialogue.answered(self.now)
        while self.dialogue.phase is Phase.LEADING:
            self.wait()
        return [command for _, command in self.wanted]


def test_the_right_code_is_accepted_and_the_call_ended() -> None:
    talk = Talk()
    assert talk.answer() == [ASK]
    assert talk.at == START + LEAD_S
    assert talk.key("12345") == []
    assert talk.key("6") == [CheckCode("123456")]
    assert talk.check(CodeVerdict.RIGHT) == [Play(Prompt.ACCEPTED)]
    assert talk.wait() == [HangUp()]
    assert talk.at == START + LEAD_S + PARTING_S
    assert talk.dialogue.phase is Phase.OVER
    assert talk.dialogue.deadline is None


def test_the_third_wrong_code_ends_it() -> None:
    talk = Talk()
    talk.answer()
    for _ in range(MOST_TRIES - 1):
        assert talk.key("000000") == [CheckCode("000000")]
        assert talk.check(CodeVerdict.WRONG) == [AGAIN]
    talk.key("000000")
    assert talk.check(CodeVerdict.WRONG) == [GiveUp("wrong code"), REFUSED]
    assert talk.wait() == [HangUp()]


def test_a_try_has_its_time() -> None:
    talk = Talk()
    talk.answer()
    talk.key("12345")
    assert talk.wait() == [AGAIN]
    assert talk.at == START + LEAD_S + ENTRY_S
    assert talk.key("6") == []  # the five of the try before are forgotten
    assert talk.wait() == [AGAIN]
    assert talk.wait() == [GiveUp("no code"), REFUSED]
    assert talk.at == START + LEAD_S + MOST_TRIES * ENTRY_S


def test_digits_are_heard_ahead_while_a_code_is_checked() -> None:
    talk = Talk()
    talk.answer()
    assert talk.key("111111222222333333444444") == [CheckCode("111111")]
    assert talk.check(CodeVerdict.WRONG) == [AGAIN, CheckCode("222222")]
    assert talk.check(CodeVerdict.WRONG) == [AGAIN, CheckCode("333333")]
    assert talk.check(CodeVerdict.RIGHT) == [Play(Prompt.ACCEPTED)]


@pytest.mark.parametrize(
    ("keyed", "code"),
    [("12*345678", "345678"), ("12#34A5B6", "123456"), ("٣123456", "123456"), ("*123456", "123456")],
)
def test_what_is_no_digit_of_a_code(keyed: str, code: str) -> None:
    talk = Talk()
    talk.answer()
    assert talk.key(keyed) == [CheckCode(code)]


def test_nothing_is_heard_before_the_question() -> None:
    talk = Talk()
    assert talk.key("123456") == []
    talk.dialogue.answered(talk.now)
    assert talk.key("123456") == []
    talk.wait()
    assert talk.key("654321") == [CheckCode("654321")]


def test_the_extension_is_keyed_in_before_the_question() -> None:
    talk = Talk("12wW3w")
    talk.answer()
    assert talk.wanted == [
        (1.0, KeyIn("12")),
        (1.0 + 0.4 + 1.5, KeyIn("3")),
        (1.0 + 0.4 + 1.5 + 0.2 + 0.5, ASK),
    ]


@pytest.mark.parametrize("verdict", [CodeVerdict.SETTLED, CodeVerdict.UNKNOWN])
def test_a_request_that_is_gone_or_cannot_be_asked_about(verdict: CodeVerdict) -> None:
    talk = Talk()
    talk.answer()
    talk.key("123456")
    gives_up = [GiveUp("the store did not answer")] if verdict is CodeVerdict.UNKNOWN else []
    assert talk.check(verdict) == [*gives_up, REFUSED]
    assert talk.wait() == [HangUp()]


def test_a_store_that_is_silent_ends_it_as_well() -> None:
    talk = Talk()
    talk.answer()
    talk.key("123456")
    assert talk.wait() == [GiveUp("the store did not answer"), REFUSED]
    assert talk.at == START + LEAD_S + CHECK_S
    assert talk.check(CodeVerdict.RIGHT) == []


def test_nobody_answers() -> None:
    talk = Talk()
    assert talk.wait() == [GiveUp("no answer"), HangUp()]
    assert talk.at == START + RING_S
    talk.dialogue.answered(talk.now)
    assert talk.drain() == []


@pytest.mark.parametrize("phase", [Phase.CALLING, Phase.LEADING, Phase.ASKING])
def test_who_leaves_before_the_code_has_failed(phase: Phase) -> None:
    talk = Talk()
    _bring(talk, phase)
    talk.dialogue.left("486 Busy Here", talk.now)
    assert talk.drain() == [GiveUp("486 Busy Here"), HangUp()]


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (CodeVerdict.RIGHT, [HangUp()]),
        (CodeVerdict.WRONG, [GiveUp("wrong code"), HangUp()]),
        (CodeVerdict.UNKNOWN, [GiveUp("the store did not answer"), HangUp()]),
    ],
)
def test_who_leaves_right_after_the_code_is_judged_all_the_same(verdict: CodeVerdict, expected: list[Command]) -> None:
    talk = Talk()
    _bring(talk, Phase.CHECKING)
    talk.dialogue.left("hung up", talk.now)
    assert talk.drain() == []
    assert talk.check(verdict) == expected


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_ends_when_nothing_happens_any_more(phase: Phase) -> None:
    talk = Talk("W" * 32)
    _bring(talk, phase)
    while talk.dialogue.phase is not Phase.OVER:
        talk.wait()
    assert talk.wanted[-1][1] == HangUp()
    assert talk.at - START <= LONGEST_S


@pytest.mark.parametrize("phase", list(Phase))
def test_a_process_that_ends_hangs_up_and_fails_what_is_not_decided(phase: Phase) -> None:
    talk = Talk()
    _bring(talk, phase)
    talk.dialogue.stop("shut down")
    match phase:
        case Phase.OVER:
            assert talk.drain() == []
        case Phase.PARTING:
            assert talk.drain() == [HangUp()]
        case _:
            assert talk.drain() == [GiveUp("shut down"), HangUp()]


def test_the_slowest_call_of_all_keeps_within_the_bound() -> None:
    talk = Talk("W" * 32)
    talk.at += RING_S - 0.001
    talk.answer()
    for _ in range(MOST_TRIES):
        talk.at = (talk.dialogue.deadline or 0.0) - 0.001
        talk.key("000000")
        talk.at = (talk.dialogue.deadline or 0.0) - 0.001
        talk.check(CodeVerdict.WRONG)
    assert talk.wait() == [HangUp()]
    assert LONGEST_S - 1.0 < talk.at - START <= LONGEST_S


def _bring(talk: Talk, phase: Phase) -> None:
    """To the beginning of a phase."""
    dialogue = talk.dialogue
    if phase is Phase.CALLING:
        return
    dialogue.answered(talk.now)
    if phase is Phase.LEADING:
        return
    while dialogue.phase is Phase.LEADING:
        talk.wait()
    if phase is not Phase.ASKING:
        talk.key("123456")
    if phase in {Phase.PARTING, Phase.OVER}:
        talk.check(CodeVerdict.RIGHT)
    if phase is Phase.OVER:
        talk.wait()
    talk.drain()
    assert dialogue.phase is phase
