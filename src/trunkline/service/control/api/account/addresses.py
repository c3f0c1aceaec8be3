"""`~/Addresses` and the numbers that depend on one (rest.md 3.10)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, BeforeValidator, ConfigDict
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.address import AddressFilter, addresses_of, find_address, numbers_at_address
from trunkline.platform.store.table import AddressRow, PhoneNumberRow
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.capability import Capabilities
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Flag, Form, form_of
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.query import Query, query_of
from trunkline.service.control.api.wire_date import Rfc2822Date
from trunkline.service.control.provisioning.account.address import (
    AddressChange,
    create_address,
    delete_address,
    update_address,
)
from trunkline.service.control.provisioning.refusal import existing

router = APIRouter()
_PATH = "/2010-04-01/Accounts/{account_sid}/Addresses"
_PARTS = ("customer_name", "street", "street_secondary", "city", "region", "postal_code")


class ChangedAddress(Form):
    friendly_name: str | None = None
    customer_name: str | None = None
    street: str | None = None
    street_secondary: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    emergency_enabled: Flag | None = None
    auto_correct_address: Annotated[Flag, BeforeValidator(lambda text: text or "true")] = True
    """Empty is true."""

    def change(self) -> AddressChange:
        parts = {name: text for name in _PARTS if (text := getattr(self, name)) is not None}
        return AddressChange(parts, self.friendly_name, self.emergency_enabled, self.auto_correct_address)


class NewAddress(ChangedAddress):
    customer_name: str
    street: str
    city: str
    region: str
    postal_code: str
    iso_country: str


class AddressQuery(Query):
    customer_name: str | None = None
    friendly_name: str | None = None
    iso_country: str | None = None
    emergency_enabled: Flag | None = None

    def filter(self) -> AddressFilter:
        country = self.iso_country.upper() if self.iso_country else None
        return AddressFilter(self.customer_name, self.friendly_name, country, self.emergency_enabled)


class AddressBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    account_sid: str
    city: str
    customer_name: str
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    emergency_enabled: bool
    friendly_name: str
    iso_country: str
    postal_code: str
    region: str
    sid: str
    street: str
    street_secondary: str | None
    uri: str = ""
    validated: bool
    verified: bool = False


class DependentNumberBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    account_sid: str
    address_requirements: str
    api_version: str = "2010-04-01"
    capabilities: Capabilities = Capabilities()
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    emergency_address_sid: str | None
    emergency_status: str
    friendly_name: str | None
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
    uri: str = ""
    voice_application_sid: str | None
    voice_caller_id_lookup: bool
    voice_fallback_method: str
    voice_fallback_url: str | None
    voice_method: str
    voice_url: str | None


def _body(row: AddressRow) -> AddressBody:
    uri = f"/2010-04-01/Accounts/{row.account_sid}/Addresses/{row.sid}.json"
    return AddressBody.model_validate(row).model_copy(update={"uri": uri})


def _number(row: PhoneNumberRow) -> DependentNumberBody:
    uri = f"/2010-04-01/Accounts/{row.account_sid}/IncomingPhoneNumbers/{row.sid}.json"
    return DependentNumberBody.model_validate(row).model_copy(update={"uri": uri})


_ADDRESSES = FlatList("addresses", AddressBody)
_NUMBERS = FlatList("dependent_phone_numbers", DependentNumberBody)


@router.get(_PATH + ".json", response_model=_ADDRESSES.model)
async def list_addresses(
    account: Acting, control: Context, page: Page, asked: Annotated[AddressQuery, Depends(query_of(AddressQuery))]
) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await addresses_of(session, account.sid, page.cut, asked.filter())
    return _ADDRESSES.page(page, rows, [_body(row) for row in rows.rows])


@router.post(_PATH + ".json", status_code=201)
async def create(
    account: Acting, control: Context, form: Annotated[NewAddress, Depends(form_of(NewAddress))]
) -> AddressBody:
    return _body(await create_address(control.bench, account.sid, form.iso_country, form.change()))


@router.get(_PATH + "/{sid}.json")
async def fetch(account: Acting, control: Context, sid: str) -> AddressBody:
    return _body(await _found(account.sid, control, sid))


@router.post(_PATH + "/{sid}.json")
async def update(
    account: Acting, control: Context, sid: str, form: Annotated[ChangedAddress, Depends(form_of(ChangedAddress))]
) -> AddressBody:
    return _body(await update_address(control.bench, account.sid, sid, form.change()))


@router.delete(_PATH + "/{sid}.json", status_code=204)
async def delete(account: Acting, control: Context, sid: str) -> None:
    await delete_address(control.bench, account.sid, sid)


@router.get(_PATH + "/{sid}/DependentPhoneNumbers.json", response_model=_NUMBERS.model)
async def list_dependent(account: Acting, control: Context, page: Page, sid: str) -> JSONResponse:
    address = await _found(account.sid, control, sid)
    async with control.bench.store.reading() as session:
        rows = await numbers_at_address(session, address, page.cut)
    return _NUMBERS.page(page, rows, [_number(row) for row in rows.rows])


async def _found(account_sid: str, control: Context, sid: str) -> AddressRow:
    async with control.bench.store.reading() as session:
        return existing(await find_address(session, account_sid, sid))
