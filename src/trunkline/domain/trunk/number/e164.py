"""Telephone numbers in the user part of a SIP URI."""

import re
from typing import Final
from urllib.parse import unquote

from trunkline.kit.ids import E164

_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}\Z", re.ASCII)
_DIGITS: Final = re.compile(r"[1-9][0-9]{1,14}\Z", re.ASCII)


def _number_part(user: str) -> str:
    # Parameters of RFC 3966 may follow the number (RFC 3261 section 19.1.6), and `+` may come escaped (19.1.4).
    return unquote(user.partition(";")[0])


def e164_of(user: str | None) -> E164 | None:
    """The E.164 number that a user part is: `+` and 2-15 digits (row 30); None for anything else."""
    if user is None:
        return None
    if _E164.match(user):
        return E164(user)
    number = _number_part(user)
    return E164(number) if _E164.match(number) else None


def dialled_number(user: str | None) -> E164 | None:
    """The same for a carrier's R-URI, where the `+` may be left out (design, section 7)."""
    number = _number_part(user or "")
    return E164("+" + number) if _DIGITS.match(number) else e164_of(user)
