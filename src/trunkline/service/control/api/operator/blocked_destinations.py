"""`/operator/v1/BlockedDestinations`: prefixes that nobody may call (row 36)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.blocked import blocked_destinations, find_blocked
from trunkline.platform.store.table import BlockedDestinationRow
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.operator.blocked import block_destination, unblock_destination
from trunkline.service.control.provisioning.refusal import existing

router = APIRouter()
_PATH = "/operator/v1/BlockedDestinations"


class BlockForm(Form):
    prefix: str
    reason: str = ""


class BlockedBody(BaseModel):
    sid: str
    prefix: str
    reason: str
    date_created: IsoDate


def _body(row: BlockedDestinationRow) -> BlockedBody:
    return BlockedBody(sid=row.sid, prefix=row.prefix, reason=row.reason, date_created=row.date_created)


_LIST = MetaList("blocked_destinations", BlockedBody)


@router.get(_PATH, response_model=_LIST.model)
async def list_blocked(control: Context, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await blocked_destinations(session, page.cut)
    return _LIST.page(page, rows, [_body(row) for row in rows.rows])


@router.post(_PATH, status_code=201)
async def create(control: Context, form: Annotated[BlockForm, Depends(form_of(BlockForm))]) -> BlockedBody:
    return _body(await block_destination(control.bench, form.prefix, form.reason))


@router.get(_PATH + "/{sid}")
async def fetch(control: Context, sid: str) -> BlockedBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_blocked(session, sid))
    return _body(row)


@router.delete(_PATH + "/{sid}", status_code=204)
async def delete(control: Context, sid: str) -> None:
    await unblock_destination(control.bench, sid)
