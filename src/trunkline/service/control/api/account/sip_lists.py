"""`~/SIP/CredentialLists` and `~/SIP/IpAccessControlLists`: one resource, of two kinds (rest.md 3.3, 3.4)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.access_list import lists_of
from trunkline.platform.store.table import AccessListRow
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.wire_date import Rfc2822Date
from trunkline.service.control.provisioning.account.access_list import (
    CREDENTIAL_LIST,
    IP_ACL,
    ListKind,
    create_list,
    delete_list,
    owned_list,
    rename_list,
)


class ListForm(Form):
    friendly_name: str


ListParameters = Annotated[ListForm, Depends(form_of(ListForm))]


class ListBody(BaseModel):
    account_sid: str
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    friendly_name: str
    sid: str
    subresource_uris: dict[str, str]
    uri: str


def _lists(kind: ListKind, name: str, key: str, *, holds: tuple[str, str]) -> APIRouter:
    """The resource `name`, listed under `key`; `holds` names what its lists hold, as a key and in an address."""
    router = APIRouter()
    path = "/2010-04-01/Accounts/{account_sid}/SIP/" + name

    def body_of(row: AccessListRow) -> ListBody:
        own = f"/2010-04-01/Accounts/{row.account_sid}/SIP/{name}/{row.sid}"
        return ListBody(
            account_sid=row.account_sid,
            date_created=row.date_created,
            date_updated=row.date_updated,
            friendly_name=row.friendly_name,
            sid=row.sid,
            subresource_uris={holds[0]: f"{own}/{holds[1]}.json"},
            uri=f"{own}.json",
        )

    shown = FlatList(key, ListBody)

    @router.get(path + ".json", response_model=shown.model)
    async def list_lists(account: Acting, control: Context, page: Page) -> JSONResponse:
        async with control.bench.store.reading() as session:
            rows = await lists_of(session, kind.tables, account.sid, page.cut)
        return shown.page(page, rows, [body_of(row) for row in rows.rows])

    @router.post(path + ".json", status_code=201)
    async def create(account: Acting, control: Context, form: ListParameters) -> ListBody:
        return body_of(await create_list(control.bench, kind, account.sid, form.friendly_name))

    @router.get(path + "/{sid}.json")
    async def fetch(account: Acting, control: Context, sid: str) -> ListBody:
        async with control.bench.store.reading() as session:
            return body_of(await owned_list(session, kind, account.sid, sid))

    @router.post(path + "/{sid}.json")
    async def update(account: Acting, control: Context, sid: str, form: ListParameters) -> ListBody:
        return body_of(await rename_list(control.bench, kind, account.sid, sid, form.friendly_name))

    @router.delete(path + "/{sid}.json", status_code=204)
    async def delete(account: Acting, control: Context, sid: str) -> None:
        await delete_list(control.bench, kind, account.sid, sid)

    return router


credential_lists = _lists(CREDENTIAL_LIST, "CredentialLists", "credential_lists", holds=("credentials", "Credentials"))
ip_access_control_lists = _lists(
    IP_ACL, "IpAccessControlLists", "ip_access_control_lists", holds=("ip_addresses", "IpAddresses")
)
