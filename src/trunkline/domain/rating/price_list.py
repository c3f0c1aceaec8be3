"""The tariffs of one moment as a price list by country (rest.md 7)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trunkline.domain.rating.tariff import Service, Tariff, TariffBook
from trunkline.domain.trunk.number.geo import calling_codes, countries, country_of
from trunkline.kit.ids import E164


@dataclass(frozen=True, slots=True)
class PrefixPrice:
    """A price a minute for calls to numbers that begin with one of the prefixes (without `+`)."""

    prefixes: tuple[str, ...]
    price: Decimal
    name: str


@dataclass(frozen=True, slots=True)
class TypePrice:
    """A price a minute for calls from the telephone network to a number of that type; "" is any."""

    number_type: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class CountryPrices:
    terminating: tuple[PrefixPrice, ...]
    originating: tuple[TypePrice, ...]


def in_force(tariffs: Iterable[Tariff], at: datetime) -> list[Tariff]:
    """The last tariff of each thing that has begun by then."""
    newest: dict[tuple[Service, str, str | None], Tariff] = {}
    for tariff in sorted(tariffs, key=_effective_from):
        if tariff.effective_from <= at:
            newest[tariff.service, tariff.prefix, tariff.number_type] = tariff
    return list(newest.values())


def prices_of(country: str, tariffs: Iterable[Tariff]) -> CountryPrices:
    """Of tariffs that are in force. A prefix above a country's own codes (`+`) is the price where it has none."""
    held = list(tariffs)
    return CountryPrices(_terminating(country, held), _originating(country, held))


def priced_countries(prefixes: Collection[str]) -> list[str]:
    """Codes of the countries that one of the tariffs' prefixes is of, or stands above."""
    within = {country_of(E164(prefix)) for prefix in prefixes}
    return sorted(country for country in countries() if country in within or _is_below(country, prefixes))


def _is_below(country: str, prefixes: Collection[str]) -> bool:
    return any(code[:length] in prefixes for code in calling_codes(country) for length in range(1, len(code) + 1))


def _covers(tariff: Tariff, country: str) -> bool:
    return country_of(E164(tariff.prefix)) == country or _is_above(tariff, country)


def _is_above(tariff: Tariff, country: str) -> bool:
    """Whether all numbers of one of the country's codes begin with the prefix."""
    return any(code.startswith(tariff.prefix) for code in calling_codes(country))


def _terminating(country: str, tariffs: Iterable[Tariff]) -> tuple[PrefixPrice, ...]:
    grouped: dict[tuple[Decimal, str], list[str]] = {}
    own = [tariff for tariff in tariffs if tariff.service is Service.TERMINATION and _covers(tariff, country)]
    for tariff in sorted(own, key=_prefix):
        grouped.setdefault((tariff.sell, tariff.name), []).append(tariff.prefix.removeprefix("+"))
    return tuple(PrefixPrice(tuple(prefixes), price, name) for (price, name), prefixes in grouped.items())


def _originating(country: str, tariffs: Iterable[Tariff]) -> tuple[TypePrice, ...]:
    nearest: dict[str, Tariff] = {}
    own = [tariff for tariff in tariffs if tariff.service is Service.ORIGINATION and _covers(tariff, country)]
    # From `+` to the longest prefix of the country's code itself; what is finer than a country has its number's price.
    for tariff in sorted(own, key=_prefix):
        if _is_above(tariff, country) or (tariff.number_type or "") not in nearest:
            nearest[tariff.number_type or ""] = tariff
    return tuple(TypePrice(name, nearest[name].sell) for name in sorted(nearest))


def termination_price(book: TariffBook, number: str, at: datetime) -> PrefixPrice | None:
    tariff = book.find(Service.TERMINATION, number, at)
    if tariff is None:
        return None
    return PrefixPrice((tariff.prefix.removeprefix("+"),), tariff.sell, tariff.name)


def origination_price(book: TariffBook, number: str, at: datetime, number_type: str | None) -> TypePrice | None:
    tariff = book.find(Service.ORIGINATION, number, at, number_type)
    return None if tariff is None else TypePrice(number_type or tariff.number_type or "", tariff.sell)


def _effective_from(tariff: Tariff) -> datetime:
    return tariff.effective_from


def _prefix(tariff: Tariff) -> tuple[int, str]:
    return len(tariff.prefix), tariff.prefix
