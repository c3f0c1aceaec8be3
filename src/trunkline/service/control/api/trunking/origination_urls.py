"""`/v1/Trunks/{sid}/OriginationUrls` (row 134)."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.trunk import find_origination_url, find_trunk, origination_urls_of
from trunkline.platform.store.table import OriginationUrlRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Flag, Form, Number, form_of
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.refusal import existing
from trunkline.service.control.provisioning.trunking.origination_url import (
    OriginationUrlFields,
    create_origination_url,
    delete_origination_url,
    update_origination_url,
)

router = APIRouter()
_PATH = "/v1/Trunks/{trunk_sid}/OriginationUrls"


class NewOriginationUrl(Form):
    weight: Number
    priority: Number
    enabled: Flag
    friendly_name: str
    sip_url: str


class OriginationUrlForm(Form):
    weight: Number = 10
    priority: Number = 10
    enabled: Flag = True
    friendly_name: str = ""
    sip_url: str = ""


class OriginationUrlBody(BaseModel):
    account_sid: str
    sid: str
    trunk_sid: str
    weight: int
    enabled: bool
    sip_url: str
    friendly_name: str
    priority: int
    date_created: IsoDate
    date_updated: IsoDate
    url: str


def _body(row: OriginationUrlRow, base: str) -> OriginationUrlBody:
    return OriginationUrlBody(
        account_sid=row.account_sid,
        sid=row.sid,
        trunk_sid=row.trunk_sid,
        weight=row.weight,
        enabled=row.enabled,
        sip_url=row.sip_url,
        friendly_name=row.friendly_name,
        priority=row.priority,
        date_created=row.date_created,
        date_updated=row.date_updated,
        url=f"{base}/v1/Trunks/{row.trunk_sid}/OriginationUrls/{row.sid}",
    )


_LIST = MetaList("origination_urls", OriginationUrlBody)


@router.get(_PATH, response_model=_LIST.model)
async def list_urls(caller: Caller, control: Context, trunk_sid: str, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        existing(await find_trunk(session, caller.sid, trunk_sid))
        rows = await origination_urls_of(session, trunk_sid, page.cut)
    return _LIST.page(page, rows, [_body(row, page.base) for row in rows.rows])


@router.post(_PATH, status_code=201)
async def create(
    request: Request,
    caller: Caller,
    control: Context,
    trunk_sid: str,
    form: Annotated[NewOriginationUrl, Depends(form_of(NewOriginationUrl))],
) -> OriginationUrlBody:
    fields = cast("OriginationUrlFields", form.sent())
    return _body(await create_origination_url(control.bench, caller.sid, trunk_sid, fields), base_url(request))


@router.get(_PATH + "/{sid}")
async def fetch(request: Request, caller: Caller, control: Context, trunk_sid: str, sid: str) -> OriginationUrlBody:
    async with control.bench.store.reading() as session:
        existing(await find_trunk(session, caller.sid, trunk_sid))
        row = existing(await find_origination_url(session, trunk_sid, sid))
    return _body(row, base_url(request))


@router.post(_PATH + "/{sid}")
async def update(
    request: Request,
    caller: Caller,
    control: Context,
    trunk_sid: str,
    sid: str,
    form: Annotated[OriginationUrlForm, Depends(form_of(OriginationUrlForm))],
) -> OriginationUrlBody:
    fields = cast("OriginationUrlFields", form.sent())
    row = await update_origination_url(control.bench, caller.sid, trunk_sid, sid, fields)
    return _body(row, base_url(request))


@router.delete(_PATH + "/{sid}", status_code=204)
async def delete(caller: Caller, control: Context, trunk_sid: str, sid: str) -> None:
    await delete_origination_url(control.bench, caller.sid, trunk_sid, sid)
