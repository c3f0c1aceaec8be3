"""`~/Notifications` and `~/Calls/{CA}/Notifications`: alerts in the shape of 2010 (rest.md 3.8)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.alert import AlertFilter, alerts_of, find_alert
from trunkline.platform.store.table import AlertRow
from trunkline.service.control.api.account.calls import find_known
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.monitor.alerts import more_info
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.query import Days, Query, query_of
from trunkline.service.control.api.wire_date import Rfc2822Date, Window
from trunkline.service.control.provisioning.refusal import NotFound, existing

router = APIRouter()
_ROOT = "/2010-04-01/Accounts/{account_sid}"
_OF_CALL = _ROOT + "/Calls/{call_sid}/Notifications"
_LEVEL_OF = {"0": "error", "1": "warning"}


class NotificationQuery(Query):
    log: Literal["0", "1"] | None = None
    message_date: Days = Window()

    def filter(self, call_sid: str | None) -> AlertFilter:
        level = _LEVEL_OF[self.log] if self.log else None
        return AlertFilter(level, call_sid, self.message_date.since, self.message_date.until)


NotificationParameters = Annotated[NotificationQuery, Depends(query_of(NotificationQuery))]


class NotificationSummary(BaseModel):
    account_sid: str | None
    api_version: str = "2010-04-01"
    call_sid: str | None
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    error_code: str
    log: str
    message_date: Rfc2822Date
    message_text: str
    more_info: str
    request_method: str | None = None
    request_url: str | None = None
    sid: str
    uri: str


class NotificationBody(NotificationSummary):
    request_variables: str | None
    response_body: str | None
    response_headers: str | None = None


def _summary(row: AlertRow, of_call: str | None) -> NotificationSummary:
    parent = f"/Calls/{of_call}" if of_call else ""
    return NotificationSummary(
        account_sid=row.account_sid,
        call_sid=row.detail.get("call_sid"),
        date_created=row.date_created,
        date_updated=row.date_created,
        error_code=str(row.error_code),
        log="0" if row.log_level == "error" else "1",
        message_date=row.date_created,
        message_text=row.alert_text,
        more_info=more_info(row.error_code),
        request_method=row.detail.get("request_method"),
        request_url=row.detail.get("request_url"),
        sid=row.sid,
        uri=f"/2010-04-01/Accounts/{row.account_sid}{parent}/Notifications/{row.sid}.json",
    )


_LIST = FlatList("notifications", NotificationSummary)


async def _list(
    control: Context, page: Page, account_sid: str, call_sid: str | None, asked: NotificationQuery
) -> JSONResponse:
    if call_sid is not None:
        existing(await find_known(control, account_sid, call_sid))
    async with control.bench.store.reading() as session:
        rows = await alerts_of(session, account_sid, page.cut, asked.filter(call_sid))
    return _LIST.page(page, rows, [_summary(row, call_sid) for row in rows.rows])


async def _fetch(control: Context, account_sid: str, sid: str, call_sid: str | None) -> NotificationBody:
    async with control.bench.store.reading() as session:
        row = await find_alert(session, account_sid, sid)
    if row is None or (call_sid is not None and row.resource_sid != call_sid):
        raise NotFound
    return NotificationBody.model_construct(
        **_summary(row, call_sid).__dict__,
        request_variables=row.detail.get("request_text"),
        response_body=row.detail.get("response_text"),
    )


@router.get(_ROOT + "/Notifications.json", response_model=_LIST.model)
async def list_notifications(
    account: Acting, control: Context, page: Page, asked: NotificationParameters
) -> JSONResponse:
    return await _list(control, page, account.sid, None, asked)


@router.get(_ROOT + "/Notifications/{sid}.json")
async def fetch(account: Acting, control: Context, sid: str) -> NotificationBody:
    return await _fetch(control, account.sid, sid, None)


@router.get(_OF_CALL + ".json", response_model=_LIST.model)
async def list_of_call(
    account: Acting, control: Context, page: Page, call_sid: str, asked: NotificationParameters
) -> JSONResponse:
    return await _list(control, page, account.sid, call_sid, asked)


@router.get(_OF_CALL + "/{sid}.json")
async def fetch_of_call(account: Acting, control: Context, call_sid: str, sid: str) -> NotificationBody:
    return await _fetch(control, account.sid, sid, call_sid)
