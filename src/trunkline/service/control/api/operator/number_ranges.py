"""`/operator/v1/DoNotOriginate` and `/operator/v1/HighRiskPrefixes`: number ranges that the operator marks."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.number_range import ranges_of
from trunkline.platform.store.table import NumberRangeRow
from trunkline.platform.store.table.number_range import RangeList
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.operator.number_range import mark_range, unmark_range

router = APIRouter()
_CALLERS = "/operator/v1/DoNotOriginate"
_CALLEES = "/operator/v1/HighRiskPrefixes"


class CallerRangeForm(Form):
    prefix: str
    reason: str = ""


class CalleeRangeForm(CallerRangeForm):
    risk: Literal["low-risk", "special", "tollfraud"]


class RangeBody(BaseModel):
    sid: str
    prefix: str
    reason: str
    date_created: IsoDate


class RiskBody(RangeBody):
    risk: str


def _body(row: NumberRangeRow) -> RangeBody:
    fields = {"sid": row.sid, "prefix": row.prefix, "reason": row.reason, "date_created": row.date_created}
    return (
        RangeBody.model_validate(fields)
        if row.of == "caller"
        else RiskBody.model_validate({**fields, "risk": row.mark})
    )


_CALLER_LIST = MetaList("do_not_originate", RangeBody)
_CALLEE_LIST = MetaList[RangeBody]("high_risk_prefixes", RiskBody)


async def _list(control: Control, page: Page, of: RangeList, shown: MetaList[RangeBody]) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await ranges_of(session, of, page.cut)
    return shown.page(page, rows, [_body(row) for row in rows.rows])


@router.get(_CALLERS, response_model=_CALLER_LIST.model)
async def list_callers(control: Context, page: Page) -> JSONResponse:
    return await _list(control, page, "caller", _CALLER_LIST)


@router.post(_CALLERS, status_code=201)
async def mark_caller(
    control: Context, form: Annotated[CallerRangeForm, Depends(form_of(CallerRangeForm))]
) -> RangeBody:
    return _body(await mark_range(control.bench, "caller", form.prefix, "do-not-originate", form.reason))


@router.delete(_CALLERS + "/{sid}", status_code=204)
async def unmark_caller(control: Context, sid: str) -> None:
    await unmark_range(control.bench, "caller", sid)


@router.get(_CALLEES, response_model=_CALLEE_LIST.model)
async def list_callees(control: Context, page: Page) -> JSONResponse:
    return await _list(control, page, "callee", _CALLEE_LIST)


@router.post(_CALLEES, status_code=201, response_model=RiskBody)
async def mark_callee(
    control: Context, form: Annotated[CalleeRangeForm, Depends(form_of(CalleeRangeForm))]
) -> RangeBody:
    return _body(await mark_range(control.bench, "callee", form.prefix, form.risk, form.reason))


@router.delete(_CALLEES + "/{sid}", status_code=204)
async def unmark_callee(control: Context, sid: str) -> None:
    await unmark_range(control.bench, "callee", sid)
