"""`~/SIP/IpAccessControlLists/{sid}/IpAddresses`: addresses and networks (row 141)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.access import IP_ADDRESSES, entries_of, find_entry
from trunkline.platform.store.table import IpAddressRow
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, Number, form_of
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.wire_date import Rfc2822Date
from trunkline.service.control.provisioning.account.access_list import IP_ACL, delete_entry, owned_list
from trunkline.service.control.provisioning.account.ip_address import (
    create_ip_address,
    update_ip_address,
)
from trunkline.service.control.provisioning.refusal import existing

router = APIRouter()
_PATH = "/2010-04-01/Accounts/{account_sid}/SIP/IpAccessControlLists/{acl_sid}/IpAddresses"


class NewAddress(Form):
    friendly_name: str
    ip_address: str
    cidr_prefix_length: Number = 32


class AddressForm(Form):
    friendly_name: str | None = None
    ip_address: str | None = None
    cidr_prefix_length: Number | None = None


class IpAddressBody(BaseModel):
    account_sid: str
    cidr_prefix_length: int
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    friendly_name: str
    ip_access_control_list_sid: str
    ip_address: str
    sid: str
    uri: str


def _body(row: IpAddressRow) -> IpAddressBody:
    parent = f"/2010-04-01/Accounts/{row.account_sid}/SIP/IpAccessControlLists/{row.ip_acl_sid}"
    return IpAddressBody(
        account_sid=row.account_sid,
        cidr_prefix_length=row.cidr_prefix_length,
        date_created=row.date_created,
        date_updated=row.date_updated,
        friendly_name=row.friendly_name,
        ip_access_control_list_sid=row.ip_acl_sid,
        ip_address=row.ip_address,
        sid=row.sid,
        uri=f"{parent}/IpAddresses/{row.sid}.json",
    )


_LIST = FlatList("ip_addresses", IpAddressBody)


@router.get(_PATH + ".json", response_model=_LIST.model)
async def list_addresses(account: Acting, control: Context, acl_sid: str, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        await owned_list(session, IP_ACL, account.sid, acl_sid)
        rows = await entries_of(session, IP_ADDRESSES, acl_sid, page.cut)
    return _LIST.page(page, rows, [_body(row) for row in rows.rows])


@router.post(_PATH + ".json", status_code=201)
async def create(
    account: Acting, control: Context, acl_sid: str, form: Annotated[NewAddress, Depends(form_of(NewAddress))]
) -> IpAddressBody:
    row = await create_ip_address(
        control.bench, account.sid, acl_sid, form.friendly_name, form.ip_address, form.cidr_prefix_length
    )
    return _body(row)


@router.get(_PATH + "/{sid}.json")
async def fetch(account: Acting, control: Context, acl_sid: str, sid: str) -> IpAddressBody:
    async with control.bench.store.reading() as session:
        return _body(existing(await find_entry(session, IP_ADDRESSES, account.sid, acl_sid, sid)))


@router.post(_PATH + "/{sid}.json")
async def update(
    account: Acting,
    control: Context,
    acl_sid: str,
    sid: str,
    form: Annotated[AddressForm, Depends(form_of(AddressForm))],
) -> IpAddressBody:
    row = await update_ip_address(
        control.bench,
        account.sid,
        acl_sid,
        sid,
        friendly_name=form.friendly_name,
        ip_address=form.ip_address,
        prefix_length=form.cidr_prefix_length,
    )
    return _body(row)


@router.delete(_PATH + "/{sid}.json", status_code=204)
async def delete(account: Acting, control: Context, acl_sid: str, sid: str) -> None:
    await delete_entry(control.bench, IP_ACL, account.sid, acl_sid, sid)
