"""Which lists open a trunk: `/v1/Trunks/{sid}/CredentialLists` and `.../IpAccessControlLists` (row 135).

The lists themselves are 2010 resources.
"""

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.access_list import find_mapping, lists_by_sid, mappings_of
from trunkline.platform.store.repository.trunk import find_trunk
from trunkline.platform.store.table import AccessListRow, TrunkListRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.account.access_list import (
    CREDENTIAL_LIST,
    IP_ACL,
    ListKind,
    associate_list,
    dissociate_list,
)
from trunkline.service.control.provisioning.refusal import existing


class CredentialListForm(Form):
    credential_list_sid: str


class IpAccessControlListForm(Form):
    ip_access_control_list_sid: str


class AssociationBody(BaseModel):
    account_sid: str
    sid: str
    trunk_sid: str
    friendly_name: str
    date_created: IsoDate
    date_updated: IsoDate
    url: str


def _associations(kind: ListKind, name: str, key: str, form_model: type[Form], field: str) -> APIRouter:
    """The resource `name`, listed under `key`; `field` of its form is the list's SID."""
    router = APIRouter()
    path = "/v1/Trunks/{trunk_sid}/" + name

    def body_of(mapping: TrunkListRow, row: AccessListRow, base: str) -> AssociationBody:
        return AssociationBody(
            account_sid=row.account_sid,
            sid=row.sid,
            trunk_sid=mapping.trunk_sid,
            friendly_name=row.friendly_name,
            date_created=mapping.date_created,
            date_updated=mapping.date_created,
            url=f"{base}/v1/Trunks/{mapping.trunk_sid}/{name}/{row.sid}",
        )

    shown = MetaList(key, AssociationBody)

    @router.get(path, response_model=shown.model)
    async def list_associations(caller: Caller, control: Context, trunk_sid: str, page: Page) -> JSONResponse:
        async with control.bench.store.reading() as session:
            existing(await find_trunk(session, caller.sid, trunk_sid))
            mappings = await mappings_of(session, kind.tables, trunk_sid, page.cut)
            sids = [kind.tables.list_of(mapping) for mapping in mappings.rows]
            rows = await lists_by_sid(session, kind.tables, sids)
        items = [body_of(mapping, rows[sid], page.base) for mapping, sid in zip(mappings.rows, sids, strict=True)]
        return shown.page(page, mappings, items)

    @router.post(path, status_code=201)
    async def create(
        request: Request,
        caller: Caller,
        control: Context,
        trunk_sid: str,
        form: Form = Depends(form_of(form_model)),  # noqa: B008  # the form differs by the kind
    ) -> AssociationBody:
        mapping, row = await associate_list(control.bench, kind, caller.sid, trunk_sid, getattr(form, field))
        return body_of(mapping, row, base_url(request))

    @router.get(path + "/{sid}")
    async def fetch(request: Request, caller: Caller, control: Context, trunk_sid: str, sid: str) -> AssociationBody:
        async with control.bench.store.reading() as session:
            existing(await find_trunk(session, caller.sid, trunk_sid))
            mapping = existing(await find_mapping(session, kind.tables, trunk_sid, sid))
            rows = await lists_by_sid(session, kind.tables, [sid])
        return body_of(mapping, rows[sid], base_url(request))

    @router.delete(path + "/{sid}", status_code=204)
    async def delete(caller: Caller, control: Context, trunk_sid: str, sid: str) -> None:
        await dissociate_list(control.bench, kind, caller.sid, trunk_sid, sid)

    return router


credential_lists = _associations(
    CREDENTIAL_LIST, "CredentialLists", "credential_lists", CredentialListForm, "credential_list_sid"
)
ip_access_control_lists = _associations(
    IP_ACL,
    "IpAccessControlLists",
    "ip_access_control_lists",
    IpAccessControlListForm,
    "ip_access_control_list_sid",
)
