"""`~/IncomingPhoneNumbers`, and the same by type: the account's numbers (row 143)."""

from typing import Annotated, Literal, TypeVar, cast

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.number import NumberFilter, number_of, numbers_of
from trunkline.platform.store.table import PhoneNumberRow
from trunkline.platform.store.table.phone_number import NumberType
from trunkline.service.control.api.authentication import Acting, Caller
from trunkline.service.control.api.capability import Capabilities
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import (
    AddressSid,
    ApplicationSid,
    BundleSid,
    Flag,
    Form,
    HttpMethod,
    IdentitySid,
    TrunkSid,
    form_of,
)
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.query import PhoneText, Query, query_of
from trunkline.service.control.api.wire_date import Rfc2822Date
from trunkline.service.control.provisioning.account.number_transfer import transfer_number
from trunkline.service.control.provisioning.account.phone_number import (
    NumberFields,
    buy_number,
    buy_number_in_area,
    release_number,
    update_number,
)
from trunkline.service.control.provisioning.refusal import Refusal, existing

router = APIRouter()
_PATH = "/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers"
_TYPES: dict[str, NumberType] = {"Local": "local", "Mobile": "mobile", "TollFree": "toll-free"}


class NumberForm(Form):
    friendly_name: str = ""
    trunk_sid: TrunkSid = ""
    voice_url: str = ""
    voice_method: HttpMethod = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: HttpMethod = "POST"
    voice_application_sid: ApplicationSid = ""
    voice_caller_id_lookup: Flag = False
    voice_receive_mode: Literal["voice", "fax"] = "voice"
    status_callback: str = ""
    status_callback_method: HttpMethod = "POST"
    sms_url: str = ""
    sms_method: HttpMethod = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: HttpMethod = "POST"
    sms_application_sid: ApplicationSid = ""
    address_sid: AddressSid = ""
    identity_sid: IdentitySid = ""
    bundle_sid: BundleSid = ""
    emergency_status: Literal["Active", "Inactive"] = "Inactive"
    emergency_address_sid: AddressSid = ""

    def fields(self) -> NumberFields:
        """What was sent, less what chooses the number or is not offered yet."""
        sent = {name: value for name, value in self.sent().items() if name in NumberForm.model_fields}
        return cast("NumberFields", sent)


class NewNumber(NumberForm):
    phone_number: str = ""
    area_code: str = ""


class ChangedNumber(NumberForm):
    account_sid: str = ""
    """Another account of the same family: the number moves there."""


class NumberQuery(Query):
    phone_number: PhoneText | None = None
    friendly_name: str | None = None
    beta: Flag | None = None
    origin: Literal["twilio", "hosted"] | None = None

    def filter(self, type_: str | None) -> NumberFilter:
        return NumberFilter(self.phone_number, self.friendly_name, type_, self.beta, hosted=self.origin == "hosted")


NumberParameters = Annotated[NumberQuery, Depends(query_of(NumberQuery))]


class TypedNumberBody(BaseModel):
    """As its own type's list shows a number."""

    model_config = ConfigDict(from_attributes=True)

    account_sid: str | None
    address_requirements: str
    address_sid: str | None
    api_version: str = "2010-04-01"
    beta: bool
    bundle_sid: str | None
    capabilities: Capabilities = Capabilities()
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    emergency_address_sid: str | None
    emergency_address_status: str
    emergency_status: str
    friendly_name: str | None
    identity_sid: str | None
    origin: str = "twilio"
    phone_number: str
    sid: str
    sms_application_sid: str | None
    sms_fallback_method: str
    sms_fallback_url: str | None
    sms_method: str
    sms_url: str | None
    status: str = "in-use"
    status_callback: str | None
    status_callback_method: str
    trunk_sid: str | None
    uri: str = ""
    voice_application_sid: str | None
    voice_caller_id_lookup: bool
    voice_fallback_method: str
    voice_fallback_url: str | None
    voice_method: str
    voice_receive_mode: str
    voice_url: str | None


class IncomingPhoneNumberBody(TypedNumberBody):
    type: str


N = TypeVar("N", bound=TypedNumberBody)


def _shown(shape: type[N], row: PhoneNumberRow) -> N:
    uri = f"/2010-04-01/Accounts/{row.account_sid}/IncomingPhoneNumbers/{row.sid}.json"
    return shape.model_validate(row).model_copy(update={"uri": uri})


def _body(row: PhoneNumberRow) -> IncomingPhoneNumberBody:
    return _shown(IncomingPhoneNumberBody, row)


def _typed(row: PhoneNumberRow) -> TypedNumberBody:
    return _shown(TypedNumberBody, row)


_LIST = FlatList("incoming_phone_numbers", IncomingPhoneNumberBody)
_TYPED_LIST = FlatList("incoming_phone_numbers", TypedNumberBody)


@router.get(_PATH + ".json", response_model=_LIST.model)
async def list_numbers(account: Acting, control: Context, page: Page, asked: NumberParameters) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await numbers_of(session, account.sid, page.cut, asked.filter(None))
    return _LIST.page(page, rows, [_body(row) for row in rows.rows])


@router.post(_PATH + ".json", status_code=201)
async def create(
    account: Acting, control: Context, form: Annotated[NewNumber, Depends(form_of(NewNumber))]
) -> IncomingPhoneNumberBody:
    if form.phone_number:
        return _body(await buy_number(control.bench, account.sid, form.phone_number, form.fields()))
    if form.area_code:
        return _body(await buy_number_in_area(control.bench, account.sid, form.area_code, form.fields()))
    raise Refusal(20001, "Missing required parameter PhoneNumber or AreaCode in the post body")


def _add_type(name: str, type_: NumberType) -> None:
    """`/IncomingPhoneNumbers/Local.json` and its like: the list and the purchase of one type."""

    async def list_typed(account: Acting, control: Context, page: Page, asked: NumberParameters) -> JSONResponse:
        async with control.bench.store.reading() as session:
            rows = await numbers_of(session, account.sid, page.cut, asked.filter(type_))
        return _TYPED_LIST.page(page, rows, [_typed(row) for row in rows.rows])

    async def create_typed(
        account: Acting, control: Context, form: Annotated[NewNumber, Depends(form_of(NewNumber))]
    ) -> TypedNumberBody:
        if not form.phone_number:
            raise Refusal(20001, "Missing required parameter PhoneNumber in the post body")
        row = await buy_number(control.bench, account.sid, form.phone_number, form.fields(), type_=type_)
        return _typed(row)

    shape = _TYPED_LIST.model
    router.add_api_route(f"{_PATH}/{name}.json", list_typed, methods=["GET"], name=f"list_{name}", response_model=shape)
    router.add_api_route(f"{_PATH}/{name}.json", create_typed, methods=["POST"], status_code=201, name=f"create_{name}")


for _name, _type in _TYPES.items():
    _add_type(_name, _type)


@router.get(_PATH + "/{sid}.json")
async def fetch(account: Acting, control: Context, sid: str) -> IncomingPhoneNumberBody:
    async with control.bench.store.reading() as session:
        row = existing(await number_of(session, account.sid, sid))
    return _body(row)


@router.post(_PATH + "/{sid}.json")
async def update(
    caller: Caller,
    account: Acting,
    control: Context,
    sid: str,
    form: Annotated[ChangedNumber, Depends(form_of(ChangedNumber))],
) -> IncomingPhoneNumberBody:
    if form.account_sid in ("", account.sid):
        return _body(await update_number(control.bench, account.sid, sid, form.fields()))
    return _body(await transfer_number(control.bench, caller, account.sid, sid, form.account_sid, form.fields()))


@router.delete(_PATH + "/{sid}.json", status_code=204)
async def delete(account: Acting, control: Context, sid: str) -> None:
    await release_number(control.bench, account.sid, sid)
