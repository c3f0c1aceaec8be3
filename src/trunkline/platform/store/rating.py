"""Finished calls into charges, and charges into daily usage: in one commit, each call once, or anew when asked.

A batch replaces what its calls were charged before, and adds only the difference to the usage. So a call that is rated
again leaves the sums as they were, unless a tariff has changed.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.domain.rating.charge import CallFacts, Charge, charge_of_number_month, charges_of_call
from trunkline.domain.rating.tariff import LONGEST_PREFIX, Increments, Service, Tariff, TariffBook
from trunkline.domain.rating.usage import Usage, UsageKey, add_up
from trunkline.domain.record.call_record import Direction
from trunkline.platform.store.engine import Store
from trunkline.platform.store.table import CallRow, ChargeRow, PhoneNumberRow, TariffRow, UsageDayRow

_LAST_DIGITS: Final = "9" * LONGEST_PREFIX

BATCH: Final = 200
"""Calls in one transaction: it stays far below 100 ms (design, decision 18)."""


async def tariff_book(session: AsyncSession, numbers: Iterable[str]) -> TariffBook:
    """What may hold for these numbers, of the past too; as quick with a hundred thousand tariffs as with ten."""
    return TariffBook([tariff_of(row) for row in await session.scalars(tariffs_for(numbers))])


def tariffs_for(numbers: Iterable[str]) -> Select[TariffRow]:
    prefixes = {number[:length] for number in numbers for length in range(1, LONGEST_PREFIX + 1)}
    # The services are named because the index begins with them.
    return select(TariffRow).where(TariffRow.service.in_(list(Service)), TariffRow.prefix.in_(prefixes))


async def tariffs_under(session: AsyncSession, codes: Sequence[str], at: datetime) -> list[Tariff]:
    """Of calls to and from numbers with these calling codes (`+44`), above and within them, that have begun by then."""
    above = {code[:length] for code in codes for length in range(1, len(code) + 1)}
    within = (TariffRow.prefix.between(code, code + _LAST_DIGITS) for code in codes)
    wanted = select(TariffRow).where(*_of_calls(at), or_(TariffRow.prefix.in_(above), *within))
    return [tariff_of(row) for row in await session.scalars(wanted)]


async def priced_prefixes(session: AsyncSession, at: datetime) -> set[str]:
    """Those that calls have a price for."""
    return set(await session.scalars(select(TariffRow.prefix).where(*_of_calls(at)).distinct()))


def _of_calls(at: datetime) -> tuple[ColumnElement[bool], ...]:
    calls = TariffRow.service.in_([Service.TERMINATION, Service.ORIGINATION])
    return calls, TariffRow.effective_from <= at


def tariff_of(row: TariffRow) -> Tariff:
    return Tariff(
        Service(row.service),
        row.prefix,
        row.effective_from,
        row.sell,
        row.buy,
        row.number_type or None,
        Increments(row.first_s, row.next_s),
        row.name,
    )


async def rate_new_calls(store: Store, at: datetime) -> int:
    """Rate up to BATCH calls that have not been rated; how many there were."""
    async with store.appending() as session:
        wanted = select(CallRow).where(CallRow.rated_at.is_(None)).order_by(CallRow.date_updated).limit(BATCH)
        # Two raters on PostgreSQL take different calls; SQLite has one writer at a time anyway.
        calls = (await session.scalars(wanted.with_for_update(skip_locked=True))).all()
        if calls:
            await _rate(session, calls, at)
            await session.commit()
    return len(calls)


async def rate_again(store: Store, first: datetime, until: datetime, at: datetime) -> int:
    """Rate the calls that came from `first` on and before `until` by the tariffs as they are now; how many there were.

    In batches, oldest first; one that fails leaves the earlier ones rated and can be asked for again.
    """
    total, seen = 0, ""
    while True:
        async with store.appending() as session:
            wanted = (
                select(CallRow)
                .where(CallRow.sid > seen, CallRow.date_created >= first, CallRow.date_created < until)
                .order_by(CallRow.sid)
                .limit(BATCH)
            )
            # One that is being rated is waited for: it may be by a tariff that has been corrected since.
            calls = (await session.scalars(wanted.with_for_update())).all()
            if not calls:
                return total
            await _rate(session, calls, at)
            await session.commit()
        total, seen = total + len(calls), calls[-1].sid


async def rate_before_deletion(session: AsyncSession, call: CallRow, at: datetime) -> None:
    """A call that is deleted before its turn is charged all the same; the caller holds its row, and commits."""
    if call.rated_at is None:
        await _rate(session, [call], at)


async def charge_numbers(store: Store, at: datetime) -> int:
    """Charge each bought number for every month that has begun since it was bought; how many months were new."""
    total, last = 0, (datetime.min.replace(tzinfo=UTC), "")
    while True:
        async with store.appending() as session:
            numbers = (await session.scalars(numbers_due(at, last).with_for_update())).all()
            if not numbers:
                return total
            last = (_due(numbers[-1]), numbers[-1].sid)
            total += await charge_months(session, numbers, at)
            await session.commit()


def numbers_due(at: datetime, last: tuple[datetime, str]) -> Select[PhoneNumberRow]:
    """A batch of them, in their order behind `last`."""
    due, sid = PhoneNumberRow.charge_at, PhoneNumberRow.sid
    beyond = tuple_(due, sid) > tuple_(*last, types=[due.type, sid.type])
    return select(PhoneNumberRow).where(due <= at, beyond).order_by(due, sid).limit(BATCH)


async def charge_before_leaving(session: AsyncSession, number: PhoneNumberRow, at: datetime) -> None:
    """A number that leaves its account is paid for by it up to then; the caller commits."""
    await session.refresh(number, ["charge_at"], with_for_update=True)
    await charge_months(session, [number], at)


async def charge_months(session: AsyncSession, numbers: Sequence[PhoneNumberRow], at: datetime) -> int:
    """Charge numbers, whose rows the caller holds, for their months up to `at`; how many there were.

    A month without a tariff waits for one, until a later month is charged. The caller commits.
    """
    book = await tariff_book(session, [number.phone_number for number in numbers])
    charges: list[dict[str, Any]] = []
    for number in numbers:
        for begun in _months(number, at):
            charge = charge_of_number_month(number.phone_number, number.type, begun, book)
            if charge is not None and number.account_sid is not None:
                # By the second: whoever buys a number that was given back that day pays for it too.
                source = f"{number.sid}:{begun.timestamp():.0f}"
                charges.append(_row(source, number.account_sid, begun.date(), charge))
                number.charge_at = begun + timedelta(seconds=1)
    sources = [charge["source"] for charge in charges]
    paid = set(await session.scalars(select(ChargeRow.source).where(ChargeRow.source.in_(sources))))
    fresh = [charge for charge in charges if charge["source"] not in paid]
    await _write(session, fresh, [])
    return len(fresh)


async def _rate(session: AsyncSession, calls: Sequence[CallRow], at: datetime) -> None:
    book = await tariff_book(session, (call.to_number for call in calls))
    types = await _number_types(session, calls)
    before = (await session.scalars(select(ChargeRow).where(ChargeRow.source.in_([call.sid for call in calls])))).all()
    prices: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for call in calls:
        charges = charges_of_call(_facts(call, types.get(call.phone_number_sid or "")), book)
        rows += [_row(call.sid, call.account_sid, call.date_created.date(), charge) for charge in charges]
        price = -sum((charge.sell for charge in charges), Decimal(0)) if charges else None
        prices.append({"sid": call.sid, "price": price, "rated_at": at})
    await session.execute(delete(ChargeRow).where(ChargeRow.source.in_([call.sid for call in calls])))
    await _write(session, rows, before)
    await session.execute(update(CallRow), prices)  # by primary key, for all at once


async def _number_types(session: AsyncSession, calls: Iterable[CallRow]) -> dict[str, str]:
    wanted = {call.phone_number_sid for call in calls if call.direction == Direction.ORIGINATING}
    statement = select(PhoneNumberRow.sid, PhoneNumberRow.type).where(PhoneNumberRow.sid.in_(wanted))
    return {row.sid: row.type for row in await session.execute(statement)}


def _facts(call: CallRow, number_type: str | None) -> CallFacts:
    answered = 0
    if call.answered_at is not None and call.released_at is not None:
        answered = max(1, ceil((call.released_at - call.answered_at).total_seconds()))
    return CallFacts(
        terminating=call.direction == Direction.TERMINATING,
        number=call.to_number,
        number_type=number_type if call.direction == Direction.ORIGINATING else None,
        answered_s=answered,
        at=call.date_created,
        secure=bool(call.secure_media),
        cnam_lookups=call.cnam_lookups,
    )


def _due(number: PhoneNumberRow) -> datetime:
    return number.charge_at or number.date_created


def _months(number: PhoneNumberRow, at: datetime) -> Iterable[datetime]:
    """When its months began that are not charged yet: on the day of its purchase, each is paid when it begins."""
    bought, due = number.date_created, _due(number)
    for count in range((at.year - bought.year) * 12 + at.month - bought.month + 1):
        begun = _months_later(bought, count)
        if due <= begun <= at:
            yield begun


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day of a later month, or its last one."""
    years, month = divmod(moment.month - 1 + months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=moment.year + years, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=moment.year + years, month=month + 1)


def _row(source: str, account_sid: str, day: date, charge: Charge) -> dict[str, Any]:
    return {
        "source": source,
        "service": charge.service.value,
        "account_sid": account_sid,
        "day": day,
        "category": charge.category,
        "seconds": charge.seconds,
        "sell": charge.sell,
        "buy": charge.buy,
    }


async def _write(session: AsyncSession, rows: Sequence[dict[str, Any]], before: Sequence[ChargeRow]) -> None:
    """The charges as rows, and their difference to those `before` into the usage."""
    connection = await session.connection()
    if rows:
        await connection.execute(ChargeRow.__table__.insert(), list(rows))  # type: ignore[attr-defined]
    sums = add_up((row["account_sid"], row["day"], _charge(row)) for row in rows)
    taken = add_up((row.account_sid, row.day, _charge(row.__dict__)) for row in before)
    for key, usage in taken.items():
        into = sums.setdefault(key, Usage())
        into.count -= usage.count
        into.seconds -= usage.seconds
        into.sell -= usage.sell
        into.buy -= usage.buy
    changed = [_usage(key, usage) for key, usage in sorted(sums.items(), key=_place) if usage != Usage()]
    if changed:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        table = UsageDayRow.__table__
        statement = insert(table)  # type: ignore[arg-type]
        adding = {name: table.c[name] + statement.excluded[name] for name in ("count", "seconds", "sell", "buy")}
        keys = ["account_sid", "category", "day"]
        await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=adding), changed)


def _place(item: tuple[UsageKey, Usage]) -> tuple[str, str, date]:
    """Rows are written in one order everywhere: two raters wait for each other instead of dying of a deadlock."""
    key, _ = item
    return key.account_sid, key.category, key.day


def _charge(row: dict[str, Any]) -> Charge:
    return Charge(Service(row["service"]), row["category"], row["seconds"], row["sell"], row["buy"])


def _usage(key: UsageKey, usage: Usage) -> dict[str, Any]:
    return {
        "account_sid": key.account_sid,
        "category": key.category,
        "day": key.day,
        "count": usage.count,
        "seconds": usage.seconds,
        "sell": usage.sell,
        "buy": usage.buy,
    }
