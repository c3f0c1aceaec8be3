"""X-Branded-CallReason, the one X- header of the customer that the platform reads (sip.md 3.5)."""

from typing import Final

CALL_REASON: Final = "x-branded-callreason"
LONGEST_CALL_REASON: Final = 50
"""Characters."""
CALL_REASON_TOO_LONG: Final = 32115


def is_usable_call_reason(value: str) -> bool:
    """One that is too long is ignored, with a warning; the call goes on."""
    return len(value) <= LONGEST_CALL_REASON
