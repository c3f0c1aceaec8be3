"""`/operator/v1/SandboxKeypads`: what the user of the sandbox's keypad phone keys in."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.setting.admin_line import Unreachable, ask
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.provisioning.refusal import Refusal, invalid

router = APIRouter()
_DIGITS = re.compile(r"[0-9A-D*#]{1,64}")


class KeypadForm(Form):
    digits: str


class KeypadBody(BaseModel):
    number: str
    digits: str


@router.post("/operator/v1/SandboxKeypads", status_code=201, response_model=KeypadBody)
async def create(control: Context, form: Annotated[KeypadForm, Depends(form_of(KeypadForm))]) -> JSONResponse:
    """201 with `{number, digits}`: that number keys them in once, in the call that it has or in its next one.

    20503 when no sandbox runs.
    """
    if not _DIGITS.fullmatch(form.digits):
        raise invalid("Digits", "must be at most 64 of 0-9, A-D, * and #")
    try:
        answer = await ask(control.run_dir / "sandbox.sock", {"keypad": form.digits})
    except Unreachable:
        raise Refusal(20503, "The sandbox is not running", 503) from None
    return JSONResponse(answer, 201)
