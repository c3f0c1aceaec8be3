"""`~/Usage/Triggers` (row 146; rest.md 3.11)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.usage_trigger import TriggerFilter, find_trigger, triggers_of
from trunkline.platform.store.table import UsageTriggerRow
from trunkline.platform.store.usage_watch import current_value, plain, record_uri
from trunkline.service.control.api.account.usage_records import CategoryName
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.api.form import Form, HttpMethod, form_of
from trunkline.service.control.api.page import FlatList, Page
from trunkline.service.control.api.query import Query, query_of
from trunkline.service.control.api.wire_date import Rfc2822Date
from trunkline.service.control.provisioning.account.usage_trigger import (
    TriggerWish,
    create_trigger,
    delete_trigger,
    update_trigger,
)
from trunkline.service.control.provisioning.refusal import existing

router = APIRouter()
_PATH = "/2010-04-01/Accounts/{account_sid}/Usage/Triggers"


Recurring = Literal["daily", "monthly", "yearly", "alltime"]
TriggerBy = Literal["count", "usage", "price"]


class TriggerQuery(Query):
    recurring: Recurring | None = None
    trigger_by: TriggerBy | None = None
    usage_category: CategoryName | None = None


class NewTrigger(Form):
    callback_url: str
    trigger_value: str
    usage_category: str
    callback_method: HttpMethod = "POST"
    friendly_name: str = ""
    recurring: Recurring | Literal[""] = ""
    trigger_by: TriggerBy = "usage"

    def wish(self) -> TriggerWish:
        return TriggerWish(
            self.callback_url,
            self.trigger_value,
            self.usage_category,
            self.callback_method,
            self.friendly_name,
            self.recurring or None,
            self.trigger_by,
        )


class ChangedTrigger(Form):
    callback_url: str | None = None
    callback_method: HttpMethod | None = None
    friendly_name: str | None = None


class TriggerBody(BaseModel):
    account_sid: str
    api_version: str = "2010-04-01"
    callback_method: str
    callback_url: str
    current_value: str
    date_created: Rfc2822Date
    date_fired: Rfc2822Date | None
    date_updated: Rfc2822Date
    friendly_name: str | None
    recurring: str | None
    sid: str
    trigger_by: str
    trigger_value: str
    uri: str
    usage_category: str
    usage_record_uri: str


async def _body(control: Control, session: DbSession, row: UsageTriggerRow) -> TriggerBody:
    return TriggerBody(
        account_sid=row.account_sid,
        callback_method=row.callback_method,
        callback_url=row.callback_url,
        current_value=plain(await current_value(session, row, control.bench.wall())),
        date_created=row.date_created,
        date_fired=row.date_fired,
        date_updated=row.date_updated,
        friendly_name=row.friendly_name,
        recurring=row.recurring,
        sid=row.sid,
        trigger_by=row.trigger_by,
        trigger_value=plain(row.trigger_value),
        uri=f"/2010-04-01/Accounts/{row.account_sid}/Usage/Triggers/{row.sid}.json",
        usage_category=row.usage_category,
        usage_record_uri=record_uri(row),
    )


_LIST = FlatList("usage_triggers", TriggerBody)


@router.get(_PATH + ".json", response_model=_LIST.model)
async def list_triggers(
    account: Acting, control: Context, page: Page, asked: Annotated[TriggerQuery, Depends(query_of(TriggerQuery))]
) -> JSONResponse:
    wanted = TriggerFilter(asked.recurring, asked.trigger_by, asked.usage_category)
    async with control.bench.store.reading() as session:
        rows = await triggers_of(session, account.sid, page.cut, wanted)
        bodies = [await _body(control, session, row) for row in rows.rows]
    return _LIST.page(page, rows, bodies)


@router.post(_PATH + ".json", status_code=201)
async def create(
    account: Acting, control: Context, form: Annotated[NewTrigger, Depends(form_of(NewTrigger))]
) -> TriggerBody:
    return await _shown(control, await create_trigger(control.bench, account.sid, form.wish()))


@router.get(_PATH + "/{sid}.json")
async def fetch(account: Acting, control: Context, sid: str) -> TriggerBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_trigger(session, account.sid, sid))
        return await _body(control, session, row)


@router.post(_PATH + "/{sid}.json")
async def update(
    account: Acting, control: Context, sid: str, form: Annotated[ChangedTrigger, Depends(form_of(ChangedTrigger))]
) -> TriggerBody:
    row = await update_trigger(
        control.bench, account.sid, sid, form.callback_url, form.callback_method, form.friendly_name
    )
    return await _shown(control, row)


@router.delete(_PATH + "/{sid}.json", status_code=204)
async def delete(account: Acting, control: Context, sid: str) -> None:
    await delete_trigger(control.bench, account.sid, sid)


async def _shown(control: Control, row: UsageTriggerRow) -> TriggerBody:
    async with control.bench.store.reading() as session:
        return await _body(control, session, row)
