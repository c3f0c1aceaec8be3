"""Row 144: the Extension of a validation request (rest.md 3.7)."""

import pytest

from trunkline.domain.validation.extension import (
    LONGEST_EXTENSION_S,
    Digits,
    Pause,
    Step,
    extension_steps,
    is_extension,
)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("", []),
        ("42", [Digits("42")]),
        ("w1", [Pause(0.5), Digits("1")]),
        ("WWw*9#w", [Pause(2.5), Digits("*9#"), Pause(0.5)]),
    ],
)
def test_the_steps_of_an_extension(text: str, steps: list[Step]) -> None:
    assert is_extension(text)
    assert extension_steps(text) == steps


@pytest.mark.parametrize("text", ["call me", "1" * 33, "1,2", "A", "1\n"])
def test_what_is_no_extension(text: str) -> None:
    assert not is_extension(text)


@pytest.mark.parametrize("text", ["W" * 32, "1" * 32, "1w" * 16])
def test_no_extension_takes_longer_than_the_bound(text: str) -> None:
    assert sum(step.seconds for step in extension_steps(text)) <= LONGEST_EXTENSION_S
