"""`~/SIP/CredentialLists` (rest.md 3.3)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.access import credential_lists_of, find_credential_list
from trunkline.platform.store.table import CredentialListRow
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.page import Page, flat_page
from trunkline.service.control.api.wire_date import Rfc2822Date
from trunkline.service.control.provisioning.credential_list import (
    create_credential_list,
    delete_credential_list,
    rename_credential_list,
)
from trunkline.service.control.provisioning.refusal import NotFound

router = APIRouter()
_PATH = "/2010-04-01/Accounts/{account_sid}/SIP/CredentialLists"


class ListForm(Form):
    friendly_name: str


ListParameters = Annotated[ListForm, Depends(form_of(ListForm))]


class CredentialListBody(BaseModel):
    account_sid: str
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    friendly_name: str
    sid: str
    subresource_uris: dict[str, str]
    uri: str


def _body(row: CredentialListRow) -> CredentialListBody:
    path = f"/2010-04-01/Accounts/{row.account_sid}/SIP/CredentialLists/{row.sid}"
    return CredentialListBody(
        account_sid=row.account_sid,
        date_created=row.date_created,
        date_updated=row.date_updated,
        friendly_name=row.friendly_name,
        sid=row.sid,
        subresource_uris={"credentials": f"{path}/Credentials.json"},
        uri=f"{path}.json",
    )


@router.get(_PATH + ".json")
async def list_lists(account: Acting, control: Context, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await credential_lists_of(session, account.sid, page.cut)
    return flat_page(page, rows, "credential_lists", [_body(row) for row in rows.rows])


@router.post(_PATH + ".json", status_code=201)
async def create(account: Acting, control: Context, form: ListParameters) -> CredentialListBody:
    return _body(await create_credential_list(control.bench, account.sid, form.friendly_name))


@router.get(_PATH + "/{sid}.json")
async def fetch(account: Acting, control: Context, sid: str) -> CredentialListBody:
    async with control.bench.store.reading() as session:
        row = await find_credential_list(session, account.sid, sid)
    if row is None:
        raise NotFound
    return _body(row)


@router.post(_PATH + "/{sid}.json")
async def update(account: Acting, control: Context, sid: str, form: ListParameters) -> CredentialListBody:
    return _body(await rename_credential_list(control.bench, account.sid, sid, form.friendly_name))


@router.delete(_PATH + "/{sid}.json", status_code=204)
async def delete(account: Acting, control: Context, sid: str) -> None:
    await delete_credential_list(control.bench, account.sid, sid)
