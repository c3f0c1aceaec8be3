"""Calls into charges and daily usage, once each, on both engines (row 146; goal 9: prices re-rate to the millionth)."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from tests.unit.platform_store import rows
from trunkline.platform.store.engine import Store
from trunkline.platform.store.rating import (
    BATCH,
    charge_before_leaving,
    charge_numbers,
    rate_again,
    rate_before_deletion,
    rate_new_calls,
)
from trunkline.platform.store.repository.call_record import delete_call_record, hold_call
from trunkline.platform.store.table import CallRow, ChargeRow, PhoneNumberRow, TariffRow, UsageDayRow

AT = rows.AT
DAY = AT.date()


def call(number: int, answered_s: float | None = 61.0, *, terminating: bool = True, at: datetime = AT) -> CallRow:
    answered = None if answered_s is None else at + timedelta(seconds=2)
    return CallRow(
        sid=rows.sid("CA", number),
        account_sid=rows.ACCOUNT,
        phone_number_sid=rows.sid("PN", 1),
        direction="trunking-terminating" if terminating else "trunking-originating",
        from_number="+15005550101",
        to_number="+15005550100",
        status="completed",
        date_created=at,
        date_updated=at,
        invited_at=at,
        answered_at=answered,
        released_at=at if answered is None else answered + timedelta(seconds=answered_s or 0),
    )


def tariff(number: int, service: str, sell: str, buy: str = "0", prefix: str = "+", number_type: str = "") -> TariffRow:
    return TariffRow(
        sid=rows.sid("TF", number),
        service=service,  # type: ignore[arg-type]
        prefix=prefix,
        number_type=number_type,  # type: ignore[arg-type]
        sell=Decimal(sell),
        buy=Decimal(buy),
        effective_from=datetime(2025, 1, 1, tzinfo=UTC),
        date_created=AT,
        date_updated=AT,
    )


async def keep(store: Store, *kept: object) -> None:
    async with store.appending() as session:
        session.add_all(kept)
        await session.commit()


async def usage(store: Store) -> dict[str, tuple[int, int, str]]:
    async with store.reading() as session:
        found = await session.scalars(select(UsageDayRow))
        return {row.category: (row.count, row.seconds, str(row.sell.normalize())) for row in found if row.day == DAY}


async def prices(store: Store) -> list[str | None]:
    async with store.reading() as session:
        found = await session.scalars(select(CallRow.price).order_by(CallRow.sid))
        return [None if price is None else str(price.normalize()) for price in found]


def number() -> PhoneNumberRow:
    return PhoneNumberRow(
        sid=rows.sid("PN", 1), phone_number="+15005550100", iso_country="US", type="toll-free", stocked_at=AT,
        account_sid=rows.ACCOUNT, date_created=AT, date_updated=AT, charge_at=AT,
    )  # fmt: skip


async def test_row_146_each_call_is_rated_once(store: Store) -> None:
    await keep(store, tariff(1, "termination", "0.007"), call(1), call(2, 0.2), call(3, None))
    assert await rate_new_calls(store, AT) == 3
    assert await rate_new_calls(store, AT) == 0
    assert await prices(store) == ["-0.014", "-0.007", None]
    assert await usage(store) == {"trunking-termination": (2, 180, "0.021"), "totalprice": (2, 180, "0.021")}


async def test_row_146_an_origination_call_is_rated_by_the_type_of_its_number(store: Store) -> None:
    await keep(store, rows.account(), number())
    await keep(store, tariff(1, "origination", "0.003"), tariff(2, "origination", "0.02", number_type="toll-free"))
    await keep(store, call(1, 30, terminating=False))
    await rate_new_calls(store, AT)
    assert await prices(store) == ["-0.02"]
    assert (await usage(store))["trunking-origination-tollfree"] == (1, 60, "0.02")


async def test_row_69_a_look_up_of_a_name_is_charged_though_nobody_answered(store: Store) -> None:
    looked_up, free = call(1, None, terminating=False), call(2, None, terminating=False)
    looked_up.cnam_lookups = 1
    await keep(store, tariff(1, "cnam-lookup", "0.01"), looked_up, free)
    await rate_new_calls(store, AT)
    assert await prices(store) == ["-0.01", None]
    assert (await usage(store))["calleridlookups"] == (1, 0, "0.01")


async def test_goal_9_rating_again_changes_nothing_until_a_tariff_does(store: Store) -> None:
    await keep(store, tariff(1, "termination", "0.007"), *(call(n, 7.0 * n) for n in range(1, 21)))
    await rate_new_calls(store, AT)
    before = await usage(store), await prices(store)
    assert await rate_again(store, AT, AT + timedelta(days=1), AT) == 20
    assert (await usage(store), await prices(store)) == before
    await keep(store, tariff(2, "termination", "0.014", prefix="+1500"))
    assert await rate_again(store, AT, AT + timedelta(days=1), AT) == 20
    assert Decimal((await usage(store))["totalprice"][2]) == Decimal(before[0]["totalprice"][2]) * 2


async def test_the_sum_of_the_charges_is_the_usage(store: Store) -> None:
    await keep(store, tariff(1, "termination", "0.0071", "0.003"), *(call(n, 13.0 * n) for n in range(1, 31)))
    while await rate_new_calls(store, AT):
        pass
    async with store.reading() as session:
        charges = (await session.scalars(select(ChargeRow))).all()
        day = await session.get(UsageDayRow, (rows.ACCOUNT, "totalprice", DAY))
    assert day is not None
    assert (day.count, day.sell, day.buy) == (
        30,
        sum((c.sell for c in charges), Decimal(0)),
        sum((c.buy for c in charges), Decimal(0)),
    )


async def test_two_raters_at_once_charge_each_call_once(store: Store) -> None:
    await keep(store, tariff(1, "termination", "0.01"), *(call(n) for n in range(1, 41)))
    await asyncio.gather(*(rate_new_calls(store, AT) for _ in range(3)))
    while await rate_new_calls(store, AT):
        pass
    assert (await usage(store))["totalprice"] == (40, 40 * 120, "0.8")


async def test_a_number_is_charged_for_each_month_begun(store: Store) -> None:
    bought = datetime(2025, 10, 31, 12, tzinfo=UTC)
    row = number()
    row.date_created = row.charge_at = bought
    await keep(store, rows.account(), row)
    await keep(store, tariff(1, "number-month", "2.15"))
    assert await charge_numbers(store, datetime(2026, 2, 28, 11, tzinfo=UTC)) == 4
    assert await charge_numbers(store, datetime(2026, 2, 28, 13, tzinfo=UTC)) == 1
    assert await charge_numbers(store, datetime(2026, 3, 1, tzinfo=UTC)) == 0
    async with store.reading() as session:
        days = await session.scalars(select(ChargeRow.day).order_by(ChargeRow.day))
        assert list(days) == [
            date(2025, 10, 31),
            date(2025, 11, 30),
            date(2025, 12, 31),
            date(2026, 1, 31),
            date(2026, 2, 28),
        ]


async def number_charges(store: Store) -> list[tuple[str, date]]:
    async with store.reading() as session:
        found = await session.scalars(select(ChargeRow).order_by(ChargeRow.day, ChargeRow.account_sid))
        return [(charge.account_sid, charge.day) for charge in found]


async def test_a_number_given_back_is_paid_for_and_so_is_who_buys_it_the_same_day(store: Store) -> None:
    row, other = number(), rows.account(2)
    await keep(store, rows.account(), other, row, tariff(1, "number-month", "2.15"))
    for owner, hour in ((rows.ACCOUNT, 1), (other.sid, 2)):
        moment = AT + timedelta(hours=hour)
        async with store.appending() as session:
            held = await session.get_one(PhoneNumberRow, row.sid)
            held.account_sid, held.date_created, held.charge_at = owner, moment, moment
            await session.commit()
        async with store.appending() as session:
            held = await session.get_one(PhoneNumberRow, row.sid)
            await charge_before_leaving(session, held, moment + timedelta(minutes=1))
            held.account_sid = held.charge_at = None
            await session.commit()
    assert await charge_numbers(store, AT + timedelta(days=1)) == 0
    assert await number_charges(store) == [(rows.ACCOUNT, DAY), (other.sid, DAY)]


async def test_months_without_a_tariff_wait_for_one_until_a_later_one_is_charged(store: Store) -> None:
    await keep(store, rows.account(), number())
    assert await charge_numbers(store, AT + timedelta(days=70)) == 0
    late = tariff(1, "number-month", "2.15")
    late.effective_from = AT + timedelta(days=20)
    await keep(store, late)
    assert await charge_numbers(store, AT + timedelta(days=70)) == 2  # 2 February, 2 March
    await keep(store, tariff(2, "number-month", "1.15"))
    assert await charge_numbers(store, AT + timedelta(days=70)) == 0
    assert [day for _, day in await number_charges(store)] == [date(2026, 2, 2), date(2026, 3, 2)]


async def test_more_numbers_than_a_batch_are_charged_once_by_two_at_a_time(store: Store) -> None:
    """Two control processes; numbers without a tariff stand in nobody's way."""
    numbers = [rows.number(index) for index in range(BATCH + 50)]
    for index, row in enumerate(numbers):
        row.charge_at, row.phone_number = AT, f"+44207946{index:04}" if index < BATCH else row.phone_number
    await keep(store, rows.account(), tariff(1, "number-month", "1", prefix="+1"), *numbers)
    assert sum(await asyncio.gather(charge_numbers(store, AT), charge_numbers(store, AT))) == 50
    assert (await usage(store))["totalprice"] == (50, 0, "5E+1")


async def test_goal_9_rating_again_waits_for_a_call_that_is_being_rated(store: Store) -> None:
    """It may be by the tariff that has been corrected: who passed such a call over would leave the old price."""
    await keep(store, tariff(1, "termination", "0.007"), call(1))
    async with store.appending() as rating:
        await rating.scalars(select(CallRow).with_for_update())
        again = asyncio.create_task(rate_again(store, AT, AT + timedelta(days=1), AT))
        await asyncio.wait([again], timeout=0.2)
        assert not again.done()
        await rating.rollback()
    assert await again == 1


async def test_a_call_deleted_while_it_is_rated_is_charged_once(store: Store) -> None:
    await keep(store, tariff(1, "termination", "0.007"), call(1))

    async def deleted() -> None:
        async with store.appending() as session:
            held = await hold_call(session, rows.ACCOUNT, rows.sid("CA", 1))
            assert held is not None
            await rate_before_deletion(session, held, AT)
            await delete_call_record(session, held)
            await session.commit()

    await asyncio.gather(rate_new_calls(store, AT), deleted())
    assert (await usage(store))["totalprice"] == (1, 120, "0.014")
    assert await prices(store) == []
