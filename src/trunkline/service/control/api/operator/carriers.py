"""`/operator/v1/Carriers`."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.carrier import CarrierParts, carrier_parts, carriers, find_carrier
from trunkline.platform.store.table import CarrierRow
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Flag, Form, Number, form_of
from trunkline.service.control.api.page import Page, meta_page
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.carrier import (
    CarrierFields,
    create_carrier,
    delete_carrier,
    update_carrier,
)
from trunkline.service.control.provisioning.refusal import NotFound

router = APIRouter()
_PATH = "/operator/v1/Carriers"
# A repeatable parameter has the singular on the wire and the plural with us.
_PLURAL = {"gateway": "gateways", "prefix": "prefixes", "source_address": "sources"}


class CarrierForm(Form):
    friendly_name: str = ""
    gateway: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    priority: Number = 10
    weight: Number = 10
    source_address: tuple[str, ...] = ()
    enabled: Flag = True

    def fields(self) -> CarrierFields:
        fields: Any = {_PLURAL.get(name, name): value for name, value in self.sent().items()}
        sent: CarrierFields = fields
        return sent


class NewCarrier(CarrierForm):
    friendly_name: str
    gateway: tuple[str, ...]


class CarrierBody(BaseModel):
    sid: str
    friendly_name: str
    gateway: Sequence[str]
    prefix: Sequence[str]
    priority: int
    weight: int
    source_address: Sequence[str]
    enabled: bool
    date_created: IsoDate
    date_updated: IsoDate


def _body(row: CarrierRow, parts: CarrierParts) -> CarrierBody:
    return CarrierBody(
        sid=row.sid,
        friendly_name=row.friendly_name,
        gateway=parts.gateways,
        prefix=parts.prefixes,
        priority=row.priority,
        weight=row.weight,
        source_address=parts.sources,
        enabled=row.enabled,
        date_created=row.date_created,
        date_updated=row.date_updated,
    )


@router.get(_PATH)
async def list_carriers(control: Context, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await carriers(session, page.cut)
        parts = await carrier_parts(session, [row.sid for row in rows.rows])
    return meta_page(page, rows, "carriers", [_body(row, parts[row.sid]) for row in rows.rows])


@router.post(_PATH, status_code=201)
async def create(control: Context, form: Annotated[NewCarrier, Depends(form_of(NewCarrier))]) -> CarrierBody:
    return _body(*await create_carrier(control.bench, form.fields()))


@router.get(_PATH + "/{sid}")
async def fetch(control: Context, sid: str) -> CarrierBody:
    async with control.bench.store.reading() as session:
        row = await find_carrier(session, sid)
        if row is None:
            raise NotFound
        parts = await carrier_parts(session, [sid])
    return _body(row, parts[sid])


@router.post(_PATH + "/{sid}")
async def update(
    control: Context, sid: str, form: Annotated[CarrierForm, Depends(form_of(CarrierForm))]
) -> CarrierBody:
    return _body(*await update_carrier(control.bench, sid, form.fields()))


@router.delete(_PATH + "/{sid}", status_code=204)
async def delete(control: Context, sid: str) -> None:
    await delete_carrier(control.bench, sid)
