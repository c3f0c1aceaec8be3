"""Calls into charges and daily usage, once each, on both engines (row 146; goal 9: prices re-rate to the millionth)."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from tests.unit.platform_store import rows
from trunkline.platform.store.engine import Store
from trunkline.platform.store.rating import charge_numbers, rate_again, rate_new_calls
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
        account_sid=rows.ACCOUNT, date_created=AT, date_updated=AT,
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
    row.date_created = bought
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
