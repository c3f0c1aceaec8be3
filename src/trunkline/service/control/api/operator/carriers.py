"""`/operator/v1/Carriers`."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.setting.admin_line import ask_gateways
from trunkline.platform.store.gateway_uri import parse_gateway
from trunkline.platform.store.repository.carrier import CarrierParts, carrier_parts, carriers, find_carrier
from trunkline.platform.store.table import CarrierRow
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.api.form import Flag, Form, Limit, Number, form_of
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.operator.carrier import (
    CarrierFields,
    create_carrier,
    delete_carrier,
    update_carrier,
)
from trunkline.service.control.provisioning.refusal import existing

router = APIRouter()
_PATH = "/operator/v1/Carriers"
# A repeatable parameter has the singular on the wire and the plural with us.
_PLURAL = {
    "gateway": "gateways",
    "prefix": "prefixes",
    "source_address": "sources",
    "caller_id_header": "caller_id_headers",
}


class CarrierForm(Form):
    friendly_name: str = ""
    gateway: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    priority: Number = 10
    weight: Number = 10
    source_address: tuple[str, ...] = ()
    enabled: Flag = True
    username: str = ""
    realm: str = ""
    password: str = ""
    number_format: str = "e164"
    strip_prefix: str = ""
    tech_prefix: str = ""
    caller_id_header: tuple[str, ...] = ("from", "pai")
    pass_x_headers: Flag = False
    stop_codes: tuple[str, ...] = ()
    move_on_codes: tuple[str, ...] = ()
    max_channels: Limit = None
    options_ping: Flag = True
    tls_verify: Flag = False

    def fields(self) -> CarrierFields:
        fields: Any = {_PLURAL.get(name, name): value for name, value in self.sent().items()}
        sent: CarrierFields = fields
        return sent


class NewCarrier(CarrierForm):
    friendly_name: str
    gateway: tuple[str, ...]


class GatewayHealthBody(BaseModel):
    gateway: str
    seen_by: str
    """The gateway process."""
    state: str
    """`up` or `down`."""
    since: str
    last_failure: str | None


class CarrierBody(BaseModel):
    """Without the password, which nothing shows."""

    sid: str
    friendly_name: str
    gateway: Sequence[str]
    prefix: Sequence[str]
    priority: int
    weight: int
    source_address: Sequence[str]
    enabled: bool
    username: str | None
    realm: str | None
    number_format: str
    strip_prefix: str
    tech_prefix: str
    caller_id_header: Sequence[str]
    pass_x_headers: bool
    stop_codes: Sequence[int]
    move_on_codes: Sequence[int]
    max_channels: int | None
    options_ping: bool
    tls_verify: bool
    health: Sequence[GatewayHealthBody] = ()
    """As each gateway process sees the gateways; of those that do not answer nothing is known."""
    date_created: IsoDate
    date_updated: IsoDate


async def _health(control: Control) -> list[GatewayHealthBody]:
    """What every gateway process knows of every carrier's gateways."""
    return [
        GatewayHealthBody(seen_by=name, **seen)
        for name, answer in await ask_gateways(control.run_dir, {"verb": "carriers"})
        for seen in answer.get("carriers", [])
    ]


def _body(row: CarrierRow, parts: CarrierParts, health: Sequence[GatewayHealthBody] = ()) -> CarrierBody:
    own = {parse_gateway(uri).uri() for uri in parts.gateways}
    return CarrierBody(
        sid=row.sid,
        friendly_name=row.friendly_name,
        gateway=parts.gateways,
        prefix=parts.prefixes,
        priority=row.priority,
        weight=row.weight,
        source_address=parts.sources,
        enabled=row.enabled,
        username=row.username,
        realm=row.realm,
        number_format=row.number_format,
        strip_prefix=row.strip_prefix,
        tech_prefix=row.tech_prefix,
        caller_id_header=row.caller_id_headers,
        pass_x_headers=row.pass_x_headers,
        stop_codes=row.stop_codes,
        move_on_codes=row.move_on_codes,
        max_channels=row.max_channels,
        options_ping=row.options_ping,
        tls_verify=row.tls_verified,
        health=[seen for seen in health if seen.gateway in own],
        date_created=row.date_created,
        date_updated=row.date_updated,
    )


_LIST = MetaList("carriers", CarrierBody)


@router.get(_PATH, response_model=_LIST.model)
async def list_carriers(control: Context, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await carriers(session, page.cut)
        parts = await carrier_parts(session, [row.sid for row in rows.rows])
    health = await _health(control) if rows.rows else []
    return _LIST.page(page, rows, [_body(row, parts[row.sid], health) for row in rows.rows])


@router.post(_PATH, status_code=201)
async def create(control: Context, form: Annotated[NewCarrier, Depends(form_of(NewCarrier))]) -> CarrierBody:
    return _body(*await create_carrier(control.bench, form.fields()))


@router.get(_PATH + "/{sid}")
async def fetch(control: Context, sid: str) -> CarrierBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_carrier(session, sid))
        parts = await carrier_parts(session, [sid])
    return _body(row, parts[sid], await _health(control))


@router.post(_PATH + "/{sid}")
async def update(
    control: Context, sid: str, form: Annotated[CarrierForm, Depends(form_of(CarrierForm))]
) -> CarrierBody:
    return _body(*await update_carrier(control.bench, sid, form.fields()))


@router.delete(_PATH + "/{sid}", status_code=204)
async def delete(control: Context, sid: str) -> None:
    await delete_carrier(control.bench, sid)
