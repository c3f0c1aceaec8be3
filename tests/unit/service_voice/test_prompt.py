"""Row 144: what the called one hears can be told apart (docs/caller-ids.md)."""

import pytest

from trunkline.domain.validation.dialogue import PARTING_S, Prompt
from trunkline.protocol.rtp import g711, tone
from trunkline.service.voice.prompt import ACCEPTED_HZ, ASK_HZ, WRONG_HZ, prompt_source

EVERY_HZ = (*ASK_HZ, WRONG_HZ, *ACCEPTED_HZ, 480, 620)


def order_of_tones(prompt: Prompt, seconds: float) -> list[int]:
    """The frequencies that prevail in frames of 20 ms, each named as it begins."""
    source, found = prompt_source(prompt), [0]
    for _ in range(int(seconds * 50)):
        frame = source.frame(g711.PCMU)
        assert frame is not None, "the way stays open"
        hertz, share = tone.strongest(g711.decode(frame, g711.PCMU), EVERY_HZ)
        heard = int(hertz) if share > 0.9 else 0
        if heard != found[-1]:
            found.append(heard)
    return [hertz for hertz in found if hertz]


@pytest.mark.parametrize(
    ("prompt", "tones"),
    [
        (Prompt.ASK, [440, 554, 659]),
        (Prompt.ASK_AGAIN, [220, 440, 554, 659]),
        (Prompt.ACCEPTED, [880, 1320]),
    ],
)
def test_a_prompt_is_its_tones_in_their_order(prompt: Prompt, tones: list[int]) -> None:
    assert order_of_tones(prompt, 3.0) == tones


def test_the_question_comes_again() -> None:
    assert order_of_tones(Prompt.ASK, 7.0) == [440, 554, 659] * 2


def test_a_refusal_is_the_busy_tone_until_we_hang_up() -> None:
    source = prompt_source(Prompt.REFUSED)
    frames = [source.frame(g711.PCMU) or b"" for _ in range(int(PARTING_S * 50))]
    second = g711.decode(b"".join(frames[:20]), g711.PCMU)
    assert tone.share(second, 480) > 0.4
    assert tone.share(second, 620) > 0.4
    assert tone.share(g711.decode(b"".join(frames[50:70]), g711.PCMU), 480) > 0.4
