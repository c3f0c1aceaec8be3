"""Use cases of accounts: sub-accounts, status, the operator's limits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypedDict

from trunkline.kit.secret import Secret
from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.table import AccountRow
from trunkline.platform.store.vault import account_token_context
from trunkline.service.control.provisioning.field_rule import check_friendly_name, check_limit
from trunkline.service.control.provisioning.operator.geographic_default import check_countries, default_countries
from trunkline.service.control.provisioning.refusal import NotFound, Refusal, existing, invalid
from trunkline.service.control.provisioning.workbench import Workbench

Status = Literal["active", "suspended", "closed"]
AccountType = Literal["Trial", "Full"]
MOST_CREDIT = 1_000_000_000
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


class LimitFields(TypedDict, total=False):
    """None is no limit."""

    cps: int | None
    pool_cps: int | None
    concurrent: int | None
    countries: Sequence[str]


async def create_sub_account(bench: Workbench, parent: AccountRow, friendly_name: str | None) -> AccountRow:
    """With the documented defaults of limits and a fresh token; a sub-account has none below it (20003)."""
    if parent.parent_sid is not None:
        raise Refusal(20003, "A sub-account cannot have sub-accounts", 403)
    now, sid = bench.wall(), bench.ids.sid("AC")
    name = check_friendly_name(friendly_name) or f"SubAccount Created at {now:%Y-%m-%d %I:%M %p}"
    token = Secret(bench.ids.token())
    async with bench.store.writing() as session:
        row = AccountRow(
            sid=sid,
            parent_sid=parent.sid,
            friendly_name=name,
            type=parent.type,
            auth_token_sealed=bench.vault.seal(token, account_token_context(sid)),
            cps=bench.default_cps,
            countries=await default_countries(session),
            date_created=now,
            date_updated=now,
        )
        session.add(row)
        await session.commit()
    return row


async def update_account(
    bench: Workbench, caller: AccountRow, sid: str, *, friendly_name: str | None, status: Status | None
) -> AccountRow:
    """Only a parent changes a status, only of a sub-account, and closing is final (20001)."""
    name = check_friendly_name(friendly_name) if friendly_name is not None else None
    async with bench.store.writing() as session:
        row = await find_account(session, sid)
        if row is None or caller.sid not in (row.sid, row.parent_sid):
            raise NotFound
        if status is not None and status != row.status:
            if row.parent_sid != caller.sid:
                raise invalid("Status", "only the parent account changes the status of a sub-account")
            if row.status == "closed":
                raise invalid("Status", "a closed account stays closed")
            row.status = status
        if name is not None:
            row.friendly_name = name
        row.date_updated = bench.wall()
        await session.commit()
    return row


@dataclass(frozen=True, slots=True)
class Standing:
    """What the operator says of an account; None leaves as it is.

    `credit` replaces what may be spent, empty takes the limit away; `top_up` is added to it. Both are amounts.
    """

    status: Status | None = None
    type: AccountType | None = None
    credit: str | None = None
    top_up: str | None = None


async def set_standing(bench: Workbench, sid: str, standing: Standing) -> AccountRow:
    """The operator's word on any account; what is closed stays closed (20001)."""
    async with bench.store.writing() as session:
        row = existing(await find_account(session, sid))
        if standing.status is not None and standing.status != row.status:
            if row.status == "closed":
                raise invalid("Status", "a closed account stays closed")
            row.status = standing.status
        row.type = standing.type or row.type
        if standing.credit is not None:
            row.credit = _amount("Credit", standing.credit) if standing.credit else None
        if standing.top_up:
            row.credit = (row.credit or Decimal(0)) + _amount("TopUp", standing.top_up)
        row.date_updated = bench.wall()
        await session.commit()
    return row


def _amount(parameter: str, text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text):
        raise invalid(parameter, f"must be an amount below {MOST_CREDIT} with at most six decimals")
    return Decimal(text)


async def set_limits(bench: Workbench, sid: str, fields: LimitFields) -> AccountRow:
    check_limit("Cps", fields.get("cps"), "no limit")
    check_limit("PoolCps", fields.get("pool_cps"), "no limit")
    check_limit("Concurrent", fields.get("concurrent"), "no limit")
    countries = check_countries(fields.get("countries", ()))
    async with bench.store.writing() as session:
        row = existing(await find_account(session, sid))
        if "cps" in fields:
            row.cps = fields["cps"]
        if "pool_cps" in fields:
            row.pool_cps = fields["pool_cps"]
        if "concurrent" in fields:
            row.concurrent = fields["concurrent"]
        if "countries" in fields:
            row.countries = countries
        row.date_updated = bench.wall()
        await session.commit()
    return row
