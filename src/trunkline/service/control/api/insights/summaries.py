"""`/v1/Voice/Summaries`: the summaries of many calls (row 149; rest.md 5)."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BeforeValidator, Field, WithJsonSchema
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.insight import (
    SummaryFilter,
    annotations_of,
    by_end,
    by_start,
    summaries_of,
)
from trunkline.platform.store.repository.keyset import Slice
from trunkline.platform.store.table import CallRow
from trunkline.service.control.api.authentication import Caller, own_or_below
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Flag
from trunkline.service.control.api.insights.calls import AnsweredBy, ConnectivityIssue, SummaryBody, summary_body
from trunkline.service.control.api.insights.measured import STATUS_OF
from trunkline.service.control.api.page import MetaList, Page, whole_number
from trunkline.service.control.api.query import OneOf, PhoneText, Query, query_of
from trunkline.service.control.api.wire_date import instant
from trunkline.service.control.live_calls import interleaved, live_calls_of
from trunkline.service.control.provisioning.insights.annotation import QUALITY_ISSUES
from trunkline.service.control.provisioning.refusal import invalid

router = APIRouter()
_AGO: Final = re.compile(r"([0-9]{1,5})([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NO_CALLS: Final = ("inbound", "outbound_api", "outbound_dial")
_UNKNOWN: Final = (
    "FromCarrier", "ToCarrier", "FromCountryCode", "ToCountryCode", "VerifiedCaller", "HasTag", "AbnormalSession",
    "AnsweredBy", "BrandedEnabled", "VoiceIntegrityEnabled", "BrandedBundleSid", "BrandedLogo", "BrandedType",
    "BrandedUseCase", "BrandedCallReason", "VoiceIntegrityBundleSid", "VoiceIntegrityUseCase",
    "BusinessProfileIdentity", "BusinessProfileIndustry", "BusinessProfileBundleSid", "BusinessProfileType",
)  # fmt: skip
"""Filters that nothing here could be held against: refused, so that nobody takes the whole list for the filtered."""


def _moment(text: str) -> datetime | timedelta:
    """`30m`, `4h`, `3d`, `1w` ago, or an instant in ISO 8601; ValueError for anything else."""
    ago = _AGO.fullmatch(text)
    try:
        if ago is not None:
            return timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        return instant(text)
    except (ValueError, OverflowError):
        raise ValueError("must be an instant (YYYY-MM-DDThh:mm:ssZ) or a time ago such as 30m, 4h, 3d, 1w") from None


_MOMENT: Final = {"type": "string", "anyOf": [{"pattern": "^[0-9]{1,5}[mhdw]$"}, {"format": "date-time"}]}
Moment = Annotated[datetime | timedelta, BeforeValidator(_moment), WithJsonSchema(_MOMENT)]


def _at(name: str, moment: datetime | timedelta, now: datetime) -> datetime:
    try:
        return now - moment if isinstance(moment, timedelta) else moment
    except OverflowError:
        raise invalid(name, "is beyond the calendar") from None


class SummariesQuery(Query):
    from_: Annotated[PhoneText | None, Field(alias="From")] = None
    to: PhoneText | None = None
    start_time: Moment = timedelta(hours=4)
    end_time: Moment = timedelta()
    call_type: Literal["trunking", "carrier", "sip", "client", "whatsapp"] | None = None
    call_state: Annotated[str, OneOf(tuple(STATUS_OF))] | None = None
    direction: (
        Literal["trunking_originating", "trunking_terminating", "inbound", "outbound_api", "outbound_dial"] | None
    ) = None
    processing_state: Literal["completed", "started", "partial", "all"] = "completed"
    sort_by: Literal["start_time", "end_time"] = "start_time"
    subaccount: str | None = None
    answered_by_annotation: AnsweredBy | None = None
    connectivity_issue_annotation: ConnectivityIssue | None = None
    quality_issue_annotation: Annotated[str, OneOf(QUALITY_ISSUES)] | None = None
    spam_annotation: Flag | None = None
    call_score_annotation: Annotated[int, Field(ge=1, le=5), BeforeValidator(whole_number)] | None = None

    def filter(self, now: datetime) -> SummaryFilter | None:
        """None: no call of this platform can be meant."""
        if self.call_type not in (None, "trunking") or self.direction in _NO_CALLS:
            return None
        return SummaryFilter(
            since=_at("StartTime", self.start_time, now),
            until=_at("EndTime", self.end_time, now),
            by_end=self.sort_by == "end_time",
            from_number=self.from_,
            to_number=self.to,
            direction=self.direction.replace("_", "-") if self.direction else None,
            status=STATUS_OF[self.call_state] if self.call_state else None,
            answered_by=self.answered_by_annotation,
            connectivity_issue=self.connectivity_issue_annotation,
            quality_issue=self.quality_issue_annotation,
            spam=self.spam_annotation,
            call_score=self.call_score_annotation,
        )


def _refuse_unknown(request: Request) -> None:
    for name in _UNKNOWN:
        if request.query_params.get(name):
            raise invalid(name, "this platform does not know that of a call")


def _is_wanted(row: CallRow, wanted: SummaryFilter) -> bool:
    """The same filters on a live call; of those that end only later `until` says nothing."""
    equal = (
        (wanted.from_number, row.from_number),
        (wanted.to_number, row.to_number),
        (wanted.direction, row.direction),
        (wanted.status, row.status),
    )
    if wanted.is_of_annotations or any(asked is not None and asked != has for asked, has in equal):
        return False
    return wanted.by_end or wanted.since <= (row.start_time or row.invited_at) < wanted.until


_LIST = MetaList("call_summaries", SummaryBody)


@router.get("/v1/Voice/Summaries", response_model=_LIST.model)
async def list_summaries(
    request: Request,
    account: Caller,
    control: Context,
    page: Page,
    asked: Annotated[SummariesQuery, Depends(query_of(SummariesQuery))],
) -> JSONResponse:
    """Finished calls; `ProcessingState=all` has live ones among them, `partial` and `started` only those."""
    _refuse_unknown(request)
    state, wanted = asked.processing_state, asked.filter(control.bench.wall())
    owner = (await own_or_below(control, account, asked.subaccount)).sid
    rows: Slice[CallRow] = Slice(rows=[], first=None, last=None, newer=False, older=False)
    annotations = {}
    if wanted is not None:
        live = [] if state == "completed" else await live_calls_of(control.run_dir, owner)
        async with control.bench.store.reading() as session:
            if state in ("completed", "all"):
                rows = await summaries_of(session, owner, page.cut, wanted)
            fits = [row for row in live if _is_wanted(row, wanted)]
            rows = interleaved(rows, fits, page.cut, by_end if wanted.by_end else by_start)
            annotations = await annotations_of(session, owner, [row.sid for row in rows.rows])
    bodies = [summary_body(row, annotations.get(row.sid), page.base) for row in rows.rows]
    return _LIST.page(page, rows, bodies)
