"""`/2010-04-01/Accounts`: the caller and its sub-accounts."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.account import accounts_under
from trunkline.platform.store.table import AccountRow
from trunkline.platform.store.vault import account_token_context
from trunkline.service.control.api.authentication import Caller, Visible, require_auth_token
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.query import Query, query_of
from trunkline.service.control.api.wire_date import Rfc2822Date
from trunkline.service.control.provisioning.account.account import create_sub_account, update_account

router = APIRouter(dependencies=[Depends(require_auth_token)])

_SUBRESOURCES = {
    "addresses": "Addresses",
    "applications": "Applications",
    "authorized_connect_apps": "AuthorizedConnectApps",
    "available_phone_numbers": "AvailablePhoneNumbers",
    "balance": "Balance",
    "calls": "Calls",
    "conferences": "Conferences",
    "connect_apps": "ConnectApps",
    "incoming_phone_numbers": "IncomingPhoneNumbers",
    "keys": "Keys",
    "messages": "Messages",
    "notifications": "Notifications",
    "outgoing_caller_ids": "OutgoingCallerIds",
    "queues": "Queues",
    "recordings": "Recordings",
    "short_codes": "SMS/ShortCodes",
    "signing_keys": "SigningKeys",
    "sip": "SIP",
    "transcriptions": "Transcriptions",
    "usage": "Usage",
}
"""The keys that the real answer has; docs/twilio-compatibility.md says which of them are served here."""


class NewAccount(Form):
    friendly_name: str | None = None


class AccountForm(Form):
    friendly_name: str | None = None
    status: Literal["active", "suspended", "closed"] | None = None


class AccountQuery(Query):
    friendly_name: str | None = None
    status: Literal["active", "suspended", "closed"] | None = None


AccountFilter = Annotated[AccountQuery, Depends(query_of(AccountQuery))]


class AccountBody(BaseModel):
    auth_token: str
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    friendly_name: str
    owner_account_sid: str
    sid: str
    status: str
    subresource_uris: dict[str, str]
    type: str
    uri: str


def _body(row: AccountRow, control: Control) -> AccountBody:
    path = f"/2010-04-01/Accounts/{row.sid}"
    return AccountBody(
        auth_token=control.bench.vault.open(row.auth_token_sealed, account_token_context(row.sid)).reveal(),
        date_created=row.date_created,
        date_updated=row.date_updated,
        friendly_name=row.friendly_name,
        owner_account_sid=row.parent_sid or row.sid,
        sid=row.sid,
        status=row.status,
        subresource_uris={key: f"{path}/{name}.json" for key, name in _SUBRESOURCES.items()},
        type=row.type,
        uri=f"{path}.json",
    )


_LIST = FlatList("accounts", AccountBody)


@router.get("/2010-04-01/Accounts.json", response_model=_LIST.model)
async def list_accounts(caller: Caller, control: Context, page: Page, asked: AccountFilter) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await accounts_under(
            session, caller.sid, page.cut, friendly_name=asked.friendly_name, status=asked.status
        )
    return _LIST.page(page, rows, [_body(row, control) for row in rows.rows])


@router.post("/2010-04-01/Accounts.json", status_code=201)
async def create(
    caller: Caller, control: Context, form: Annotated[NewAccount, Depends(form_of(NewAccount))]
) -> AccountBody:
    return _body(await create_sub_account(control.bench, caller, form.friendly_name), control)


@router.get("/2010-04-01/Accounts/{account_sid}.json")
async def fetch(account: Visible, control: Context) -> AccountBody:
    return _body(account, control)


@router.post("/2010-04-01/Accounts/{account_sid}.json")
async def update(
    caller: Caller,
    account: Visible,
    control: Context,
    form: Annotated[AccountForm, Depends(form_of(AccountForm))],
) -> AccountBody:
    row = await update_account(control.bench, caller, account.sid, friendly_name=form.friendly_name, status=form.status)
    return _body(row, control)
