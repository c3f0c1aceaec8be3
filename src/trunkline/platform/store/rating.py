"""Finished calls into charges, and charges into daily usage: in one commit, each call once, or anew when asked.

A batch replaces what its calls were charged before, and adds only the difference to the usage. So a call that is rated
again leaves the sums as they were, unless a tariff has changed.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import ceil
from typing import Any, Final

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.domain.rating.charge import CallFacts, Charge, charge_of_number_month, charges_of_call
from trunkline.domain.rating.tariff import Increments, Service, Tariff, TariffBook
from trunkline.domain.rating.usage import Usage, UsageKey, add_up
from trunkline.domain.record.call_record import Direction
from trunkline.platform.store.engine import Store
from trunkline.platform.store.table import CallRow, ChargeRow, PhoneNumberRow, TariffRow, UsageDayRow

BATCH: Final = 200
"""Calls in one transaction: it stays far below 100 ms (design, decision 18)."""


async def tariff_book(session: AsyncSession) -> TariffBook:
    """Every tariff, of the past too."""
    return TariffBook(await all_tariffs(session))


async def all_tariffs(session: AsyncSession) -> list[Tariff]:
    return [tariff_of(row) for row in await session.scalars(select(TariffRow))]


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
        calls = await _calls(session, wanted)
        if calls:
            await _rate(session, calls, await tariff_book(session), at)
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
            calls = await _calls(session, wanted)
            if not calls:
                return total
            await _rate(session, calls, await tariff_book(session), at)
            await session.commit()
        total, seen = total + len(calls), calls[-1].sid


async def rate_before_deletion(session: AsyncSession, call: CallRow, at: datetime) -> None:
    """A call that is deleted before its turn is charged all the same; the caller commits."""
    if call.rated_at is None:
        await _rate(session, [call], await tariff_book(session), at)


async def charge_numbers(store: Store, at: datetime) -> int:
    """Charge each bought number for every month that has begun since it was bought; how many months were new."""
    async with store.appending() as session:
        book = await tariff_book(session)
        bought = select(PhoneNumberRow).where(PhoneNumberRow.account_sid.is_not(None))
        charges = [made for row in await session.scalars(bought) for made in _months(row, book, at)]
        known = await _charged(session, [row["source"] for row in charges])
        fresh = [row for row in charges if row["source"] not in known]
        await _write(session, fresh, [])
        await session.commit()
    return len(fresh)


async def _calls(session: AsyncSession, wanted: Select[CallRow]) -> Sequence[CallRow]:
    # Two raters on PostgreSQL take different calls; SQLite has one writer at a time anyway.
    return (await session.scalars(wanted.with_for_update(skip_locked=True))).all()


async def _rate(session: AsyncSession, calls: Sequence[CallRow], book: TariffBook, at: datetime) -> None:
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


def _months(row: PhoneNumberRow, book: TariffBook, at: datetime) -> Iterable[dict[str, Any]]:
    """A number's months are those of its purchase day, counted on; each is paid when it begins."""
    if row.account_sid is None:
        return
    for count in range((at.year - row.date_created.year) * 12 + at.month - row.date_created.month + 1):
        begun = _months_later(row.date_created, count)
        charge = charge_of_number_month(row.phone_number, row.type, begun, book) if begun <= at else None
        if charge is not None:
            yield _row(f"{row.sid}:{begun:%Y-%m-%d}", row.account_sid, begun.date(), charge)


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day of a later month, or its last one."""
    years, month = divmod(moment.month - 1 + months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=moment.year + years, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=moment.year + years, month=month + 1)


async def _charged(session: AsyncSession, sources: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(sources), BATCH):
        wanted = select(ChargeRow.source).where(ChargeRow.source.in_(sources[start : start + BATCH]))
        found.update(await session.scalars(wanted))
    return found


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
