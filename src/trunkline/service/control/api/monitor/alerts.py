"""`/v1/Alerts`: the debugger (rows 126, 150; rest.md 6).

Of an alert about SIP `request_variables` and `response_body` hold the two SIP messages; of one about a callback they
hold its form, and the answer whole.
"""

from typing import Final

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.alert import AlertFilter, alerts_of, find_alert
from trunkline.platform.store.table import AlertRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import Page, meta_page
from trunkline.service.control.api.wire_date import IsoDate, read_window
from trunkline.service.control.provisioning.refusal import existing, invalid

router = APIRouter()
_LEVELS: Final = ("error", "warning", "notice", "debug")


class AlertSummary(BaseModel):
    account_sid: str | None
    alert_text: str
    api_version: str = "2010-04-01"
    date_created: IsoDate
    date_generated: IsoDate
    date_updated: IsoDate
    error_code: str
    log_level: str
    more_info: str
    request_method: str | None = None
    request_url: str | None = None
    resource_sid: str | None
    service_sid: str | None
    sid: str
    url: str


class AlertBody(AlertSummary):
    request_headers: str | None = None
    request_variables: str | None
    response_body: str | None
    response_headers: str | None = None


def more_info(code: int) -> str:
    """Where Twilio's dictionary explains an error code, as every error body says."""
    return f"https://www.twilio.com/docs/errors/{code}"


def _summary(row: AlertRow, base: str) -> AlertSummary:
    return AlertSummary(
        account_sid=row.account_sid,
        alert_text=row.alert_text,
        date_created=row.date_created,
        date_generated=row.date_created,
        date_updated=row.date_created,
        error_code=str(row.error_code),
        log_level=row.log_level,
        more_info=more_info(row.error_code),
        request_method=row.detail.get("request_method"),
        request_url=row.detail.get("request_url"),
        resource_sid=row.resource_sid,
        service_sid=row.detail.get("trunk_sid"),
        sid=row.sid,
        url=f"{base}/v1/Alerts/{row.sid}",
    )


@router.get("/v1/Alerts")
async def list_alerts(request: Request, account: Caller, control: Context, page: Page) -> JSONResponse:
    query = request.query_params
    level = query.get("LogLevel") or None
    if level is not None and level not in _LEVELS:
        raise invalid("LogLevel", f"must be one of {', '.join(_LEVELS)}")
    window = read_window({"Date>": query.get("StartDate", ""), "Date<": query.get("EndDate", "")}, "Date")
    wanted = AlertFilter(level, query.get("ResourceSid") or None, window.since, window.until)
    async with control.bench.store.reading() as session:
        rows = await alerts_of(session, account.sid, page.cut, wanted)
    return meta_page(page, rows, "alerts", [_summary(row, page.base) for row in rows.rows])


@router.get("/v1/Alerts/{sid}")
async def fetch(request: Request, account: Caller, control: Context, sid: str) -> AlertBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_alert(session, account.sid, sid))
    return AlertBody.model_construct(
        **_summary(row, base_url(request)).__dict__,
        request_variables=row.detail.get("request_text"),
        response_body=row.detail.get("response_text"),
    )
