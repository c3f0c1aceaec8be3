"""Tariffs: what a minute, a look-up or a month costs, by prefix, number type and date.

Amounts are Decimal, in one currency for the whole platform, and never finer than a millionth, which is what the store
keeps. `sell` is what the customer pays, `buy` what the operator pays; the margin is their difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final, final

MILLIONTH: Final = Decimal("0.000001")
LONGEST_PREFIX: Final = 16
"""`+` and the 15 digits of E.164."""


def to_millionths(amount: Decimal) -> Decimal:
    """Rounded to a whole millionth, halves away from zero, as invoices are."""
    return amount.quantize(MILLIONTH, ROUND_HALF_UP)


class Service(StrEnum):
    """What is charged for. Calls, security and recording are charged by the minute, the others by the piece."""

    TERMINATION = "termination"
    """Customer to carrier, by the called number's prefix."""
    ORIGINATION = "origination"
    """Carrier to customer, by the dialled number's prefix and type."""
    SECURE = "secure"
    """TLS and SRTP on a trunk's call, by the prefix of the number that the call is charged by."""
    RECORDING = "recording"
    CNAM_LOOKUP = "cnam-lookup"
    NUMBER_MONTH = "number-month"
    """Each month, begun at the purchase, of a number that the account has."""


BY_THE_MINUTE: Final = frozenset({Service.TERMINATION, Service.ORIGINATION, Service.SECURE, Service.RECORDING})


@dataclass(frozen=True, slots=True)
class Increments:
    """What is charged of a call's seconds: the `first` ones whole, then steps of `next` (60/60, 30/6, 1/1)."""

    first: int = 60
    next: int = 60

    def billed(self, seconds: int) -> int:
        """Seconds to charge for so many, begun ones counted; 0 for a call that was not answered."""
        if seconds <= 0:
            return 0
        beyond = max(0, seconds - self.first)
        return self.first + -(-beyond // self.next) * self.next


PER_MINUTE: Final = Increments()


@dataclass(frozen=True, slots=True)
class Tariff:
    """One price. `prefix` has its `+`; `+` alone holds for every number."""

    service: Service
    prefix: str
    effective_from: datetime
    sell: Decimal
    buy: Decimal
    number_type: str | None = None
    """`local`, `mobile` or `toll-free`; None = any that has no tariff of its own."""
    increments: Increments = PER_MINUTE
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the book a price stands."""

    service: Service
    number_type: str | None
    prefix: str


@final
class TariffBook:
    """All tariffs, those of the past included, since what was dear then is rated by the price of then."""

    __slots__ = ("_longest", "_places")

    def __init__(self, tariffs: Iterable[Tariff]) -> None:
        self._places: dict[_Place, list[Tariff]] = {}
        self._longest: dict[Service, int] = {}
        for tariff in tariffs:
            place = _Place(tariff.service, tariff.number_type, tariff.prefix)
            self._places.setdefault(place, []).append(tariff)
            self._longest[tariff.service] = max(self._longest.get(tariff.service, 0), len(tariff.prefix))
        for history in self._places.values():
            history.sort(key=_effective_from)

    def find(self, service: Service, number: str, at: datetime, number_type: str | None = None) -> Tariff | None:
        """The tariff that holds for an E.164 number at that moment: longest prefix, then the number's own type."""
        for length in range(min(len(number), self._longest.get(service, 0)), 0, -1):
            for type_ in (number_type, None) if number_type is not None else (None,):
                found = self._in_force(_Place(service, type_, number[:length]), at)
                if found is not None:
                    return found
        return None

    def _in_force(self, place: _Place, at: datetime) -> Tariff | None:
        found = None
        for tariff in self._places.get(place, ()):
            if tariff.effective_from > at:
                break
            found = tariff
        return found


def _effective_from(tariff: Tariff) -> datetime:
    return tariff.effective_from
