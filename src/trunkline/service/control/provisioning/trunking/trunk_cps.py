"""Use cases of a trunk's calls a second: a raise holds at once, a cut from the first of the next month on (row 40)."""

from datetime import datetime
from typing import Final

from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.trunk import find_trunk
from trunkline.platform.store.table import AccountRow, TrunkRow
from trunkline.service.control.provisioning.field_rule import check_limit
from trunkline.service.control.provisioning.refusal import NotFound, Refusal
from trunkline.service.control.provisioning.workbench import Workbench

SELF_SERVICE: Final = 5
"""The most that a customer raises a trunk to; more is the operator's to grant."""


def cps_in_force(row: TrunkRow, account: AccountRow, now: datetime) -> int | None:
    """None is no limit."""
    own = row.cps_next if row.cps_next_at is not None and now >= row.cps_next_at else row.cps
    return account.cps if own is None else own


def first_of_next_month(now: datetime) -> datetime:
    """Midnight UTC."""
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return now.replace(year=year, month=month, day=1, hour=0, minute=0, second=0, microsecond=0)


async def change_cps(bench: Workbench, account_sid: str, trunk_sid: str, cps: int) -> tuple[TrunkRow, AccountRow]:
    """A customer's change: 1 to SELF_SERVICE, or any cut of what was granted; else 21251. The last word counts."""
    now = bench.wall()
    async with bench.store.writing() as session:
        row, account = await _trunk(session, account_sid, trunk_sid)
        current = cps_in_force(row, account, now)
        is_raise = current is not None and cps > current
        if cps < 1 or (is_raise and cps > SELF_SERVICE):
            raise Refusal(21251, f"CPS is 1 to {SELF_SERVICE}, or a cut of what has been granted")
        if is_raise or cps == current:
            row.cps, row.cps_next, row.cps_next_at = cps, None, None
        else:
            # What holds until then is settled here: an earlier cut may have come due.
            row.cps = None if row.cps is None and row.cps_next_at is None else current
            row.cps_next, row.cps_next_at = cps, first_of_next_month(now)
        row.date_updated = now
        await session.commit()
    return row, account


async def grant_cps(bench: Workbench, account_sid: str, trunk_sid: str, cps: int | None) -> tuple[TrunkRow, AccountRow]:
    """The operator's word: any figure, at once; None gives back the account's."""
    check_limit("Cps", cps, "the account's")
    async with bench.store.writing() as session:
        row, account = await _trunk(session, account_sid, trunk_sid)
        row.cps, row.cps_next, row.cps_next_at = cps, None, None
        row.date_updated = bench.wall()
        await session.commit()
    return row, account


async def read_cps(bench: Workbench, account_sid: str, trunk_sid: str) -> tuple[TrunkRow, AccountRow]:
    async with bench.store.reading() as session:
        return await _trunk(session, account_sid, trunk_sid)


async def _trunk(session: DbSession, account_sid: str, trunk_sid: str) -> tuple[TrunkRow, AccountRow]:
    row, account = await find_trunk(session, account_sid, trunk_sid), await find_account(session, account_sid)
    if row is None or account is None:
        raise NotFound
    return row, account
