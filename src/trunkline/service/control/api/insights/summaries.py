"""`/v1/Voice/Summaries`: the summaries of many calls (row 149; rest.md 5)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
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
from trunkline.service.control.api.insights.calls import summary_body
from trunkline.service.control.api.insights.measured import STATUS_OF
from trunkline.service.control.api.page import Page, meta_page
from trunkline.service.control.live_calls import interleaved, live_calls_of
from trunkline.service.control.provisioning.annotation import QUALITY_ISSUES
from trunkline.service.control.provisioning.refusal import invalid

router = APIRouter()
_AGO: Final = re.compile(r"([0-9]{1,5})([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_STATES: Final = ("completed", "started", "partial", "all")
_FOREIGN: Final = ("carrier", "sip", "client", "whatsapp")
"""Types of calls that there are none of here."""
_DIRECTIONS: Final = ("trunking_originating", "trunking_terminating")
_NO_CALLS: Final = ("inbound", "outbound_api", "outbound_dial")
_UNKNOWN: Final = (
    "FromCarrier", "ToCarrier", "FromCountryCode", "ToCountryCode", "VerifiedCaller", "HasTag", "AbnormalSession",
    "AnsweredBy", "BrandedEnabled", "VoiceIntegrityEnabled", "BrandedBundleSid", "BrandedLogo", "BrandedType",
    "BrandedUseCase", "BrandedCallReason", "VoiceIntegrityBundleSid", "VoiceIntegrityUseCase",
    "BusinessProfileIdentity", "BusinessProfileIndustry", "BusinessProfileBundleSid", "BusinessProfileType",
)  # fmt: skip
"""Filters that nothing here could be held against: refused, so that nobody takes the whole list for the filtered."""


def _moment(query: QueryParams, name: str, default: str, now: datetime) -> datetime:
    """`30m`, `4h`, `3d`, `1w` ago, or an instant in ISO 8601; 20001 for anything else."""
    text = query.get(name) or default
    ago = _AGO.fullmatch(text)
    try:
        if ago is not None:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise invalid(name, "must be an instant (YYYY-MM-DDThh:mm:ssZ) or a time ago such as 30m, 4h, 3d, 1w") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _word(query: QueryParams, name: str, words: tuple[str, ...]) -> str | None:
    word = query.get(name) or None
    if word is not None and word not in words:
        raise invalid(name, f"must be one of {', '.join(words)}")
    return word


def _filter(query: QueryParams, now: datetime) -> SummaryFilter | None:
    """None: no call of this platform can be meant."""
    for name in _UNKNOWN:
        if query.get(name):
            raise invalid(name, "this platform does not know that of a call")
    kind = _word(query, "CallType", ("trunking", *_FOREIGN))
    direction = _word(query, "Direction", (*_DIRECTIONS, *_NO_CALLS))
    state = _word(query, "CallState", tuple(STATUS_OF))
    spam = _word(query, "SpamAnnotation", ("true", "false"))
    score = _word(query, "CallScoreAnnotation", ("1", "2", "3", "4", "5"))
    wanted = SummaryFilter(
        since=_moment(query, "StartTime", "4h", now),
        until=_moment(query, "EndTime", "0m", now),
        by_end=_word(query, "SortBy", ("start_time", "end_time")) == "end_time",
        from_number=query.get("From") or None,
        to_number=query.get("To") or None,
        direction=direction.replace("_", "-") if direction else None,
        status=STATUS_OF[state] if state else None,
        answered_by=query.get("AnsweredByAnnotation") or None,
        connectivity_issue=query.get("ConnectivityIssueAnnotation") or None,
        quality_issue=_word(query, "QualityIssueAnnotation", QUALITY_ISSUES),
        spam=None if spam is None else spam == "true",
        call_score=None if score is None else int(score),
    )
    return None if kind in _FOREIGN or direction in _NO_CALLS else wanted


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


@router.get("/v1/Voice/Summaries")
async def list_summaries(request: Request, account: Caller, control: Context, page: Page) -> JSONResponse:
    """Finished calls; `ProcessingState=all` has live ones among them, `partial` and `started` only those."""
    query = request.query_params
    state = _word(query, "ProcessingState", _STATES) or "completed"
    wanted = _filter(query, control.bench.wall())
    owner = (await own_or_below(control, account, query.get("Subaccount"))).sid
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
    return meta_page(page, rows, "call_summaries", bodies)
