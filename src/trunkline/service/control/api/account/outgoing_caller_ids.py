"""`~/OutgoingCallerIds`: ask for one to be validated, read, rename, remove (row 144)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.number import caller_ids_of, find_caller_id
from trunkline.platform.store.table import OutgoingCallerIdRow
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, HttpMethod, Number, form_of
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.query import PhoneText, Query, query_of
from trunkline.service.control.api.wire_date import Rfc2822Date
from trunkline.service.control.provisioning.account.caller_id import delete_caller_id, rename_caller_id
from trunkline.service.control.provisioning.account.validation import ValidationWish, request_validation
from trunkline.service.control.provisioning.refusal import existing

router = APIRouter()
_PATH = "/2010-04-01/Accounts/{account_sid}/OutgoingCallerIds"


class ValidationForm(Form):
    phone_number: str
    friendly_name: str = ""
    call_delay: Number = 0
    extension: str = ""
    status_callback: str = ""
    status_callback_method: HttpMethod = "POST"


class ValidationBody(BaseModel):
    account_sid: str
    call_sid: str
    friendly_name: str
    phone_number: str
    validation_code: str


class CallerIdForm(Form):
    friendly_name: str | None = None


class CallerIdQuery(Query):
    phone_number: PhoneText | None = None
    friendly_name: str | None = None


class CallerIdBody(BaseModel):
    account_sid: str
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    friendly_name: str
    phone_number: str
    sid: str
    uri: str


def caller_id_body(row: OutgoingCallerIdRow) -> CallerIdBody:
    return CallerIdBody(
        account_sid=row.account_sid,
        date_created=row.date_created,
        date_updated=row.date_updated,
        friendly_name=row.friendly_name,
        phone_number=row.phone_number,
        sid=row.sid,
        uri=f"/2010-04-01/Accounts/{row.account_sid}/OutgoingCallerIds/{row.sid}.json",
    )


_LIST = FlatList("outgoing_caller_ids", CallerIdBody)


@router.get(_PATH + ".json", response_model=_LIST.model)
async def list_caller_ids(
    account: Acting, control: Context, page: Page, asked: Annotated[CallerIdQuery, Depends(query_of(CallerIdQuery))]
) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await caller_ids_of(
            session, account.sid, page.cut, phone_number=asked.phone_number, friendly_name=asked.friendly_name
        )
    return _LIST.page(page, rows, [caller_id_body(row) for row in rows.rows])


@router.post(_PATH + ".json")
async def validate(
    account: Acting, control: Context, form: Annotated[ValidationForm, Depends(form_of(ValidationForm))]
) -> ValidationBody:
    """200, as the published API has it, not 201."""
    wish = ValidationWish(
        form.phone_number,
        form.friendly_name,
        form.call_delay,
        form.extension,
        form.status_callback,
        form.status_callback_method,
    )
    row, code = await request_validation(control.bench, account.sid, wish)
    return ValidationBody(
        account_sid=row.account_sid,
        call_sid=row.call_sid,
        friendly_name=row.friendly_name,
        phone_number=row.phone_number,
        validation_code=code,
    )


@router.get(_PATH + "/{sid}.json")
async def fetch(account: Acting, control: Context, sid: str) -> CallerIdBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_caller_id(session, account.sid, sid))
    return caller_id_body(row)


@router.post(_PATH + "/{sid}.json")
async def update(
    account: Acting, control: Context, sid: str, form: Annotated[CallerIdForm, Depends(form_of(CallerIdForm))]
) -> CallerIdBody:
    return caller_id_body(await rename_caller_id(control.bench, account.sid, sid, form.friendly_name))


@router.delete(_PATH + "/{sid}.json", status_code=204)
async def delete(account: Acting, control: Context, sid: str) -> None:
    await delete_caller_id(control.bench, account.sid, sid)
