"""CNAM: which callers are looked up, and what of a name is shown (sip.md 4.5; row 69)."""

from dataclasses import dataclass
from typing import Final, Protocol

from trunkline.domain.trunk.facts import TrunkFacts
from trunkline.domain.trunk.number.e164 import dialled_number
from trunkline.domain.trunk.number.geo import country_of
from trunkline.kit.ids import E164

LONGEST_NAME: Final = 15
"""Characters of a name in the North American network."""
_COUNTRIES: Final = frozenset({"US", "CA"})


class NameUnavailable(Exception):
    """The source gave no answer: neither a name nor that there is none."""


class NameSource(Protocol):
    """Who knows names."""

    async def name_of(self, number: E164) -> str | None:
        """None when the number has no name; raises NameUnavailable. Bounded in time by itself."""
        ...


@dataclass(frozen=True, slots=True)
class NameLookup:
    """The outcome of one look-up."""

    name: str | None
    answered: bool
    """Whether there was an answer, be it that the number has no name: such a look-up is charged."""


def caller_to_look_up(trunk: TrunkFacts, caller: str | None) -> E164 | None:
    """The caller's number where its name is to be looked up; `caller` is the user part that the carrier gave."""
    if not trunk.cnam_lookup:
        return None
    number = dialled_number(caller)
    return number if number is not None and country_of(number) in _COUNTRIES else None


def shown_name(text: str | None) -> str | None:
    """What may stand in a display name: printable, no quotes or backslashes, at most LONGEST_NAME characters."""
    printable = "".join(char for char in text or "" if char.isprintable() and char not in '"\\')
    return printable.strip()[:LONGEST_NAME].rstrip() or None
