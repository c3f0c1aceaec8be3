"""What a final answer means for the hunt, towards customers and towards carriers (sip.md 2.6, 4.3)."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from trunkline.domain.call.release_cause import (
    CARRIER_NO_PROGRESS,
    CARRIER_SILENT,
    CARRIER_UNREACHABLE,
    HUNT_EXPIRED,
    NO_CARRIER_ROUTE,
    NO_ORIGINATION_URI,
    TARGET_SILENT,
    TARGET_UNREACHABLE,
    Party,
    ReleaseCause,
)


class Verdict(Enum):
    """What a final answer means for the hunt."""

    STOP = "stop"
    NEXT_ADDRESS = "next_address"
    NEXT_TARGET = "next_target"


@dataclass(frozen=True, slots=True)
class HuntRule:
    """Which final answers stop, and what the failures are called."""

    party: Party
    stop_codes: frozenset[int]
    """Besides every 6xx."""
    silent: ReleaseCause
    unreachable: ReleaseCause
    expired: ReleaseCause
    nobody: ReleaseCause
    """There is no target at all."""
    failed_code: int | None
    """Error code of a final answer that moved the hunt on; one alert for each (row 60)."""
    move_on_codes: frozenset[int] = frozenset()
    """Never stop, 6xx included."""

    def verdict(self, status: int) -> Verdict:
        """`status` is a final failure, 300-699."""
        if status not in self.move_on_codes and (status >= 600 or status in self.stop_codes):
            return Verdict.STOP
        return Verdict.NEXT_ADDRESS if status == 503 else Verdict.NEXT_TARGET


CUSTOMER_RULE: Final = HuntRule(
    Party.CALLEE,
    frozenset({400, 404, 405, 410, 416, 482, 484, 486}),  # row 56
    TARGET_SILENT,
    TARGET_UNREACHABLE,
    HUNT_EXPIRED,
    NO_ORIGINATION_URI,  # row 59
    32011,
)
_CARRIER_STOPS: Final = frozenset(range(400, 500)) - {401, 407, 408}


def carrier_rule(stop: frozenset[int] = frozenset(), move_on: frozenset[int] = frozenset()) -> HuntRule:
    """The rule towards carriers (sip.md 2.6): 408 and 5xx move on; both lists are a carrier's own and go before it.

    A challenge or redirect says nothing of the callee and moves on; every other 4xx is the callee's answer and stops.
    """
    return HuntRule(
        Party.CARRIER,
        _CARRIER_STOPS | stop,
        CARRIER_SILENT,
        CARRIER_UNREACHABLE,
        CARRIER_NO_PROGRESS,
        NO_CARRIER_ROUTE,
        None,
        move_on,
    )
