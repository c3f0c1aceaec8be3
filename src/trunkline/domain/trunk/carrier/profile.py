"""How one carrier wants its calls: the form of numbers, and where the caller ID stands."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trunkline.kit.ids import E164


class NumberFormat(StrEnum):
    """How E.164 numbers are written."""

    E164 = "e164"
    """`+` and digits."""
    DIGITS = "digits"
    """Digits without the `+`."""


class CallerIdHeader(StrEnum):
    """A header that carries the caller ID."""

    FROM = "from"
    PAI = "pai"
    """P-Asserted-Identity (RFC 3325)."""
    RPID = "rpid"
    """Remote-Party-ID, the older form of the same."""


@dataclass(frozen=True, slots=True)
class CarrierProfile:
    """The shape of what is sent."""

    number_format: NumberFormat = NumberFormat.E164
    strip_prefix: str = ""
    """E.164 prefix with its `+` that is taken off the called number: `+1` makes national numbers of the NANP's."""
    tech_prefix: str = ""
    """Written before the called number, whatever its form."""
    caller_id: frozenset[CallerIdHeader] = frozenset({CallerIdHeader.FROM, CallerIdHeader.PAI})
    pass_x_headers: bool = False
    """Send the customer's X- headers on (sip.md 3.5: not by default)."""

    def number(self, number: E164) -> str:
        """A number as this carrier reads it."""
        return number if self.number_format is NumberFormat.E164 else number[1:]

    def called(self, callee: E164) -> str:
        """The R-URI's user."""
        if self.strip_prefix and callee.startswith(self.strip_prefix):
            return self.tech_prefix + callee[len(self.strip_prefix) :]
        return self.tech_prefix + self.number(callee)


PLAIN: Final = CarrierProfile()
