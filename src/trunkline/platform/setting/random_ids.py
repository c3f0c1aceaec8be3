"""Identifiers out of the system's randomness, read in blocks."""

import os
from typing import final

from trunkline.kit.ids import Branch, CallId, Tag

_BLOCK = 4096


@final
class RandomIds:
    """kit.ids.IdSource for the shell. One per process and thread; after a fork make another."""

    __slots__ = ("_at", "_block", "_host")

    def __init__(self, host: str = "") -> None:
        """`host` ends Call-IDs, as RFC 3261 section 8.1.1.4 suggests; empty leaves it out."""
        self._block = ""
        self._at = 0
        self._host = f"@{host}" if host else ""

    def _hex(self, digits: int) -> str:
        end = self._at + digits
        if end > len(self._block):
            self._block = os.urandom(_BLOCK).hex()
            self._at, end = 0, digits
        taken = self._block[self._at : end]
        self._at = end
        return taken

    def branch(self) -> Branch:
        return Branch("z9hG4bK" + self._hex(20))

    def tag(self) -> Tag:
        return Tag(self._hex(16))

    def call_id(self) -> CallId:
        return CallId(self._hex(32) + self._host)

    def sid(self, prefix: str) -> str:
        return prefix + self._hex(32)

    def token(self) -> str:
        return self._hex(32)

    def number(self, below: int) -> int:
        # 64 bits more than asked for: the bias of the remainder is below 2**-64.
        return int(self._hex(16 + 2 * ((below.bit_length() + 7) // 8)), 16) % below
