"""Column types: what goes in comes out, exactly; what would not is refused."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from tests.unit.platform_store import rows
from trunkline.platform.store.engine import Store
from trunkline.platform.store.table import AccountRow


async def _stored(store: Store, account: AccountRow) -> AccountRow:
    async with store.writing() as session:
        session.add(account)
        await session.commit()
    async with store.reading() as session:
        return (await session.scalars(select(AccountRow))).one()


async def test_a_date_in_another_zone_comes_back_as_the_same_moment_in_utc(store: Store) -> None:
    account = rows.account()
    account.date_created = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    found = await _stored(store, account)
    assert found.date_created == datetime(2026, 1, 1, 21, 34, 5, 678901, tzinfo=UTC)
    assert found.date_created.tzinfo is UTC


async def test_a_naive_date_is_refused(store: Store) -> None:
    account = rows.account()
    account.date_created = datetime(2026, 1, 2)  # noqa: DTZ001 - the fault under test
    with pytest.raises(StatementError, match="naive"):
        await _stored(store, account)


@pytest.mark.parametrize("amount", ["0.000001", "-123456789.123456", "0.1", "7"])
async def test_money_is_exact_to_the_millionth(store: Store, amount: str) -> None:
    account = rows.account()
    account.credit = Decimal(amount)
    assert (await _stored(store, account)).credit == Decimal(amount)


async def test_money_finer_than_a_millionth_is_refused(store: Store) -> None:
    account = rows.account()
    account.credit = Decimal("0.0000001")
    with pytest.raises(StatementError, match="millionths"):
        await _stored(store, account)


async def test_sums_of_money_are_exact(store: Store) -> None:
    async with store.writing() as session:
        for number in range(1, 11):
            account = rows.account(number)
            account.credit = Decimal("0.1")
            session.add(account)
        await session.commit()
    async with store.reading() as session:
        assert await session.scalar(select(func.sum(AccountRow.credit))) == Decimal(1)


async def test_a_limit_left_out_is_the_documented_one_and_none_is_no_limit(store: Store) -> None:
    """Rows 38 and 41."""
    plain = await _stored(store, rows.account())
    assert (plain.cps, plain.pool_cps, plain.concurrent) == (1, None, 4)
    async with store.writing() as session:
        unlimited = rows.account(2)
        unlimited.cps = unlimited.concurrent = None
        session.add(unlimited)
        await session.commit()
    async with store.reading() as session:
        found = await session.get(AccountRow, unlimited.sid)
    assert found is not None
    assert (found.cps, found.concurrent) == (None, None)
