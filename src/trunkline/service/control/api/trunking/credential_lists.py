"""`/v1/Trunks/{sid}/CredentialLists`: which lists open the trunk; the lists themselves are 2010 resources (row 135)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.access import credential_lists_by_sid, find_list_mapping, list_mappings_of
from trunkline.platform.store.repository.trunk import find_trunk
from trunkline.platform.store.table import CredentialListRow, TrunkCredentialListRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import Page, meta_page
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.association import associate_credential_list, dissociate_credential_list
from trunkline.service.control.provisioning.refusal import NotFound

router = APIRouter()
_PATH = "/v1/Trunks/{trunk_sid}/CredentialLists"


class AssociationForm(Form):
    credential_list_sid: str


class AssociationBody(BaseModel):
    account_sid: str
    sid: str
    trunk_sid: str
    friendly_name: str
    date_created: IsoDate
    date_updated: IsoDate
    url: str


def _body(mapping: TrunkCredentialListRow, row: CredentialListRow, base: str) -> AssociationBody:
    return AssociationBody(
        account_sid=row.account_sid,
        sid=row.sid,
        trunk_sid=mapping.trunk_sid,
        friendly_name=row.friendly_name,
        date_created=mapping.date_created,
        date_updated=mapping.date_created,
        url=f"{base}/v1/Trunks/{mapping.trunk_sid}/CredentialLists/{row.sid}",
    )


@router.get(_PATH)
async def list_associations(caller: Caller, control: Context, trunk_sid: str, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        if await find_trunk(session, caller.sid, trunk_sid) is None:
            raise NotFound
        mappings = await list_mappings_of(session, trunk_sid, page.cut)
        rows = await credential_lists_by_sid(session, [mapping.credential_list_sid for mapping in mappings.rows])
    items = [_body(mapping, rows[mapping.credential_list_sid], page.base) for mapping in mappings.rows]
    return meta_page(page, mappings, "credential_lists", items)


@router.post(_PATH, status_code=201)
async def create(
    request: Request,
    caller: Caller,
    control: Context,
    trunk_sid: str,
    form: Annotated[AssociationForm, Depends(form_of(AssociationForm))],
) -> AssociationBody:
    mapping, row = await associate_credential_list(control.bench, caller.sid, trunk_sid, form.credential_list_sid)
    return _body(mapping, row, base_url(request))


@router.get(_PATH + "/{sid}")
async def fetch(request: Request, caller: Caller, control: Context, trunk_sid: str, sid: str) -> AssociationBody:
    async with control.bench.store.reading() as session:
        trunk = await find_trunk(session, caller.sid, trunk_sid)
        mapping = await find_list_mapping(session, trunk_sid, sid) if trunk else None
        if mapping is None:
            raise NotFound
        rows = await credential_lists_by_sid(session, [sid])
    return _body(mapping, rows[sid], base_url(request))


@router.delete(_PATH + "/{sid}", status_code=204)
async def delete(caller: Caller, control: Context, trunk_sid: str, sid: str) -> None:
    await dissociate_credential_list(control.bench, caller.sid, trunk_sid, sid)
