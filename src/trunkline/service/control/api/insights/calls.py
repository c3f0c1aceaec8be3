"""`/v1/Voice/{CA}`: its summary, events, metrics and annotation (row 149; rest.md 5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.insight import alerts_about, annotations_of, attempts_of
from trunkline.platform.store.table import AlertRow, CallAnnotationRow, CallAttemptRow, CallRow
from trunkline.service.control.api.account.calls import find_known
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Flag, Form, Limit, form_of
from trunkline.service.control.api.insights import measured
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.query import Query, query_of
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.insights.annotation import annotate_call
from trunkline.service.control.provisioning.refusal import NotFound, existing

router = APIRouter()
_PATH = "/v1/Voice/{call_sid}"
Edge = Literal["unknown_edge", "carrier_edge", "sip_edge", "sdk_edge", "client_edge"]
AnsweredBy = Literal["unknown_answered_by", "human", "machine"]
ConnectivityIssue = Literal[
    "unknown_connectivity_issue",
    "no_connectivity_issue",
    "invalid_number",
    "caller_id",
    "dropped_call",
    "number_reachability",
]


def _or_none(text: object) -> object:
    return text or None


class AnnotationForm(Form):
    """Empty clears."""

    answered_by: Annotated[AnsweredBy | None, BeforeValidator(_or_none)] = None
    connectivity_issue: Annotated[ConnectivityIssue | None, BeforeValidator(_or_none)] = None
    quality_issues: str = ""
    spam: Annotated[Flag | None, BeforeValidator(_or_none)] = None
    call_score: Limit = None
    comment: Annotated[str | None, BeforeValidator(_or_none)] = None
    incident: Annotated[str | None, BeforeValidator(_or_none)] = None


class SummaryQuery(Query):
    processing_state: Literal["complete", "partial"] | None = None


class EventQuery(Query):
    edge: Edge | None = None


class MetricQuery(EventQuery):
    direction: Literal["unknown", "inbound", "outbound", "both"] | None = None


class CallBody(BaseModel):
    sid: str
    url: str
    links: dict[str, str]


class AnnotationBody(BaseModel):
    call_sid: str
    account_sid: str
    answered_by: str | None = None
    connectivity_issue: str | None = None
    quality_issues: list[str] = Field(default_factory=list)
    spam: bool | None = None
    call_score: int | None = None
    comment: str | None = None
    incident: str | None = None
    url: str


class SummaryBody(BaseModel):
    account_sid: str
    call_sid: str
    call_type: str = "trunking"
    call_state: str
    answered_by: str | None = None
    processing_state: str
    created_time: IsoDate
    start_time: IsoDate | None
    end_time: IsoDate | None
    duration: int | None
    connect_duration: int | None
    from_: dict[str, Any] = Field(serialization_alias="from")
    to: dict[str, Any]
    carrier_edge: dict[str, Any]
    client_edge: dict[str, Any] | None = None
    sdk_edge: dict[str, Any] | None = None
    sip_edge: dict[str, Any]
    tags: list[str]
    url: str
    attributes: dict[str, Any] = Field(default_factory=dict)
    properties: dict[str, Any]
    trust: dict[str, Any] | None = None
    annotation: AnnotationBody | None


class EventBody(BaseModel):
    timestamp: IsoDate
    call_sid: str
    account_sid: str
    edge: str
    group: str
    level: str
    name: str
    carrier_edge: dict[str, Any] | None = None
    sip_edge: dict[str, Any] | None = None
    sdk_edge: dict[str, Any] | None = None
    client_edge: dict[str, Any] | None = None


class MetricBody(BaseModel):
    timestamp: IsoDate
    call_sid: str
    account_sid: str
    edge: str
    direction: str
    carrier_edge: dict[str, Any] | None = None
    sip_edge: dict[str, Any] | None = None
    sdk_edge: dict[str, Any] | None = None
    client_edge: dict[str, Any] | None = None


def _annotation(row: CallAnnotationRow | None, call: CallRow, base: str) -> AnnotationBody:
    fields = {} if row is None else {name: getattr(row, name) for name in _SAID}
    url = f"{base}/v1/Voice/{call.sid}/Annotation"
    return AnnotationBody(call_sid=call.sid, account_sid=call.account_sid, url=url, **fields)


_SAID: Final = ("answered_by", "connectivity_issue", "quality_issues", "spam", "call_score", "comment", "incident")


def summary_body(row: CallRow, annotation: CallAnnotationRow | None, base: str) -> SummaryBody:
    """A finished call's is complete as soon as its record is there; a live call's is partial."""
    ended = row.released_at
    return SummaryBody(
        account_sid=row.account_sid,
        call_sid=row.sid,
        call_state=measured.call_state(row),
        processing_state="partial" if ended is None else "complete",
        created_time=row.date_created,
        start_time=row.start_time,
        end_time=ended,
        duration=None if ended is None else round((ended - row.invited_at).total_seconds()),
        connect_duration=row.duration_s,
        from_=measured.party(row, caller=True),
        to=measured.party(row, caller=False),
        carrier_edge=measured.edge(row, "carrier_edge"),
        sip_edge=measured.edge(row, "sip_edge"),
        tags=measured.tags(row),
        url=f"{base}/v1/Voice/{row.sid}/Summary",
        properties=measured.properties(row),
        annotation=None if annotation is None else _annotation(annotation, row, base),
    )


def _events(row: CallRow, attempts: Sequence[CallAttemptRow], alerts: Sequence[AlertRow]) -> list[EventBody]:
    """Oldest first: the call's own milestones, what became of each attempt, and the alerts."""
    near, far = measured.EDGES if measured.is_terminating(row) else measured.EDGES[::-1]
    moments: list[tuple[datetime | None, str, str, str, str, dict[str, Any]]] = [
        (row.invited_at, near, "call", "INFO", "initiated", {}),
        (row.trying_at, far, "call", "INFO", "trying", {}),
        (row.ringing_at, far, "call", "INFO", "ringing", {}),
        (row.answered_at, far, "call", "INFO", "answered", {}),
    ]
    for attempt in attempts:
        detail: dict[str, Any] = {
            "position": attempt.position,
            "sip_response": attempt.sip_status,
            "error_code": attempt.error_code,
        }
        if far == "sip_edge":
            detail["target"] = attempt.target
        if attempt.cause is not None:
            moments.append((attempt.ended_at, far, "attempt", "WARNING", attempt.cause, detail))
    for alert in alerts:
        detail = {"error_code": alert.error_code, "text": alert.alert_text}
        moments.append((alert.date_created, near, "alert", alert.log_level.upper(), str(alert.error_code), detail))
    how = {"cause": row.cause, "sip_response": row.sip_status, "q850_cause": row.q850_cause}
    moments.append((row.released_at, near, "call", "INFO", measured.call_state(row), how))
    told = [moment for moment in moments if moment[0] is not None]
    return [_event(row, *moment) for moment in sorted(told, key=lambda moment: moment[0] or row.invited_at)]


def _event(
    row: CallRow, at: datetime | None, edge: str, group: str, level: str, name: str, detail: dict[str, Any]
) -> EventBody:
    shown = {key: value for key, value in detail.items() if value is not None}
    return EventBody(
        timestamp=at or row.invited_at,
        call_sid=row.sid,
        account_sid=row.account_sid,
        edge=edge,
        group=group,
        level=level if level in ("DEBUG", "INFO", "WARNING", "ERROR") else "INFO",
        name=name,
        **{edge: shown},
    )


def _metrics(row: CallRow) -> list[MetricBody]:
    """The sums over the whole call, of each edge and direction that was measured."""
    found = []
    for edge in measured.EDGES:
        media = measured.media_of(row, edge)
        for direction, view in (("inbound", measured.heard), ("outbound", measured.said)):
            figures = {} if media is None else view(media)
            if figures and row.released_at is not None:
                found.append(
                    MetricBody(
                        timestamp=row.released_at,
                        call_sid=row.sid,
                        account_sid=row.account_sid,
                        edge=edge,
                        direction=direction,
                        **{edge: {"cumulative": figures}},
                    )
                )
    return found


async def _known(account: Caller, control: Context, call_sid: str) -> CallRow:
    return existing(await find_known(control, account.sid, call_sid))


Call = Annotated[CallRow, Depends(_known)]


@router.get(_PATH)
async def fetch(request: Request, row: Call) -> CallBody:
    url = f"{base_url(request)}/v1/Voice/{row.sid}"
    links = {name.lower(): f"{url}/{name}" for name in ("Events", "Metrics", "Summary", "Annotation")}
    return CallBody(sid=row.sid, url=url, links=links)


@router.get(_PATH + "/Summary")
async def fetch_summary(
    request: Request, control: Context, row: Call, asked: Annotated[SummaryQuery, Depends(query_of(SummaryQuery))]
) -> SummaryBody:
    if asked.processing_state == "complete" and row.released_at is None:
        raise NotFound
    async with control.bench.store.reading() as session:
        annotations = await annotations_of(session, row.account_sid, [row.sid])
    return summary_body(row, annotations.get(row.sid), base_url(request))


_EVENT_LIST = MetaList("events", EventBody)
_METRIC_LIST = MetaList("metrics", MetricBody)


@router.get(_PATH + "/Events", response_model=_EVENT_LIST.model)
async def list_events(
    control: Context, page: Page, row: Call, asked: Annotated[EventQuery, Depends(query_of(EventQuery))]
) -> JSONResponse:
    async with control.bench.store.reading() as session:
        attempts = await attempts_of(session, row.sid)
        alerts = await alerts_about(session, row.account_sid, row.sid)
    found = [event for event in _events(row, attempts, alerts) if asked.edge in (None, event.edge)]
    return _EVENT_LIST.page_of_all(page, found)


@router.get(_PATH + "/Metrics", response_model=_METRIC_LIST.model)
async def list_metrics(
    page: Page, row: Call, asked: Annotated[MetricQuery, Depends(query_of(MetricQuery))]
) -> JSONResponse:
    found = [metric for metric in _metrics(row) if asked.edge in (None, metric.edge)]
    return _METRIC_LIST.page_of_all(page, [one for one in found if asked.direction in (None, "both", one.direction)])


@router.get(_PATH + "/Annotation")
async def fetch_annotation(request: Request, control: Context, row: Call) -> AnnotationBody:
    async with control.bench.store.reading() as session:
        annotations = await annotations_of(session, row.account_sid, [row.sid])
    return _annotation(annotations.get(row.sid), row, base_url(request))


@router.post(_PATH + "/Annotation")
async def annotate(
    request: Request, control: Context, row: Call, form: Annotated[AnnotationForm, Depends(form_of(AnnotationForm))]
) -> AnnotationBody:
    annotation = await annotate_call(control.bench, row.account_sid, row.sid, form.sent())
    return _annotation(annotation, row, base_url(request))
