"""Credit that is used up stops calls, and a top-up lets them go on (row 15; sip.md 3.2 step 5; goal 14)."""

from datetime import date
from decimal import Decimal

from sqlalchemy.dialects import sqlite

from tests.unit.platform_store import rows
from trunkline.domain.trunk.facts import AccountStatus
from trunkline.kit.ids import AccountSid
from trunkline.platform.store.directory import StoreDirectory
from trunkline.platform.store.engine import Store
from trunkline.platform.store.funds import settle_funds, spent_of_credit
from trunkline.platform.store.repository.usage import spent
from trunkline.platform.store.table import AccountRow, UsageDayRow
from trunkline.platform.store.vault import Vault


def account(number: int, credit: str | None, parent: int | None = None) -> AccountRow:
    row = rows.account(number)
    row.credit = None if credit is None else Decimal(credit)
    row.parent_sid = None if parent is None else rows.sid("AC", parent)
    return row


def used(number: int, sell: str, day: int = 1) -> UsageDayRow:
    return UsageDayRow(
        account_sid=rows.sid("AC", number), category="totalprice", day=date(2026, 1, day), count=1, seconds=60,
        sell=Decimal(sell), buy=Decimal(0),
    )  # fmt: skip


async def keep(store: Store, *kept: object) -> None:
    async with store.appending() as session:
        session.add_all(kept)
        await session.commit()


async def status(store: Store, vault: Vault, number: int) -> AccountStatus:
    facts = await StoreDirectory(store, vault).account(AccountSid(rows.sid("AC", number)))
    assert facts is not None
    return facts.status


async def test_row_15_an_account_out_of_funds_is_refused_until_it_is_topped_up(store: Store, vault: Vault) -> None:
    await keep(store, account(1, "1.5"), account(2, None), used(1, "1"), used(2, "99"))
    assert await settle_funds(store) == 0
    await keep(store, used(1, "0.5", day=2))
    assert await settle_funds(store) == 1
    assert await settle_funds(store) == 0
    assert await status(store, vault, 1) is AccountStatus.SUSPENDED
    assert await status(store, vault, 2) is AccountStatus.ACTIVE
    async with store.writing() as session:
        row = await session.get(AccountRow, rows.sid("AC", 1))
        assert row is not None
        row.credit = Decimal("1.6")
        await session.commit()
    assert await settle_funds(store) == 1
    assert await status(store, vault, 1) is AccountStatus.ACTIVE


async def test_row_15_sub_accounts_spend_their_parents_credit(store: Store, vault: Vault) -> None:
    await keep(store, account(1, "2"), account(2, None, 1), account(3, "5", 1))
    await keep(store, used(1, "0.5"), used(2, "1.5"), used(3, "4"))
    assert await settle_funds(store) == 1
    assert await status(store, vault, 1) is AccountStatus.SUSPENDED
    assert await status(store, vault, 2) is AccountStatus.SUSPENDED, "its parent's state holds for it"
    async with store.reading() as session:  # what Balance shows
        assert [await spent(session, rows.sid("AC", number)) for number in (1, 2, 3)] == [2, Decimal("1.5"), 4]


async def test_taking_the_limit_away_lets_calls_go_on(store: Store, vault: Vault) -> None:
    await keep(store, account(1, "0"))
    assert await settle_funds(store) == 1
    async with store.writing() as session:
        row = await session.get(AccountRow, rows.sid("AC", 1))
        assert row is not None
        row.credit = None
        await session.commit()
    assert await settle_funds(store) == 1
    assert await status(store, vault, 1) is AccountStatus.ACTIVE


async def test_only_the_totals_of_accounts_with_credit_are_read(sqlite_store: Store) -> None:
    """Asked every five seconds, over every day that there ever was."""
    statement = spent_of_credit().compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    async with sqlite_store.engine.connect() as connection:
        plan = [row.detail for row in await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    usage = [step for step in plan if "usage_day" in step]
    assert usage
    assert all(step.startswith("SEARCH") and "account_sid=? AND category=?" in step for step in usage), plan
