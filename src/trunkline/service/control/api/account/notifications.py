"""`~/Notifications` and `~/Calls/{CA}/Notifications`: alerts in the shape of 2010 (rest.md 3.8)."""

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.alert import AlertFilter, alerts_of, find_alert
from trunkline.platform.store.repository.call_record import find_call
from trunkline.platform.store.table import AlertRow
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.monitor.alerts import more_info
from trunkline.service.control.api.page import Page, flat_page
from trunkline.service.control.api.wire_date import Rfc2822Date, read_window
from trunkline.service.control.provisioning.refusal import NotFound, invalid

router = APIRouter()
_ROOT = "/2010-04-01/Accounts/{account_sid}"
_OF_CALL = _ROOT + "/Calls/{call_sid}/Notifications"
_LEVEL_OF = {"0": "error", "1": "warning"}


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


def _filter(query: QueryParams, call_sid: str | None) -> AlertFilter:
    log = query.get("Log") or None
    if log is not None and log not in _LEVEL_OF:
        raise invalid("Log", "must be 0 (errors) or 1 (warnings)")
    window = read_window(query, "MessageDate")
    return AlertFilter(_LEVEL_OF[log] if log else None, call_sid, window.since, window.until)


async def _list(request: Request, control: Context, page: Page, account_sid: str, call_sid: str | None) -> JSONResponse:
    wanted = _filter(request.query_params, call_sid)
    async with control.bench.store.reading() as session:
        if call_sid is not None and await find_call(session, account_sid, call_sid) is None:
            raise NotFound
        rows = await alerts_of(session, account_sid, page.cut, wanted)
    return flat_page(page, rows, "notifications", [_summary(row, call_sid) for row in rows.rows])


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


@router.get(_ROOT + "/Notifications.json")
async def list_notifications(request: Request, account: Acting, control: Context, page: Page) -> JSONResponse:
    return await _list(request, control, page, account.sid, None)


@router.get(_ROOT + "/Notifications/{sid}.json")
async def fetch(account: Acting, control: Context, sid: str) -> NotificationBody:
    return await _fetch(control, account.sid, sid, None)


@router.get(_OF_CALL + ".json")
async def list_of_call(request: Request, account: Acting, control: Context, page: Page, call_sid: str) -> JSONResponse:
    return await _list(request, control, page, account.sid, call_sid)


@router.get(_OF_CALL + "/{sid}.json")
async def fetch_of_call(account: Acting, control: Context, call_sid: str, sid: str) -> NotificationBody:
    return await _fetch(control, account.sid, sid, call_sid)
