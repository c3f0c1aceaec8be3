"""Row 36: destinations that nobody may call."""

import pytest

from trunkline.domain.call.release_cause import DESTINATION_BLOCKED
from trunkline.domain.trunk.number.blocked import blocked_refusal
from trunkline.kit.ids import E164

LIST = frozenset({"+1900", "+442079460199", "+88"})


@pytest.mark.parametrize(
    ("callee", "blocked"),
    [
        ("+19005550101", True),
        ("+1900", True),
        ("+190", False),
        ("+442079460199", True),
        ("+4420794601990", True),
        ("+442079460198", False),
        ("+881612345678", True),
        ("+12025550101", False),
    ],
)
def test_row_36_a_number_that_a_listed_prefix_begins_is_refused(callee: str, blocked: bool) -> None:
    assert blocked_refusal(E164(callee), LIST) == (DESTINATION_BLOCKED if blocked else None)


def test_row_36_an_empty_list_blocks_nobody() -> None:
    assert blocked_refusal(E164("+19005550101"), frozenset()) is None
