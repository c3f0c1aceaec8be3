"""Destinations that nobody may call: the platform's list of blocked prefixes (sip.md 3.2 step 12; row 36)."""

from collections.abc import Set as AbstractSet

from trunkline.domain.call.release_cause import DESTINATION_BLOCKED, ReleaseCause
from trunkline.kit.ids import E164


def is_blocked(callee: E164, prefixes: AbstractSet[str]) -> bool:
    """Whether one of the prefixes (`+` and digits; a whole number is one too) begins the number.

    The list may be long: the number's own prefixes are looked up in it, not the list walked through.
    """
    if prefixes:
        for length in range(2, len(callee) + 1):
            if callee[:length] in prefixes:
                return True
    return False


def blocked_refusal(callee: E164, prefixes: AbstractSet[str]) -> ReleaseCause | None:
    """Row 36."""
    return DESTINATION_BLOCKED if is_blocked(callee, prefixes) else None
