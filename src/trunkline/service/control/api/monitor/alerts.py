"""`/v1/Alerts`: the debugger (rows 126, 150; rest.md 6).

Of an alert about SIP `request_variables` and `response_body` hold the two SIP messages; of one about a callback they
hold its form, and the answer whole.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.alert import AlertFilter, alerts_of, find_alert
from trunkline.platform.store.table import AlertRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.query import Query, Since, Until, query_of
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.refusal import existing

router = APIRouter()


class AlertQuery(Query):
    log_level: Literal["error", "warning", "notice", "debug"] | None = None
    resource_sid: str | None = None
    start_date: Since = None
    end_date: Until = None

    def filter(self) -> AlertFilter:
        return AlertFilter(self.log_level, self.resource_sid, self.start_date, self.end_date)


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


_LIST = MetaList("alerts", AlertSummary)


@router.get("/v1/Alerts", response_model=_LIST.model)
async def list_alerts(
    account: Caller, control: Context, page: Page, asked: Annotated[AlertQuery, Depends(query_of(AlertQuery))]
) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await alerts_of(session, account.sid, page.cut, asked.filter())
    return _LIST.page(page, rows, [_summary(row, page.base) for row in rows.rows])


@router.get("/v1/Alerts/{sid}")
async def fetch(request: Request, account: Caller, control: Context, sid: str) -> AlertBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_alert(session, account.sid, sid))
    return AlertBody.model_construct(
        **_summary(row, base_url(request)).__dict__,
        request_variables=row.detail.get("request_text"),
        response_body=row.detail.get("response_text"),
    )
