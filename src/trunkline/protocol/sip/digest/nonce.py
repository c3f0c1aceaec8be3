"""Nonces that need no store: a time stamp under a keyed MAC; only the counts of used ones are remembered."""

import hashlib
import hmac
import re
from collections import OrderedDict
from typing import Final

from trunkline.kit.instant import Instant
from trunkline.kit.secret import Secret

LIFE_S: Final = 60.0
WINDOW: Final = 64
CAPACITY: Final = 10_000

_STAMP_DIGITS: Final = 16
_MAC_OCTETS: Final = 16
_SERIALS: Final = 1 << 20
_MASK: Final = (1 << WINDOW) - 1
_NC: Final = re.compile("[0-9A-Fa-f]{1,8}")


class NonceBook:
    """Mints nonces and admits each (nonce, nc) once.

    A nonce is 48 hex digits: milliseconds and a serial number (64 bits), and a MAC (128 bits) over them, the
    gateway and the source address. `key` must be fresh for each start of the process: what an earlier life has
    admitted is not remembered, so its nonces must not verify.

    The table holds the nonces that were answered rightly, least recently used first out. What was issued no later
    than a forgotten nonce is stale from then on, so that forgetting costs a challenge and never admits a replay.
    """

    __slots__ = ("_floor", "_keyed", "_serial", "_used")

    def __init__(self, key: Secret[bytes], gateway: str) -> None:
        # BLAKE2 takes keys up to 64 octets; a longer one is hashed first.
        self._keyed = hashlib.blake2b(
            gateway.encode() + b"\0", key=hashlib.sha512(key.reveal()).digest(), digest_size=_MAC_OCTETS
        )
        self._serial = 0
        self._floor = -1
        self._used: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._used)

    def mint(self, now: Instant, source: str) -> str:
        """A nonce never given out before."""
        self._serial = (self._serial + 1) % _SERIALS
        stamp = f"{int(now * 1000) * _SERIALS + self._serial:016x}"
        return stamp + self._mac(stamp, source)

    def is_fresh(self, nonce: str, now: Instant, source: str) -> bool:
        """Whether this book minted the nonce for this source within the last 60 s."""
        stamp = nonce[:_STAMP_DIGITS]
        expected = self._mac(stamp, source).encode()
        if not hmac.compare_digest(expected, nonce[_STAMP_DIGITS:].encode("utf-8", "surrogateescape")):
            return False
        age = now - (int(stamp, 16) // _SERIALS) / 1000
        return -0.001 < age <= LIFE_S

    def admit(self, nonce: str, nc: int) -> bool:
        """Count one use of a fresh nonce; False when this nc was used, or is too far behind to know."""
        used = self._used.get(nonce)
        if used is None:
            return self._admit_first(nonce, nc)
        highest, seen = used
        ahead = nc - highest
        if ahead > 0:
            self._used[nonce] = (nc, ((seen << ahead) | 1) & _MASK if ahead < WINDOW else 1)
        elif ahead <= -WINDOW or seen >> -ahead & 1:
            return False
        else:
            self._used[nonce] = (highest, seen | 1 << -ahead)
        self._used.move_to_end(nonce)
        return True

    def _admit_first(self, nonce: str, nc: int) -> bool:
        if int(nonce[:_STAMP_DIGITS], 16) <= self._floor:
            return False
        self._used[nonce] = (nc, 1)
        if len(self._used) > CAPACITY:
            forgotten, _ = self._used.popitem(last=False)
            self._floor = max(self._floor, int(forgotten[:_STAMP_DIGITS], 16))
        return True

    def tag(self, text: str) -> str:
        """32 hex digits that only this book's key can make; for the opaque and the hash of nobody's password."""
        return self._mac(text, "")

    def _mac(self, stamp: str, source: str) -> str:
        keyed = self._keyed.copy()
        keyed.update(f"{stamp}\0{source}".encode("utf-8", "surrogateescape"))
        return keyed.hexdigest()


def parse_nc(text: str) -> int:
    """A nonce count of up to 8 hex digits; 0, which is never a valid count, for anything else."""
    return int(text, 16) if _NC.fullmatch(text) else 0
