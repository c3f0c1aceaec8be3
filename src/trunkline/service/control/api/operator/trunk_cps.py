"""`/operator/v1/Accounts/{AC}/Trunks/{TK}/Cps`: calls a second that the operator grants a trunk (row 40)."""

from typing import Annotated

from fastapi import APIRouter, Depends

from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, Limit, form_of
from trunkline.service.control.api.trunking.cps import CpsBody, cps_body
from trunkline.service.control.provisioning.trunking.trunk_cps import grant_cps, read_cps

router = APIRouter()
_PATH = "/operator/v1/Accounts/{account_sid}/Trunks/{trunk_sid}/Cps"


class GrantForm(Form):
    cps: Limit


@router.get(_PATH)
async def fetch(control: Context, account_sid: str, trunk_sid: str) -> CpsBody:
    return cps_body(*await read_cps(control.bench, account_sid, trunk_sid), control.bench.wall())


@router.post(_PATH)
async def update(
    control: Context, account_sid: str, trunk_sid: str, form: Annotated[GrantForm, Depends(form_of(GrantForm))]
) -> CpsBody:
    return cps_body(*await grant_cps(control.bench, account_sid, trunk_sid, form.cps), control.bench.wall())
