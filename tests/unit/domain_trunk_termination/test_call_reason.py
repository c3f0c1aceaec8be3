"""sip.md 3.5: X-Branded-CallReason has at most 50 characters."""

import pytest

from trunkline.domain.trunk.termination.call_reason import is_usable_call_reason


@pytest.mark.parametrize(("value", "usable"), [("", True), ("r" * 50, True), ("r" * 51, False), ("é" * 50, True)])
def test_a_call_reason_of_up_to_50_characters_is_usable(value: str, usable: bool) -> None:
    assert is_usable_call_reason(value) is usable
