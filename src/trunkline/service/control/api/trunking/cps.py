"""`/v1/Trunks/{sid}/Cps`: a trunk's calls a second, as its owner changes them (row 40); not a resource of Twilio's."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from trunkline.platform.store.table import AccountRow, TrunkRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, Number, form_of
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.trunking.trunk_cps import SELF_SERVICE, change_cps, cps_in_force, read_cps

router = APIRouter()
_PATH = "/v1/Trunks/{trunk_sid}/Cps"


class CpsForm(Form):
    cps: Number


class CpsBody(BaseModel):
    trunk_sid: str
    account_sid: str
    cps: int | None
    """In force now; null is no limit."""
    next_cps: int | None
    next_cps_date: IsoDate | None
    """When a cut takes effect; null when none lies ahead."""
    self_service_cps: int


def cps_body(row: TrunkRow, account: AccountRow, now: datetime) -> CpsBody:
    ahead = row.cps_next_at is not None and now < row.cps_next_at
    return CpsBody(
        trunk_sid=row.sid,
        account_sid=row.account_sid,
        cps=cps_in_force(row, account, now),
        next_cps=row.cps_next if ahead else None,
        next_cps_date=row.cps_next_at if ahead else None,
        self_service_cps=SELF_SERVICE,
    )


@router.get(_PATH)
async def fetch(caller: Caller, control: Context, trunk_sid: str) -> CpsBody:
    return cps_body(*await read_cps(control.bench, caller.sid, trunk_sid), control.bench.wall())


@router.post(_PATH)
async def update(
    caller: Caller, control: Context, trunk_sid: str, form: Annotated[CpsForm, Depends(form_of(CpsForm))]
) -> CpsBody:
    return cps_body(*await change_cps(control.bench, caller.sid, trunk_sid, form.cps), control.bench.wall())
