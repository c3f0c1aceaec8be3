"""Row 92: when a call counts as silent, out of the relay's counts."""

import pytest

from trunkline.domain.call.silence import Silence
from trunkline.kit.instant import Instant

ANSWERED = Instant(1000.0)


def walk(silence: Silence, *counts: tuple[float, int | None]) -> list[bool]:
    """The verdict after each (seconds since the answer, count)."""
    return [silence.counted(packets, Instant(ANSWERED + at)) for at, packets in counts]


def test_silent_from_the_answer_on() -> None:
    assert walk(Silence(60.0, ANSWERED), (20, 0), (40, 0), (59.9, 0), (60, 0)) == [False, False, False, True]


def test_any_packet_begins_anew() -> None:
    counts = ((20, 5), (40, 5), (60, 6), (80, 6), (100, 6), (120, 6))
    assert walk(Silence(60.0, ANSWERED), *counts) == [False] * 5 + [True]


def test_held_or_unknown_begins_anew() -> None:
    """A relay that was away, and came back with the same count, is given the whole time again."""
    counts = ((20, 5), (40, None), (60, 5), (80, 5), (119, 5), (120, 5))
    assert walk(Silence(60.0, ANSWERED), *counts) == [False] * 5 + [True]


def test_fewer_packets_are_a_relay_that_counts_from_0_again() -> None:
    assert walk(Silence(60.0, ANSWERED), (20, 500), (80, 3)) == [False, False]


def test_after_a_restart_counting_begins_with_the_first_count() -> None:
    """Design, decision 16: what came before is not known."""
    assert walk(Silence(60.0, None), (5000, 7), (5059, 7), (5060, 7)) == [False, False, True]


@pytest.mark.parametrize(
    ("limit_s", "now_s", "at_s"), [(60.0, 0.0, 20.0), (60.0, 20.0, 40.0), (60.0, 59.0, 60.0), (7200.0, 0.0, 600.0)]
)
def test_questions_lie_a_third_of_the_limit_apart(limit_s: float, now_s: float, at_s: float) -> None:
    """Calls taken back all at once keep their own moments; 10 min keep a relay's session alive."""
    assert Silence(limit_s, None).next_at(ANSWERED, Instant(ANSWERED + now_s)) == Instant(ANSWERED + at_s)


def test_the_answer_begins_the_silence_and_says_when_to_ask_first() -> None:
    silence = Silence(60.0, None)
    assert silence.begin(ANSWERED) == ANSWERED + 20
    assert walk(silence, (20, 0), (59.9, 0), (60, 0)) == [False, False, True]
