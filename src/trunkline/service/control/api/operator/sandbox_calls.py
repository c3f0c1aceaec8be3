"""`/operator/v1/SandboxCalls`: has the sandbox carrier place a call into the platform."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from trunkline.platform.setting.admin_line import Unreachable, ask
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.provisioning.refusal import Refusal, invalid

router = APIRouter()
_NUMBER = re.compile(r"\+?[0-9]{1,15}")
_CALLER = re.compile(r"[A-Za-z0-9+*#._-]{1,64}")


class SandboxCallForm(Form):
    from_: Annotated[str, Field(alias="From")]
    to: str


class SandboxCallBody(BaseModel):
    sid: str
    status: str


@router.post("/operator/v1/SandboxCalls", status_code=201, response_model=SandboxCallBody)
async def create(control: Context, form: Annotated[SandboxCallForm, Depends(form_of(SandboxCallForm))]) -> JSONResponse:
    """201 with the sandbox's `{sid, status}`; 20503 when no sandbox runs."""
    if not _CALLER.fullmatch(form.from_):
        raise invalid("From", "must be a number or a name of at most 64 letters, digits and +*#._-")
    if not _NUMBER.fullmatch(form.to):
        raise invalid("To", "must be a number")
    try:
        answer = await ask(control.run_dir / "sandbox.sock", {"from": form.from_, "to": form.to}, within_s=10.0)
    except Unreachable:
        raise Refusal(20503, "The sandbox is not running", 503) from None
    if "error" in answer:
        raise Refusal(20409, f"The sandbox refused: {answer['error']}", 409)
    return JSONResponse(answer, 201)
