"""`/v1/Trunks/{sid}/Recording`: one setting of the trunk, without a SID of its own (row 136)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from trunkline.platform.store.repository.trunk import find_trunk
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.provisioning.refusal import existing
from trunkline.service.control.provisioning.trunking.trunk import RecordingMode, RecordingTrim, set_recording

router = APIRouter()


class RecordingForm(Form):
    mode: RecordingMode | None = None
    trim: RecordingTrim | None = None


class RecordingBody(BaseModel):
    mode: str
    trim: str


@router.get("/v1/Trunks/{trunk_sid}/Recording")
async def fetch(caller: Caller, control: Context, trunk_sid: str) -> RecordingBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_trunk(session, caller.sid, trunk_sid))
    return RecordingBody(mode=row.recording_mode, trim=row.recording_trim)


@router.post("/v1/Trunks/{trunk_sid}/Recording")
async def update(
    caller: Caller, control: Context, trunk_sid: str, form: Annotated[RecordingForm, Depends(form_of(RecordingForm))]
) -> RecordingBody:
    row = await set_recording(control.bench, caller.sid, trunk_sid, form.mode, form.trim)
    return RecordingBody(mode=row.recording_mode, trim=row.recording_trim)
