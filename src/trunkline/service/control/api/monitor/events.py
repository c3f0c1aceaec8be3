"""`/v1/Events`: the audit log, what was changed over REST and by whom (row 150; rest.md 6)."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.audit import AuditFilter, events_of, find_any_event, find_event
from trunkline.platform.store.table import AuditEventRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.query import Query, Since, Until, query_of
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.refusal import existing

router = APIRouter()
operator_router = APIRouter()
_PATH: Final = "/v1/Events"
_OPERATORS: Final = "/operator/v1/Events"
_ACCOUNT: Final = "/2010-04-01/Accounts/{account}"
_PATHS: Final = {
    "account": _ACCOUNT[: -len("{account}")] + "{sid}.json",
    "address": _ACCOUNT + "/Addresses/{sid}.json",
    "api-key": _ACCOUNT + "/Keys/{sid}.json",
    "call": _ACCOUNT + "/Calls/{sid}.json",
    "call-annotation": "/v1/Voice/{sid}/Annotation",
    "credential-list": _ACCOUNT + "/SIP/CredentialLists/{sid}.json",
    "header-manipulation": "/v1/HeaderManipulations/{sid}",
    "incoming-phone-number": _ACCOUNT + "/IncomingPhoneNumbers/{sid}.json",
    "ip-access-control-list": _ACCOUNT + "/SIP/IpAccessControlLists/{sid}.json",
    "outgoing-caller-id": _ACCOUNT + "/OutgoingCallerIds/{sid}.json",
    "recording": _ACCOUNT + "/Recordings/{sid}.json",
    "trunk": "/v1/Trunks/{sid}",
    "usage-trigger": _ACCOUNT + "/Usage/Triggers/{sid}.json",
}


class EventQuery(Query):
    actor_sid: str | None = None
    event_type: str | None = None
    resource_sid: str | None = None
    source_ip_address: str | None = None
    start_date: Since = None
    end_date: Until = None

    def filter(self, account_sid: str | None) -> AuditFilter:
        return AuditFilter(
            account_sid=account_sid,
            actor_sid=self.actor_sid,
            event_type=self.event_type,
            resource_sid=self.resource_sid,
            source_ip_address=self.source_ip_address,
            since=self.start_date,
            until=self.end_date,
        )


class AnyonesEventQuery(EventQuery):
    account_sid: str | None = None


class EventBody(BaseModel):
    account_sid: str | None
    actor_sid: str | None
    actor_type: str
    description: str | None = None
    event_data: dict[str, Any]
    event_date: IsoDate
    event_type: str
    links: dict[str, str]
    resource_sid: str | None
    resource_type: str
    sid: str
    source: str = "api"
    source_ip_address: str | None
    url: str


def _links(row: AuditEventRow, base: str) -> dict[str, str]:
    """Where the actor and the resource are read, for what has an address of its own."""
    ends = {"actor": (row.actor_type, row.actor_sid), "resource": (row.resource_type, row.resource_sid)}
    return {
        end: base + _PATHS[kind].format(account=row.account_sid, sid=sid)
        for end, (kind, sid) in ends.items()
        if sid is not None and kind in _PATHS
    }


def _body(row: AuditEventRow, base: str, path: str = _PATH) -> EventBody:
    return EventBody(
        account_sid=row.account_sid,
        actor_sid=row.actor_sid,
        actor_type=row.actor_type,
        event_data=row.event_data,
        event_date=row.date_created,
        event_type=row.event_type,
        links=_links(row, base),
        resource_sid=row.resource_sid,
        resource_type=row.resource_type,
        sid=row.sid,
        source_ip_address=row.source_ip_address,
        url=f"{base}{path}/{row.sid}",
    )


_LIST = MetaList("events", EventBody)


async def _list(control: Context, page: Page, wanted: AuditFilter, path: str) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await events_of(session, page.cut, wanted)
    return _LIST.page(page, rows, [_body(row, page.base, path) for row in rows.rows])


@router.get(_PATH, response_model=_LIST.model)
async def list_events(
    account: Caller, control: Context, page: Page, asked: Annotated[EventQuery, Depends(query_of(EventQuery))]
) -> JSONResponse:
    return await _list(control, page, asked.filter(account.sid), _PATH)


@router.get(_PATH + "/{sid}")
async def fetch(request: Request, account: Caller, control: Context, sid: str) -> EventBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_event(session, account.sid, sid))
    return _body(row, base_url(request))


@operator_router.get(_OPERATORS, response_model=_LIST.model)
async def list_all_events(
    control: Context, page: Page, asked: Annotated[AnyonesEventQuery, Depends(query_of(AnyonesEventQuery))]
) -> JSONResponse:
    """Of every account, and of what belongs to none; `AccountSid` asks for one."""
    return await _list(control, page, asked.filter(asked.account_sid), _OPERATORS)


@operator_router.get(_OPERATORS + "/{sid}")
async def fetch_any_event(request: Request, control: Context, sid: str) -> EventBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_any_event(session, sid))
    return _body(row, base_url(request), _OPERATORS)
