"""`/operator/v1/Accounts/{AC}/HeaderManipulations`: an account's policies in the operator's hands (row 109)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse

from trunkline.domain.trunk.manipulation.policy_json import rules_from_json
from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.repository.header_policy import header_policies_of
from trunkline.platform.store.table import AccountRow
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.trunking.header_manipulations import (
    PastedInvite,
    PastedRules,
    PolicyBody,
    PolicyChanges,
    PolicyParameters,
    TrialBody,
    policy_body,
    trial_body,
)
from trunkline.service.control.provisioning.refusal import existing
from trunkline.service.control.provisioning.trunking.header_policy import (
    create_policy,
    delete_policy,
    read_rules,
    update_policy,
    usable_policy,
)

router = APIRouter()
_PATH = "/operator/v1/Accounts/{account_sid}/HeaderManipulations"


async def _named(control: Context, account_sid: str) -> AccountRow:
    async with control.bench.store.reading() as session:
        return existing(await find_account(session, account_sid))


Named = Annotated[AccountRow, Depends(_named)]
"""The account that the path names."""


def _list_of(request: Request, account: AccountRow) -> str:
    return base_url(request) + _PATH.replace("{account_sid}", account.sid)


_LIST = MetaList("header_manipulations", PolicyBody)


@router.get(_PATH, response_model=_LIST.model)
async def list_policies(request: Request, account: Named, control: Context, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await header_policies_of(session, account.sid, page.cut)
    items = [policy_body(row, _list_of(request, account)) for row in rows.rows]
    return _LIST.page(page, rows, items)


@router.post(_PATH, status_code=201)
async def create(request: Request, account: Named, control: Context, form: PolicyParameters) -> PolicyBody:
    row = await create_policy(control.bench, account.sid, form.friendly_name, form.rules)
    return policy_body(row, _list_of(request, account))


@router.post(_PATH + "/Test")
async def try_unsaved(_account: Named, form: PastedRules) -> TrialBody:
    """Rules that are not saved."""
    return trial_body(read_rules(form.rules), form.invite)


@router.get(_PATH + "/{sid}")
async def fetch(request: Request, account: Named, control: Context, sid: str) -> PolicyBody:
    async with control.bench.store.reading() as session:
        row = await usable_policy(session, account, sid)
    return policy_body(row, _list_of(request, account))


@router.post(_PATH + "/{sid}")
async def update(request: Request, account: Named, control: Context, sid: str, form: PolicyChanges) -> PolicyBody:
    row = await update_policy(control.bench, account.sid, sid, friendly_name=form.friendly_name, rules=form.rules)
    return policy_body(row, _list_of(request, account))


@router.delete(_PATH + "/{sid}", status_code=204)
async def delete(account: Named, control: Context, sid: str) -> None:
    await delete_policy(control.bench, account.sid, sid)


@router.post(_PATH + "/{sid}/Test")
async def try_saved(account: Named, control: Context, sid: str, form: PastedInvite) -> TrialBody:
    async with control.bench.store.reading() as session:
        row = await usable_policy(session, account, sid)
    return trial_body(rules_from_json(row.rules), form.invite)
