"""Identifiers: the types that can be confused, and where fresh ones come from."""

from typing import NewType, Protocol

CallId = NewType("CallId", str)
"""The value of a Call-ID header."""
Tag = NewType("Tag", str)
Branch = NewType("Branch", str)
CallSid = NewType("CallSid", str)
"""`CA` and 32 hex digits: one call of the product."""
TrunkSid = NewType("TrunkSid", str)
AccountSid = NewType("AccountSid", str)
E164 = NewType("E164", str)
"""A number as `+` and digits."""


class IdSource(Protocol):
    """Where fresh identifiers come from: the shell's is random, the tests' counts."""

    def branch(self) -> Branch:
        """A Via branch with the magic cookie `z9hG4bK` (RFC 3261 section 8.1.1.7)."""
        ...

    def tag(self) -> Tag:
        """A From or To tag with at least 32 bits of randomness (section 19.3)."""
        ...

    def call_id(self) -> CallId: ...

    def sid(self, prefix: str) -> str:
        """`prefix` and 32 lower-case hex digits."""
        ...

    def token(self) -> str:
        """An unguessable token of 32 hex digits (nonces, cnonces, cookies)."""
        ...

    def number(self, below: int) -> int:
        """A uniform integer in [0, below)."""
        ...
