"""`~/SIP/CredentialLists/{sid}/Credentials`: user names; a password goes in and never comes out (row 137)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, SecretStr
from starlette.responses import JSONResponse

from trunkline.kit.secret import Secret
from trunkline.platform.store.repository.access import CREDENTIALS, entries_of, find_entry
from trunkline.platform.store.table import CredentialRow
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.wire_date import Rfc2822Date
from trunkline.service.control.provisioning.account.access_list import CREDENTIAL_LIST, delete_entry, owned_list
from trunkline.service.control.provisioning.account.credential import (
    change_password,
    create_credential,
)
from trunkline.service.control.provisioning.refusal import existing

router = APIRouter()
_PATH = "/2010-04-01/Accounts/{account_sid}/SIP/CredentialLists/{list_sid}/Credentials"


class NewCredential(Form):
    username: str
    password: SecretStr


class CredentialForm(Form):
    password: SecretStr | None = None


class CredentialBody(BaseModel):
    account_sid: str
    credential_list_sid: str
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    sid: str
    uri: str
    username: str


def _body(row: CredentialRow) -> CredentialBody:
    parent = f"/2010-04-01/Accounts/{row.account_sid}/SIP/CredentialLists/{row.credential_list_sid}"
    return CredentialBody(
        account_sid=row.account_sid,
        credential_list_sid=row.credential_list_sid,
        date_created=row.date_created,
        date_updated=row.date_updated,
        sid=row.sid,
        uri=f"{parent}/Credentials/{row.sid}.json",
        username=row.username,
    )


_LIST = FlatList("credentials", CredentialBody)


@router.get(_PATH + ".json", response_model=_LIST.model)
async def list_credentials(account: Acting, control: Context, list_sid: str, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        await owned_list(session, CREDENTIAL_LIST, account.sid, list_sid)
        rows = await entries_of(session, CREDENTIALS, list_sid, page.cut)
    return _LIST.page(page, rows, [_body(row) for row in rows.rows])


@router.post(_PATH + ".json", status_code=201)
async def create(
    account: Acting, control: Context, list_sid: str, form: Annotated[NewCredential, Depends(form_of(NewCredential))]
) -> CredentialBody:
    password = Secret(form.password.get_secret_value())
    return _body(await create_credential(control.bench, account.sid, list_sid, form.username, password))


@router.get(_PATH + "/{sid}.json")
async def fetch(account: Acting, control: Context, list_sid: str, sid: str) -> CredentialBody:
    async with control.bench.store.reading() as session:
        return _body(existing(await find_entry(session, CREDENTIALS, account.sid, list_sid, sid)))


@router.post(_PATH + "/{sid}.json")
async def update(
    account: Acting,
    control: Context,
    list_sid: str,
    sid: str,
    form: Annotated[CredentialForm, Depends(form_of(CredentialForm))],
) -> CredentialBody:
    password = Secret(form.password.get_secret_value()) if form.password is not None else None
    return _body(await change_password(control.bench, account.sid, list_sid, sid, password))


@router.delete(_PATH + "/{sid}.json", status_code=204)
async def delete(account: Acting, control: Context, list_sid: str, sid: str) -> None:
    await delete_entry(control.bench, CREDENTIAL_LIST, account.sid, list_sid, sid)
