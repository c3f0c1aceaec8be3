"""`~/Calls`: finished calls out of their records, live ones as the gateways tell them (row 145)."""

import asyncio
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.call_record import CallFilter, calls_of, find_call
from trunkline.platform.store.table import CallRow
from trunkline.service.control.api.authentication import Acting, LookedAfter
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.query import Days, PhoneText, Query, query_of
from trunkline.service.control.api.wire_date import Rfc2822Date, Window
from trunkline.service.control.live_calls import hang_up, live_calls_of, merged
from trunkline.service.control.provisioning.account.call import delete_call, tell_ended
from trunkline.service.control.provisioning.field_rule import formatted
from trunkline.service.control.provisioning.refusal import Refusal, existing

router = APIRouter()
_LIVE = ("queued", "ringing", "in-progress")
_LOOKS, _BETWEEN_LOOKS_S = 20, 0.1
_PATH = "/2010-04-01/Accounts/{account_sid}/Calls"
Status = Literal["queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"]
# Twilio's spelling lives here only; the records say it in ours.
_OUR_WORD = {"canceled": "cancelled"}
_THEIR_WORD = {ours: theirs for theirs, ours in _OUR_WORD.items()}
_SUBRESOURCES = {
    "events": "Events",
    "notifications": "Notifications",
    "payments": "Payments",
    "recordings": "Recordings",
    "siprec": "Siprec",
    "streams": "Streams",
    "transcriptions": "Transcriptions",
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
    "user_defined_messages": "UserDefinedMessages",
}


class CallForm(Form):
    status: Literal["completed", "canceled"] | None = None


class CallQuery(Query):
    to: PhoneText | None = None
    from_: Annotated[PhoneText | None, Field(alias="From")] = None
    parent_call_sid: str | None = None
    status: Status | None = None
    start_time: Days = Window()
    end_time: Days = Window()

    def filter(self) -> CallFilter:
        return CallFilter(
            to_number=self.to,
            from_number=self.from_,
            parent_call_sid=self.parent_call_sid,
            status=_OUR_WORD.get(self.status, self.status) if self.status else None,
            started_since=self.start_time.since,
            started_until=self.start_time.until,
            ended_since=self.end_time.since,
            ended_until=self.end_time.until,
        )


class CallBody(BaseModel):
    account_sid: str
    answered_by: str | None = None
    api_version: str = "2010-04-01"
    caller_name: str | None
    date_created: Rfc2822Date
    date_updated: Rfc2822Date
    direction: str
    duration: str | None
    end_time: Rfc2822Date | None
    forwarded_from: str | None
    from_: str = Field(serialization_alias="from")
    from_formatted: str
    group_sid: str | None = None
    parent_call_sid: str | None
    phone_number_sid: str | None
    price: str | None
    price_unit: str
    queue_time: str = "0"
    sid: str
    start_time: Rfc2822Date | None
    status: str
    subresource_uris: dict[str, str]
    to: str
    to_formatted: str
    trunk_sid: str | None
    uri: str


def _price(amount: Decimal | None) -> str | None:
    """What the call cost, as a negative amount with five decimals; null until it is rated."""
    return None if amount is None else f"{-abs(amount):.5f}"


def _body(row: CallRow) -> CallBody:
    path = f"/2010-04-01/Accounts/{row.account_sid}/Calls/{row.sid}"
    return CallBody(
        account_sid=row.account_sid,
        caller_name=row.caller_name,
        date_created=row.date_created,
        date_updated=row.date_updated,
        direction=row.direction,
        duration=None if row.duration_s is None else str(row.duration_s),
        end_time=row.released_at,
        forwarded_from=row.forwarded_from,
        from_=row.from_number,
        from_formatted=formatted(row.from_number),
        parent_call_sid=row.parent_call_sid,
        phone_number_sid=row.phone_number_sid,
        price=_price(row.price),
        price_unit=row.price_unit,
        sid=row.sid,
        start_time=row.start_time,
        status=_THEIR_WORD.get(row.status, row.status),
        subresource_uris={key: f"{path}/{name}.json" for key, name in _SUBRESOURCES.items()},
        to=row.to_number,
        to_formatted=formatted(row.to_number),
        trunk_sid=row.trunk_sid,
        uri=f"{path}.json",
    )


_LIST = FlatList("calls", CallBody)


@router.get(_PATH + ".json", response_model=_LIST.model)
async def list_calls(
    account: Acting, control: Context, page: Page, asked: Annotated[CallQuery, Depends(query_of(CallQuery))]
) -> JSONResponse:
    wanted = asked.filter()
    live = await live_calls_of(control.run_dir, account.sid)
    async with control.bench.store.reading() as session:
        stored = await calls_of(session, account.sid, page.cut, wanted)
    rows = merged(stored, live, wanted, page.cut)
    return _LIST.page(page, rows, [_body(row) for row in rows.rows])


async def find_known(control: Control, account_sid: str, sid: str) -> CallRow | None:
    """The live call, else the record. Asked in this order a call that ends meanwhile is in one of them."""
    live = [row for row in await live_calls_of(control.run_dir, account_sid) if row.sid == sid]
    async with control.bench.store.reading() as session:
        return await find_call(session, account_sid, sid) or (live[0] if live else None)


@router.get(_PATH + "/{sid}.json")
async def fetch(account: Acting, control: Context, sid: str) -> CallBody:
    async with control.bench.store.reading() as session:
        row = await find_call(session, account.sid, sid)
    return _body(existing(row or await find_known(control, account.sid, sid)))


@router.post(_PATH + "/{sid}.json")
async def update(
    account: LookedAfter, control: Context, sid: str, form: Annotated[CallForm, Depends(form_of(CallForm))]
) -> CallBody:
    """Ends a live call: `Status=completed`, or `canceled` while nobody has answered.

    A parent may end the calls of a suspended sub-account too: that is when it will want to.
    """
    row = existing(await find_known(control, account.sid, sid))
    if form.status is None:
        raise Refusal(21220, "A trunk's call cannot be redirected: Status is needed")
    if row.status not in _LIVE or (form.status == "canceled" and row.status == "in-progress"):
        raise Refusal(21220, f"Call is {_THEIR_WORD.get(row.status, row.status)}, which cannot become {form.status}")
    if not await hang_up(control.run_dir, account.sid, sid):
        raise Refusal(21220, "Call has just ended")
    await tell_ended(control.bench, row, form.status)
    return _body(await _ended(control, account.sid, row))


async def _ended(control: Control, account_sid: str, live: CallRow) -> CallRow:
    """The record, which comes within a moment; until then the call as it was."""
    for _ in range(_LOOKS):
        async with control.bench.store.reading() as session:
            row = await find_call(session, account_sid, live.sid)
        if row is not None:
            return row
        await asyncio.sleep(_BETWEEN_LOOKS_S)
    return live


@router.delete(_PATH + "/{sid}.json", status_code=204)
async def delete(account: Acting, control: Context, sid: str) -> None:
    row = await find_known(control, account.sid, sid)
    if row is not None and row.status in _LIVE:
        raise Refusal(20009, "A call that is in progress cannot be deleted", 409)
    await delete_call(control.bench, account.sid, sid)
