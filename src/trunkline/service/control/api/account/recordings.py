"""`~/Recordings` and `~/Calls/{CA}/Recordings`: what is known of recordings (rest.md 3.9)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.recording import RecordingFilter, find_recording, recordings_of
from trunkline.platform.store.table import RecordingRow
from trunkline.service.control.api.account.calls import find_known
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Flag
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.query import Days, Query, query_of
from trunkline.service.control.api.wire_date import Rfc2822Date, Window
from trunkline.service.control.provisioning.account.recording import delete_recording
from trunkline.service.control.provisioning.refusal import NotFound, Refusal, existing

router = APIRouter()
_ROOT = "/2010-04-01/Accounts/{account_sid}"
_OF_CALL = _ROOT + "/Calls/{call_sid}/Recordings"
_SUBRESOURCES = {"add_on_results": "AddOnResults", "transcriptions": "Transcriptions"}


class KnownRecordingQuery(Query):
    include_soft_deleted: Flag = False


class CallRecordingQuery(Query):
    date_created: Days = Window()


class RecordingQuery(CallRecordingQuery, KnownRecordingQuery):
    call_sid: str | None = None
    conference_sid: str | None = None
    """No conference is ever recorded here, so that it finds nothing."""

    def filter(self) -> RecordingFilter:
        call_sid = "none" if self.conference_sid else self.call_sid
        return RecordingFilter(call_sid, self.date_created.since, self.date_created.until, self.include_soft_deleted)


class _RecordingFields(BaseModel):
    account_sid: str
    api_version: str = "2010-04-01"
    call_sid: str
    channels: int
    conference_sid: str | None = None
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    duration: str | None
    encryption_details: dict[str, Any] | None
    error_code: int | None
    price_unit: str
    sid: str
    source: str
    start_time: Rfc2822Date | None
    status: str
    uri: str


class RecordingBody(_RecordingFields):
    media_url: str
    """Without an extension: WAV."""
    price: str | None
    subresource_uris: dict[str, str]


class CallRecordingBody(_RecordingFields):
    price: str | None
    track: str


class EventBody(BaseModel):
    """A request to a webhook and what was answered."""

    request: dict[str, Any]
    response: dict[str, Any]


def _fields(row: RecordingRow, path: str) -> dict[str, Any]:
    same = ("account_sid", "call_sid", "channels", "date_created", "date_updated", "encryption_details", "error_code")
    return {
        **{name: getattr(row, name) for name in (*same, "price_unit", "sid", "source", "start_time")},
        "duration": None if row.duration_s is None else str(row.duration_s),
        "status": row.status if row.deleted_at is None else "deleted",
        "uri": f"{path}.json",
    }


def _price(row: RecordingRow) -> str | None:
    return None if row.price is None else f"{row.price:.5f}"


def _body(row: RecordingRow, base: str) -> RecordingBody:
    path = f"/2010-04-01/Accounts/{row.account_sid}/Recordings/{row.sid}"
    return RecordingBody(
        **_fields(row, path),
        media_url=base + path,
        price=_price(row),
        subresource_uris={key: f"{path}/{name}.json" for key, name in _SUBRESOURCES.items()},
    )


def _of_call(row: RecordingRow) -> CallRecordingBody:
    path = f"/2010-04-01/Accounts/{row.account_sid}/Calls/{row.call_sid}/Recordings/{row.sid}"
    return CallRecordingBody(**_fields(row, path), price=_price(row), track=row.track)


_LIST = FlatList("recordings", RecordingBody)
_LIST_OF_CALL = FlatList("recordings", CallRecordingBody)
_EVENTS = FlatList("events", EventBody)


@router.get(_ROOT + "/Recordings.json", response_model=_LIST.model)
async def list_recordings(
    account: Acting, control: Context, page: Page, asked: Annotated[RecordingQuery, Depends(query_of(RecordingQuery))]
) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await recordings_of(session, account.sid, page.cut, asked.filter())
    return _LIST.page(page, rows, [_body(row, page.base) for row in rows.rows])


@router.get(_ROOT + "/Recordings/{sid}.json")
async def fetch(
    request: Request,
    account: Acting,
    control: Context,
    sid: str,
    asked: Annotated[KnownRecordingQuery, Depends(query_of(KnownRecordingQuery))],
) -> RecordingBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_recording(session, account.sid, sid, deleted_too=asked.include_soft_deleted))
    return _body(row, base_url(request))


@router.delete(_ROOT + "/Recordings/{sid}.json", status_code=204)
async def delete(account: Acting, control: Context, sid: str) -> None:
    await delete_recording(control.bench, account.sid, sid)


@router.get(_OF_CALL + ".json", response_model=_LIST_OF_CALL.model)
async def list_of_call(
    account: Acting,
    control: Context,
    page: Page,
    call_sid: str,
    asked: Annotated[CallRecordingQuery, Depends(query_of(CallRecordingQuery))],
) -> JSONResponse:
    existing(await find_known(control, account.sid, call_sid))
    wanted = RecordingFilter(call_sid, asked.date_created.since, asked.date_created.until)
    async with control.bench.store.reading() as session:
        rows = await recordings_of(session, account.sid, page.cut, wanted)
    return _LIST_OF_CALL.page(page, rows, [_of_call(row) for row in rows.rows])


@router.post(_OF_CALL + ".json", status_code=201)
async def start(account: Acting, control: Context, call_sid: str) -> CallRecordingBody:
    """There is no recorder yet: 20404 for a call that is not known, 21220 for any other."""
    existing(await find_known(control, account.sid, call_sid))
    raise Refusal(21220, "This platform does not record calls")


@router.get(_OF_CALL + "/{sid}.json")
async def fetch_of_call(account: Acting, control: Context, call_sid: str, sid: str) -> CallRecordingBody:
    return _of_call(await _one_of(control, account.sid, call_sid, sid))


async def _one_of(control: Context, account_sid: str, call_sid: str, sid: str) -> RecordingRow:
    async with control.bench.store.reading() as session:
        row = await find_recording(session, account_sid, sid)
    if row is None or row.call_sid != call_sid:
        raise NotFound
    return row


@router.post(_OF_CALL + "/{sid}.json")
async def change(account: Acting, control: Context, call_sid: str, sid: str) -> CallRecordingBody:
    """Pausing and stopping are the recorder's, which there is not yet: 21220."""
    await _one_of(control, account.sid, call_sid, sid)
    raise Refusal(21220, "This platform does not record calls")


@router.delete(_OF_CALL + "/{sid}.json", status_code=204)
async def delete_of_call(account: Acting, control: Context, call_sid: str, sid: str) -> None:
    await delete_recording(control.bench, account.sid, sid, call_sid)


@router.get(_ROOT + "/Calls/{call_sid}/Events.json", response_model=_EVENTS.model)
async def list_events(account: Acting, control: Context, page: Page, call_sid: str) -> JSONResponse:
    """The requests that a call made to webhooks: a trunk's call makes none."""
    existing(await find_known(control, account.sid, call_sid))
    return _EVENTS.page_of_all(page, [])
