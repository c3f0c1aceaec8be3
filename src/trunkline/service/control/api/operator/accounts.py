"""`/operator/v1/Accounts`: standing, credit and limits of accounts, and caller IDs that the operator vouches for."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.account import every_account, find_account
from trunkline.platform.store.table import AccountRow
from trunkline.service.control.api.account.accounts import AccountFilter
from trunkline.service.control.api.account.outgoing_caller_ids import CallerIdBody, caller_id_body
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.api.form import Form, Limit, form_of
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.account.account import (
    AccountType,
    LimitFields,
    Standing,
    Status,
    set_limits,
    set_standing,
)
from trunkline.service.control.provisioning.account.caller_id import vouch_for_caller_id
from trunkline.service.control.provisioning.refusal import existing

router = APIRouter()
_PATH = "/operator/v1/Accounts/{account_sid}"


class LimitForm(Form):
    cps: Limit = None
    pool_cps: Limit = None
    concurrent: Limit = None
    countries: tuple[str, ...] = ()


class LimitBody(BaseModel):
    account_sid: str
    cps: int | None
    pool_cps: int | None
    concurrent: int | None
    countries: list[str]


class StandingForm(Form):
    status: Status | None = None
    type: AccountType | None = None
    credit: str | None = None
    """What may be spent in all; empty is no limit."""
    top_up: str | None = None
    """Added to the credit."""


class StandingBody(BaseModel):
    sid: str
    parent_sid: str | None
    friendly_name: str
    status: str
    type: str
    credit: str | None
    out_of_funds: bool
    date_created: IsoDate


class CallerIdForm(Form):
    phone_number: str
    friendly_name: str | None = None


def _body(row: AccountRow) -> LimitBody:
    return LimitBody(
        account_sid=row.sid,
        cps=row.cps,
        pool_cps=row.pool_cps,
        concurrent=row.concurrent,
        countries=row.countries,
    )


def _standing(row: AccountRow) -> StandingBody:
    return StandingBody(
        sid=row.sid,
        parent_sid=row.parent_sid,
        friendly_name=row.friendly_name,
        status=row.status,
        type=row.type,
        credit=None if row.credit is None else format(row.credit.normalize(), "f"),
        out_of_funds=row.out_of_funds,
        date_created=row.date_created,
    )


async def _known(control: Control, account_sid: str) -> AccountRow:
    async with control.bench.store.reading() as session:
        return existing(await find_account(session, account_sid))


_LIST = MetaList("accounts", StandingBody)


@router.get("/operator/v1/Accounts", response_model=_LIST.model)
async def list_accounts(control: Context, page: Page, asked: AccountFilter) -> JSONResponse:
    """Every account of the platform; `FriendlyName` and `Status` keep those that have them."""
    async with control.bench.store.reading() as session:
        rows = await every_account(session, page.cut, friendly_name=asked.friendly_name, status=asked.status)
    return _LIST.page(page, rows, [_standing(row) for row in rows.rows])


@router.get(_PATH)
async def fetch_standing(control: Context, account_sid: str) -> StandingBody:
    return _standing(await _known(control, account_sid))


@router.post(_PATH)
async def update_standing(
    control: Context, account_sid: str, form: Annotated[StandingForm, Depends(form_of(StandingForm))]
) -> StandingBody:
    standing = Standing(form.status, form.type, form.credit, form.top_up)
    return _standing(await set_standing(control.bench, account_sid, standing))


@router.get(_PATH + "/Limits")
async def fetch_limits(control: Context, account_sid: str) -> LimitBody:
    return _body(await _known(control, account_sid))


@router.post(_PATH + "/Limits")
async def update_limits(
    control: Context, account_sid: str, form: Annotated[LimitForm, Depends(form_of(LimitForm))]
) -> LimitBody:
    sent: Any = form.sent()
    fields: LimitFields = sent
    return _body(await set_limits(control.bench, account_sid, fields))


@router.post(_PATH + "/OutgoingCallerIds", status_code=201)
async def add_caller_id(
    control: Context, account_sid: str, form: Annotated[CallerIdForm, Depends(form_of(CallerIdForm))]
) -> CallerIdBody:
    row = await vouch_for_caller_id(control.bench, account_sid, form.phone_number, form.friendly_name)
    return caller_id_body(row)
