"""`/v1/Trunks/{sid}/PhoneNumbers`: which of the account's numbers ring on the trunk (row 135)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.number import number_of, numbers_on_trunk
from trunkline.platform.store.repository.trunk import find_trunk
from trunkline.platform.store.table import PhoneNumberRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.capability import Capabilities
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.refusal import NotFound, existing
from trunkline.service.control.provisioning.trunking.association import associate_number, dissociate_number

router = APIRouter()
_PATH = "/v1/Trunks/{trunk_sid}/PhoneNumbers"


class AssociationForm(Form):
    phone_number_sid: str


class TrunkNumberBody(BaseModel):
    account_sid: str | None
    address_requirements: str
    api_version: str = "2010-04-01"
    beta: bool
    capabilities: Capabilities = Capabilities()
    date_created: IsoDate
    date_updated: IsoDate
    friendly_name: str | None
    links: dict[str, str]
    phone_number: str
    sid: str
    sms_application_sid: str | None
    sms_fallback_method: str
    sms_fallback_url: str | None
    sms_method: str
    sms_url: str | None
    status_callback: str | None
    status_callback_method: str
    trunk_sid: str | None
    url: str
    voice_application_sid: str | None
    voice_caller_id_lookup: bool
    voice_fallback_method: str
    voice_fallback_url: str | None
    voice_method: str
    voice_url: str | None


def _body(row: PhoneNumberRow, base: str) -> TrunkNumberBody:
    return TrunkNumberBody(
        account_sid=row.account_sid,
        address_requirements=row.address_requirements,
        beta=row.beta,
        date_created=row.date_created,
        date_updated=row.date_updated,
        friendly_name=row.friendly_name,
        links={"phone_number": f"{base}/2010-04-01/Accounts/{row.account_sid}/IncomingPhoneNumbers/{row.sid}.json"},
        phone_number=row.phone_number,
        sid=row.sid,
        sms_application_sid=row.sms_application_sid,
        sms_fallback_method=row.sms_fallback_method,
        sms_fallback_url=row.sms_fallback_url,
        sms_method=row.sms_method,
        sms_url=row.sms_url,
        status_callback=row.status_callback,
        status_callback_method=row.status_callback_method,
        trunk_sid=row.trunk_sid,
        url=f"{base}/v1/Trunks/{row.trunk_sid}/PhoneNumbers/{row.sid}",
        voice_application_sid=row.voice_application_sid,
        voice_caller_id_lookup=row.voice_caller_id_lookup,
        voice_fallback_method=row.voice_fallback_method,
        voice_fallback_url=row.voice_fallback_url,
        voice_method=row.voice_method,
        voice_url=row.voice_url,
    )


_LIST = MetaList("phone_numbers", TrunkNumberBody)


@router.get(_PATH, response_model=_LIST.model)
async def list_numbers(caller: Caller, control: Context, trunk_sid: str, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        existing(await find_trunk(session, caller.sid, trunk_sid))
        rows = await numbers_on_trunk(session, trunk_sid, page.cut)
    return _LIST.page(page, rows, [_body(row, page.base) for row in rows.rows])


@router.post(_PATH, status_code=201)
async def create(
    request: Request,
    caller: Caller,
    control: Context,
    trunk_sid: str,
    form: Annotated[AssociationForm, Depends(form_of(AssociationForm))],
) -> TrunkNumberBody:
    row = await associate_number(control.bench, caller.sid, trunk_sid, form.phone_number_sid)
    return _body(row, base_url(request))


@router.get(_PATH + "/{sid}")
async def fetch(request: Request, caller: Caller, control: Context, trunk_sid: str, sid: str) -> TrunkNumberBody:
    async with control.bench.store.reading() as session:
        trunk = await find_trunk(session, caller.sid, trunk_sid)
        row = await number_of(session, caller.sid, sid) if trunk else None
    if row is None or row.trunk_sid != trunk_sid:
        raise NotFound
    return _body(row, base_url(request))


@router.delete(_PATH + "/{sid}", status_code=204)
async def delete(caller: Caller, control: Context, trunk_sid: str, sid: str) -> None:
    await dissociate_number(control.bench, caller.sid, trunk_sid, sid)
