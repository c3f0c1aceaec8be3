"""A call that the platform itself places for an account: what its INVITE tells the gateway, under a seal.

The seal is that of `edge.hop`, in a header and under a key of its own: no customer's header can become one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from trunkline.kit.ids import AccountSid, CallSid

CALL_HEADER: Final = "X-Trunkline-Call"
"""The seal."""
CALL_KEY: Final = "x-trunkline-call"
CALL_PURPOSE: Final = "own-call"
"""Of the vault's key that it is made with."""
_FACTS: Final = "X-Trunkline-Call-Facts"
_FACTS_KEY: Final = "x-trunkline-call-facts"
_WRITTEN: Final = re.compile(r"(CA[0-9a-f]{32});(AC[0-9a-f]{32});([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class OwnCall:
    """Whose call it is, the SID that was promised for it, and the longest that it may last once answered."""

    call_sid: CallSid
    account_sid: AccountSid
    longest_s: int

    @property
    def header(self) -> tuple[str, str]:
        return _FACTS, f"{self.call_sid};{self.account_sid};{self.longest_s}"

    @classmethod
    def of_headers(cls, headers: Iterable[tuple[str, str]]) -> "OwnCall | None":
        """Of a request whose seal is good; None where there is nothing of the kind."""
        for name, value in headers:
            if name.lower() == _FACTS_KEY and (found := _WRITTEN.fullmatch(value)):
                return cls(CallSid(found[1]), AccountSid(found[2]), int(found[3]))
        return None
