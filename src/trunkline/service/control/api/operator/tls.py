"""`/operator/v1/Accounts/{AC}/Tls` and `/operator/v1/Trunks/{TK}/Tls`: the switches of TLS (docs/tls.md)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.repository.trunk import find_any_trunk
from trunkline.platform.store.table import AccountRow, TrunkRow
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Flag, Form, form_of
from trunkline.service.control.provisioning.operator.tls import allow_deprecated_tls, verify_far_side
from trunkline.service.control.provisioning.refusal import existing

router = APIRouter(prefix="/operator/v1")
_ACCOUNT = "/Accounts/{account_sid}/Tls"
_TRUNK = "/Trunks/{trunk_sid}/Tls"


class AccountTlsForm(Form):
    deprecated_versions: Flag


class AccountTlsBody(BaseModel):
    account_sid: str
    deprecated_versions: bool


class TrunkTlsForm(Form):
    verify: Flag


class TrunkTlsBody(BaseModel):
    trunk_sid: str
    verify: bool


def _account_body(row: AccountRow) -> AccountTlsBody:
    return AccountTlsBody(account_sid=row.sid, deprecated_versions=row.deprecated_tls)


def _trunk_body(row: TrunkRow) -> TrunkTlsBody:
    return TrunkTlsBody(trunk_sid=row.sid, verify=row.tls_verified)


@router.get(_ACCOUNT)
async def fetch_account(control: Context, account_sid: str) -> AccountTlsBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_account(session, account_sid))
    return _account_body(row)


@router.post(_ACCOUNT)
async def update_account(
    control: Context, account_sid: str, form: Annotated[AccountTlsForm, Depends(form_of(AccountTlsForm))]
) -> AccountTlsBody:
    return _account_body(await allow_deprecated_tls(control.bench, account_sid, form.deprecated_versions))


@router.get(_TRUNK)
async def fetch_trunk(control: Context, trunk_sid: str) -> TrunkTlsBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_any_trunk(session, trunk_sid))
    return _trunk_body(row)


@router.post(_TRUNK)
async def update_trunk(
    control: Context, trunk_sid: str, form: Annotated[TrunkTlsForm, Depends(form_of(TrunkTlsForm))]
) -> TrunkTlsBody:
    return _trunk_body(await verify_far_side(control.bench, trunk_sid, form.verify))
