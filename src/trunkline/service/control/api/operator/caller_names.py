"""`/operator/v1/CallerNames`: the names of callers that the platform knows by itself (row 69)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.caller_name import caller_names, find_caller_name
from trunkline.platform.store.table import CallerNameRow
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.query import PhoneText, Query, query_of
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.operator.caller_name import forget_caller, name_caller
from trunkline.service.control.provisioning.refusal import existing

router = APIRouter()
_PATH = "/operator/v1/CallerNames"


class NameForm(Form):
    phone_number: str
    name: str


class NameQuery(Query):
    phone_number: PhoneText | None = None


class CallerNameBody(BaseModel):
    sid: str
    phone_number: str
    name: str
    date_created: IsoDate
    date_updated: IsoDate


def _body(row: CallerNameRow) -> CallerNameBody:
    return CallerNameBody(
        sid=row.sid,
        phone_number=row.phone_number,
        name=row.name,
        date_created=row.date_created,
        date_updated=row.date_updated,
    )


_LIST = MetaList("caller_names", CallerNameBody)


@router.get(_PATH, response_model=_LIST.model)
async def list_names(
    control: Context, page: Page, asked: Annotated[NameQuery, Depends(query_of(NameQuery))]
) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await caller_names(session, page.cut, asked.phone_number)
    return _LIST.page(page, rows, [_body(row) for row in rows.rows])


@router.post(_PATH, status_code=201)
async def create(control: Context, form: Annotated[NameForm, Depends(form_of(NameForm))]) -> CallerNameBody:
    return _body(await name_caller(control.bench, form.phone_number, form.name))


@router.get(_PATH + "/{sid}")
async def fetch(control: Context, sid: str) -> CallerNameBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_caller_name(session, sid))
    return _body(row)


@router.delete(_PATH + "/{sid}", status_code=204)
async def delete(control: Context, sid: str) -> None:
    await forget_caller(control.bench, sid)
