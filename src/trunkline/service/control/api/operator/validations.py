"""`/operator/v1/OutgoingCallerIds/Validations/{CallSid}`: the code, as heard from the number (row 144)."""

from typing import Annotated

from fastapi import APIRouter, Depends

from trunkline.service.control.api.account.outgoing_caller_ids import CallerIdBody, caller_id_body
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.provisioning.account.validation import enter_code

router = APIRouter()


class CodeForm(Form):
    code: str


@router.post("/operator/v1/OutgoingCallerIds/Validations/{call_sid}")
async def enter(control: Context, call_sid: str, form: Annotated[CodeForm, Depends(form_of(CodeForm))]) -> CallerIdBody:
    return caller_id_body(await enter_code(control.bench, call_sid, form.code))
