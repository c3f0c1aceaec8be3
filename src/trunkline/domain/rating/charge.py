"""What one call, recording, look-up or month of a number costs.

A charge names the usage category it is counted under (rest.md 3.11). The same facts and the same tariffs give the same
charges, to the millionth, whenever they are rated again.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from trunkline.domain.rating.tariff import BY_THE_MINUTE, Service, Tariff, TariffBook, to_millionths

_MINUTE: Final = Decimal(60)


@dataclass(frozen=True, slots=True)
class Charge:
    """`sell` and `buy` are positive amounts; Twilio's `price` of a resource is `-sell`."""

    service: Service
    category: str
    seconds: int
    """Billed seconds; 0 where the piece is charged."""
    sell: Decimal
    buy: Decimal

    @property
    def margin(self) -> Decimal:
        return self.sell - self.buy


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What rating needs of a finished call."""

    terminating: bool
    number: str
    """The number that the call is charged by: the called one, E.164."""
    number_type: str | None
    """Of the dialled number of an origination call; None for a termination call."""
    answered_s: int
    """Whole seconds from answer to release, begun ones counted; 0 for a call that was not answered."""
    at: datetime
    secure: bool = False
    cnam_lookups: int = 0


def _origination_category(number_type: str | None) -> str:
    kind = {"local": "local", "mobile": "mobile", "toll-free": "tollfree"}.get(number_type or "")
    return f"trunking-origination-{kind}" if kind else "trunking-origination"


def _of(tariff: Tariff, category: str, seconds: int, pieces: int = 1) -> Charge:
    if tariff.service in BY_THE_MINUTE:
        billed = tariff.increments.billed(seconds)
        sell, buy = tariff.sell * billed / _MINUTE, tariff.buy * billed / _MINUTE
    else:
        billed, sell, buy = 0, tariff.sell * pieces, tariff.buy * pieces
    return Charge(tariff.service, category, billed, to_millionths(sell), to_millionths(buy))


def charges_of_call(call: CallFacts, book: TariffBook) -> tuple[Charge, ...]:
    """The charges of a call, none for one without a tariff; a look-up is charged whether or not it was answered."""
    charges: list[Charge] = []
    if call.answered_s > 0:
        service = Service.TERMINATION if call.terminating else Service.ORIGINATION
        category = "trunking-termination" if call.terminating else _origination_category(call.number_type)
        tariff = book.find(service, call.number, call.at, call.number_type)
        if tariff is not None:
            charges.append(_of(tariff, category, call.answered_s))
        surcharge = book.find(Service.SECURE, call.number, call.at) if call.secure else None
        if surcharge is not None:
            charges.append(_of(surcharge, "trunking-secure", call.answered_s))
    lookup = book.find(Service.CNAM_LOOKUP, call.number, call.at) if call.cnam_lookups else None
    if lookup is not None:
        charges.append(_of(lookup, "calleridlookups", 0, call.cnam_lookups))
    return tuple(charges)


def charge_of_recording(number: str, seconds: int, at: datetime, book: TariffBook) -> Charge | None:
    """`number` is the one that its call is charged by; None where there is no tariff."""
    tariff = book.find(Service.RECORDING, number, at)
    return None if tariff is None else _of(tariff, "trunking-recordings", seconds)


def charge_of_number_month(number: str, number_type: str, at: datetime, book: TariffBook) -> Charge | None:
    """One month of a number; None where there is no tariff."""
    tariff = book.find(Service.NUMBER_MONTH, number, at, number_type)
    if tariff is None:
        return None
    kind = {"local": "local", "mobile": "mobile", "toll-free": "tollfree"}.get(number_type)
    return _of(tariff, f"phonenumbers-{kind}" if kind else "phonenumbers", 0)
