"""Numbers in stock, bought numbers, and verified caller IDs."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, false, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Anchor, Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import OutgoingCallerIdRow, PhoneNumberRow

_LAST_DIGITS = "9" * 15


@dataclass(frozen=True, slots=True)
class NumberFilter:
    """None is no filter; `phone_number` may be partial, with `*` for any one digit."""

    phone_number: str | None = None
    friendly_name: str | None = None
    type: str | None = None
    beta: bool | None = None
    hosted: bool = False
    """Only numbers that stayed with another provider: none here does."""


async def number_of(session: AsyncSession, account_sid: str, sid: str) -> PhoneNumberRow | None:
    """The number if the account has bought it."""
    statement = select(PhoneNumberRow).where(PhoneNumberRow.sid == sid, PhoneNumberRow.account_sid == account_sid)
    return await session.scalar(statement)


async def stock_number(session: AsyncSession, phone_number: str) -> PhoneNumberRow | None:
    """The number whoever has it."""
    statement = select(PhoneNumberRow).where(PhoneNumberRow.phone_number == phone_number)
    return await session.scalar(statement)


async def free_number(
    session: AsyncSession, *, starting: str, type_: str | None = None, iso_country: str | None = None
) -> PhoneNumberRow | None:
    """The lowest number in stock with that beginning."""
    statement = beginning_with(select(PhoneNumberRow).where(PhoneNumberRow.account_sid.is_(None)), starting)
    if type_ is not None:
        statement = statement.where(PhoneNumberRow.type == type_)
    if iso_country is not None:
        statement = statement.where(PhoneNumberRow.iso_country == iso_country)
    statement = statement.order_by(PhoneNumberRow.phone_number).limit(1)
    return await session.scalar(statement)


async def numbers_of(session: AsyncSession, account_sid: str, cut: Cut, wanted: NumberFilter) -> Slice[PhoneNumberRow]:
    statement = select(PhoneNumberRow).where(PhoneNumberRow.account_sid == account_sid)
    return await _numbers(session, statement, cut, wanted)


async def numbers_on_trunk(session: AsyncSession, trunk_sid: str, cut: Cut) -> Slice[PhoneNumberRow]:
    statement = select(PhoneNumberRow).where(PhoneNumberRow.trunk_sid == trunk_sid)
    return await _numbers(session, statement, cut, NumberFilter())


async def numbers_named(session: AsyncSession, phone_numbers: Collection[str]) -> dict[str, PhoneNumberRow]:
    rows = await session.scalars(select(PhoneNumberRow).where(PhoneNumberRow.phone_number.in_(phone_numbers)))
    return {row.phone_number: row for row in rows}


async def all_trunk_numbers(session: AsyncSession, trunk_sid: str) -> list[PhoneNumberRow]:
    """Every number of the trunk; for taking them off it."""
    statement = select(PhoneNumberRow).where(PhoneNumberRow.trunk_sid == trunk_sid)
    return list(await session.scalars(statement))


async def inventory(session: AsyncSession, cut: Cut, wanted: NumberFilter) -> Slice[PhoneNumberRow]:
    """All numbers of the platform, the last put into stock first."""
    order = Order(PhoneNumberRow.stocked_at, PhoneNumberRow.sid, lambda row: Anchor(row.stocked_at, row.sid))
    return await read_slice(session, _filtered(select(PhoneNumberRow), wanted), order, cut)


async def _numbers(
    session: AsyncSession, statement: Select[PhoneNumberRow], cut: Cut, wanted: NumberFilter
) -> Slice[PhoneNumberRow]:
    order = Order(PhoneNumberRow.date_created, PhoneNumberRow.sid, by_date)
    return await read_slice(session, _filtered(statement, wanted), order, cut)


def _filtered(statement: Select[PhoneNumberRow], wanted: NumberFilter) -> Select[PhoneNumberRow]:
    if wanted.phone_number is not None:
        statement = statement.where(PhoneNumberRow.phone_number.like(like_pattern(wanted.phone_number), escape="\\"))
    if wanted.friendly_name is not None:
        statement = statement.where(PhoneNumberRow.friendly_name == wanted.friendly_name)
    if wanted.type is not None:
        statement = statement.where(PhoneNumberRow.type == wanted.type)
    if wanted.beta is not None:
        statement = statement.where(PhoneNumberRow.beta.is_(wanted.beta))
    return statement.where(false()) if wanted.hosted else statement


def beginning_with(statement: Select[PhoneNumberRow], beginning: str) -> Select[PhoneNumberRow]:
    """As a range, which an index answers on either engine, whatever the collation."""
    return statement.where(PhoneNumberRow.phone_number.between(beginning, beginning + _LAST_DIGITS))


def like_pattern(number: str) -> str:
    """A partial number with `*` for one digit, as a LIKE pattern that matches anywhere (rest.md 3.6)."""
    literal = number.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return "%" + literal.replace("*", "_") + "%"


async def find_caller_id(session: AsyncSession, account_sid: str, sid: str) -> OutgoingCallerIdRow | None:
    statement = select(OutgoingCallerIdRow).where(
        OutgoingCallerIdRow.sid == sid, OutgoingCallerIdRow.account_sid == account_sid
    )
    return await session.scalar(statement)


async def caller_id_for(session: AsyncSession, account_sid: str, phone_number: str) -> OutgoingCallerIdRow | None:
    statement = select(OutgoingCallerIdRow).where(
        OutgoingCallerIdRow.account_sid == account_sid, OutgoingCallerIdRow.phone_number == phone_number
    )
    return await session.scalar(statement)


async def caller_ids_of(
    session: AsyncSession, account_sid: str, cut: Cut, *, phone_number: str | None, friendly_name: str | None
) -> Slice[OutgoingCallerIdRow]:
    statement = select(OutgoingCallerIdRow).where(OutgoingCallerIdRow.account_sid == account_sid)
    if phone_number is not None:
        statement = statement.where(OutgoingCallerIdRow.phone_number == phone_number)
    if friendly_name is not None:
        statement = statement.where(OutgoingCallerIdRow.friendly_name == friendly_name)
    order = Order(OutgoingCallerIdRow.date_created, OutgoingCallerIdRow.sid, by_date)
    return await read_slice(session, statement, order, cut)
