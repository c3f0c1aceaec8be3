"""`/v1/AlertWebhook`: where an account wants to be told of its alerts (row 126); not a resource of Twilio's."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from trunkline.platform.store.table import AccountRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, HttpMethod, form_of
from trunkline.service.control.provisioning.monitor.alert_webhook import set_alert_webhook

router = APIRouter()
_PATH = "/v1/AlertWebhook"


class WebhookForm(Form):
    url: str | None = None
    method: HttpMethod | None = None
    email: str | None = None


class WebhookBody(BaseModel):
    account_sid: str
    url: str | None
    """Null: no webhook is called."""
    method: str
    email: str | None
    """Null: no mail is sent."""


def _body(row: AccountRow) -> WebhookBody:
    return WebhookBody(account_sid=row.sid, url=row.alert_url, method=row.alert_method, email=row.alert_email)


@router.get(_PATH)
async def fetch(caller: Caller) -> WebhookBody:
    return _body(caller)


@router.post(_PATH)
async def update(
    caller: Caller, control: Context, form: Annotated[WebhookForm, Depends(form_of(WebhookForm))]
) -> WebhookBody:
    return _body(await set_alert_webhook(control.bench, caller.sid, form.url, form.method, form.email))
