"""`/v1/Trunks`."""

from collections.abc import Sequence
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.trunk import auth_types, find_trunk, trunks_of
from trunkline.platform.store.table import TrunkRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.api.form import Flag, Form, HttpMethod, form_of
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.trunking.recording import RecordingBody
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.refusal import existing
from trunkline.service.control.provisioning.trunking.trunk import TrunkFields, create_trunk, delete_trunk, update_trunk

router = APIRouter()


class TrunkForm(Form):
    friendly_name: str = ""
    domain_name: str = ""
    disaster_recovery_url: str = ""
    disaster_recovery_method: HttpMethod = "POST"
    transfer_mode: Literal["disable-all", "enable-all", "sip-only"] = "disable-all"
    secure: Flag = False
    cnam_lookup_enabled: Flag = False
    transfer_caller_id: Literal["from-transferee", "from-transferor"] = "from-transferee"
    symmetric_rtp_enabled: Flag = False


TrunkParameters = Annotated[TrunkForm, Depends(form_of(TrunkForm))]


class TrunkBody(BaseModel):
    account_sid: str
    domain_name: str | None
    disaster_recovery_method: str
    disaster_recovery_url: str | None
    friendly_name: str | None
    secure: bool
    cnam_lookup_enabled: bool
    symmetric_rtp_enabled: bool
    recording: RecordingBody
    transfer_mode: str
    transfer_caller_id: str
    auth_type: str
    auth_type_set: Sequence[str]
    date_created: IsoDate
    date_updated: IsoDate
    sid: str
    url: str
    links: dict[str, str]


def trunk_body(row: TrunkRow, auth: Sequence[str], base: str) -> TrunkBody:
    url = f"{base}/v1/Trunks/{row.sid}"
    return TrunkBody(
        account_sid=row.account_sid,
        domain_name=row.domain_name,
        disaster_recovery_method=row.disaster_recovery_method,
        disaster_recovery_url=row.disaster_recovery_url,
        friendly_name=row.friendly_name,
        secure=row.secure,
        cnam_lookup_enabled=row.cnam_lookup_enabled,
        symmetric_rtp_enabled=row.symmetric_rtp_enabled,
        recording=RecordingBody(mode=row.recording_mode, trim=row.recording_trim),
        transfer_mode=row.transfer_mode,
        transfer_caller_id=row.transfer_caller_id,
        auth_type=",".join(auth),
        auth_type_set=auth,
        date_created=row.date_created,
        date_updated=row.date_updated,
        sid=row.sid,
        url=url,
        links={
            "origination_urls": f"{url}/OriginationUrls",
            "credential_lists": f"{url}/CredentialLists",
            "ip_access_control_lists": f"{url}/IpAccessControlLists",
            "phone_numbers": f"{url}/PhoneNumbers",
        },
    )


async def _auth(control: Control, sid: str) -> Sequence[str]:
    async with control.bench.store.reading() as session:
        return (await auth_types(session, [sid]))[sid]


_LIST = MetaList("trunks", TrunkBody)


@router.get("/v1/Trunks", response_model=_LIST.model)
async def list_trunks(caller: Caller, control: Context, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await trunks_of(session, caller.sid, page.cut)
        auth = await auth_types(session, [row.sid for row in rows.rows])
    return _LIST.page(page, rows, [trunk_body(row, auth[row.sid], page.base) for row in rows.rows])


@router.post("/v1/Trunks", status_code=201)
async def create(request: Request, caller: Caller, control: Context, form: TrunkParameters) -> TrunkBody:
    row = await create_trunk(control.bench, caller.sid, cast("TrunkFields", form.sent()))
    return trunk_body(row, (), base_url(request))


@router.get("/v1/Trunks/{sid}")
async def fetch(request: Request, caller: Caller, control: Context, sid: str) -> TrunkBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_trunk(session, caller.sid, sid))
        auth = await auth_types(session, [sid])
    return trunk_body(row, auth[sid], base_url(request))


@router.post("/v1/Trunks/{sid}")
async def update(request: Request, caller: Caller, control: Context, sid: str, form: TrunkParameters) -> TrunkBody:
    row = await update_trunk(control.bench, caller.sid, sid, cast("TrunkFields", form.sent()))
    return trunk_body(row, await _auth(control, sid), base_url(request))


@router.delete("/v1/Trunks/{sid}", status_code=204)
async def delete(caller: Caller, control: Context, sid: str) -> None:
    await delete_trunk(control.bench, caller.sid, sid)
