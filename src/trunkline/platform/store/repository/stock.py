"""Numbers for sale: looked for by number, by place and by what they ask of a buyer (row 142)."""

from collections.abc import Collection
from dataclasses import dataclass
from math import cos, radians

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.domain.trunk.number.search import Circle, NumberPattern, Place
from trunkline.platform.store.repository.number import beginning_with
from trunkline.platform.store.table import PhoneNumberRow
from trunkline.platform.store.table.phone_number import AddressRequirements, StockType

_FLATNESS = 1.2
"""How much too far a flat map may show what is within 500 miles; what is really too far is dropped afterwards."""


@dataclass(frozen=True, slots=True)
class StockSearch:
    """What is wanted; None and empty are no filter. With `near` the nearest come first, else the lowest numbers."""

    iso_country: str
    type: StockType
    limit: int
    beginning: str | None = None
    pattern: NumberPattern | None = None
    region: str | None = None
    locality: str | None = None
    postal_code: str | None = None
    lata: str | None = None
    rate_center: str | None = None
    near: Circle | None = None
    beta: bool = True
    refused_requirements: Collection[AddressRequirements] = ()


async def search_stock(session: AsyncSession, wanted: StockSearch) -> list[PhoneNumberRow]:
    rows = await session.scalars(stock_statement(wanted))
    return [row for row in rows if wanted.near is None or _is_near(row, wanted.near)]


def stock_statement(wanted: StockSearch) -> Select[PhoneNumberRow]:
    statement = select(PhoneNumberRow).where(
        PhoneNumberRow.iso_country == wanted.iso_country,
        PhoneNumberRow.type == wanted.type,
        PhoneNumberRow.account_sid.is_(None),
    )
    for name in ("region", "locality", "postal_code", "lata", "rate_center"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(getattr(PhoneNumberRow, name) == value)
    if not wanted.beta:
        statement = statement.where(PhoneNumberRow.beta.is_(False))
    if wanted.refused_requirements:
        statement = statement.where(PhoneNumberRow.address_requirements.not_in(wanted.refused_requirements))
    if wanted.beginning is not None:
        statement = beginning_with(statement, wanted.beginning)
    if wanted.pattern is not None:
        statement = _matching(statement, wanted.pattern)
    if wanted.near is None:
        return statement.order_by(PhoneNumberRow.phone_number).limit(wanted.limit)
    return _nearest(statement, wanted.near, wanted.limit)


def _matching(statement: Select[PhoneNumberRow], pattern: NumberPattern) -> Select[PhoneNumberRow]:
    if pattern.anchored:
        statement = beginning_with(statement, pattern.beginning)
    if pattern.is_beginning:
        return statement
    parts = ("+" if pattern.anchored else "%", pattern.text.replace("*", "_"), "" if pattern.ended else "%")
    return statement.where(PhoneNumberRow.phone_number.like("".join(parts)))


def _nearest(statement: Select[PhoneNumberRow], near: Circle, limit: int) -> Select[PhoneNumberRow]:
    # On a map that is flat around the place: good enough to put what is nearest first, and plain arithmetic.
    # The look-up is in two steps so that the first needs the index only, however many numbers there are.
    north = PhoneNumberRow.latitude - near.center.latitude
    east = (PhoneNumberRow.longitude - near.center.longitude) * cos(radians(near.center.latitude))
    distance = north * north + east * east
    reach = (_FLATNESS * (near.latitudes[1] - near.center.latitude)) ** 2
    nearest = (
        statement.with_only_columns(PhoneNumberRow.phone_number)
        .where(PhoneNumberRow.latitude.between(*near.latitudes), distance <= reach)
        .order_by(distance)
        .limit(limit)
    )
    found = select(PhoneNumberRow).where(PhoneNumberRow.phone_number.in_(nearest))
    return found.order_by(distance, PhoneNumberRow.phone_number)


def place_of(row: PhoneNumberRow) -> Place | None:
    if row.latitude is None or row.longitude is None:
        return None
    return Place(row.latitude, row.longitude)


def _is_near(row: PhoneNumberRow, near: Circle) -> bool:
    place = place_of(row)
    return place is not None and near.holds(place)


async def place_of_number(session: AsyncSession, phone_number: str) -> Place | None:
    """Where a number is: by what is known of it, or of a number of its exchange (NPA-NXX)."""
    located = select(PhoneNumberRow).where(PhoneNumberRow.latitude.is_not(None)).order_by(PhoneNumberRow.phone_number)
    for beginning in (phone_number, phone_number[: len("+1202555")]):
        row = await session.scalar(beginning_with(located, beginning).limit(1))
        if row is not None:
            return place_of(row)
    return None


async def stocked_countries(session: AsyncSession) -> list[str]:
    """The countries that the platform has numbers of, sold or not; one look into the index for each."""
    found: list[str] = []
    while True:
        column = PhoneNumberRow.iso_country
        statement = select(column).where(column > (found[-1] if found else "")).order_by(column).limit(1)
        code = await session.scalar(statement)
        if code is None:
            return found
        found.append(code)


async def stocked_types(session: AsyncSession, iso_country: str) -> set[str]:
    """The types of number that the platform has in a country; empty for one that it does not know."""
    found: set[str] = set()
    last = ""
    while True:
        statement = select(PhoneNumberRow.type).where(
            PhoneNumberRow.iso_country == iso_country, PhoneNumberRow.type > last
        )
        type_ = await session.scalar(statement.order_by(PhoneNumberRow.type).limit(1))
        if type_ is None:
            return found
        found.add(type_)
        last = type_
