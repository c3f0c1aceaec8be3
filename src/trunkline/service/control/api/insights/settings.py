"""`/v1/Voice/Settings`: switches of Voice Insights, kept and shown, of no effect (row 149)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from trunkline.platform.store.table import AccountRow
from trunkline.service.control.api.authentication import Caller, own_or_below, refuse_inactive
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Flag, Form, form_of
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.query import Query, query_of
from trunkline.service.control.provisioning.insights.annotation import set_switches

router = APIRouter()
_PATH = "/v1/Voice/Settings"


class SettingsForm(Form):
    advanced_features: Flag | None = None
    voice_trace: Flag | None = None
    subaccount_sid: str | None = None


class SettingsQuery(Query):
    subaccount_sid: str | None = None


class SettingsBody(BaseModel):
    account_sid: str
    advanced_features: bool
    voice_trace: bool
    url: str


def _body(row: AccountRow, request: Request) -> SettingsBody:
    return SettingsBody(
        account_sid=row.sid,
        advanced_features=row.advanced_features,
        voice_trace=row.voice_trace,
        url=base_url(request) + _PATH,
    )


@router.get(_PATH)
async def fetch(
    request: Request,
    account: Caller,
    control: Context,
    asked: Annotated[SettingsQuery, Depends(query_of(SettingsQuery))],
) -> SettingsBody:
    return _body(await own_or_below(control, account, asked.subaccount_sid), request)


@router.post(_PATH)
async def update(
    request: Request, account: Caller, control: Context, form: Annotated[SettingsForm, Depends(form_of(SettingsForm))]
) -> SettingsBody:
    row = await own_or_below(control, account, form.subaccount_sid)
    refuse_inactive(row)
    return _body(await set_switches(control.bench, row.sid, form.advanced_features, form.voice_trace), request)
