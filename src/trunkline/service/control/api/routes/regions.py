"""`/v2/Trunks/{domain}` and `/v2/PhoneNumbers/{E164}`: the region of each (rest.md 8)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.voice_route import find_voice_route
from trunkline.platform.store.table import PhoneNumberRow, TrunkRow, VoiceRouteRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.routes.voice_route import (
    HOME_REGION,
    RouteChange,
    VoiceRegion,
    number_target,
    put_route,
    trunk_target,
)
from trunkline.service.control.provisioning.workbench import Workbench

router = APIRouter()
Target = TrunkRow | PhoneNumberRow
FindTarget = Callable[[Workbench, DbSession, str, str], Awaitable[Target]]


class RouteForm(Form):
    voice_region: VoiceRegion | Literal[""] = ""
    friendly_name: str | None = None

    def change(self) -> RouteChange:
        return RouteChange(self.voice_region or None, self.friendly_name)


class _RouteBody(BaseModel):
    account_sid: str
    date_created: IsoDate
    date_updated: IsoDate
    friendly_name: str | None
    sid: str | None
    url: str
    voice_region: str


class TrunkRouteBody(_RouteBody):
    sip_trunk_domain: str


class NumberRouteBody(_RouteBody):
    phone_number: str


def _body(
    request: Request, key: str, name: str, row: VoiceRouteRow | None, target: Target, account: str
) -> JSONResponse:
    """A target that was never given a region is processed at home and has no `sid` yet."""
    shown = _RouteBody(
        account_sid=account,
        date_created=row.date_created if row else target.date_created,
        date_updated=row.date_updated if row else target.date_updated,
        friendly_name=row.friendly_name if row else None,
        sid=row.sid if row else None,
        url=base_url(request) + quote(request.url.path, safe="/+"),
        voice_region=row.voice_region if row else HOME_REGION,
    )
    return JSONResponse({key: name} | shown.model_dump(mode="json"))


def _add(path: str, key: str, shape: type[_RouteBody], find: FindTarget) -> None:
    async def fetch(request: Request, caller: Caller, control: Context, name: str) -> JSONResponse:
        async with control.bench.store.reading() as session:
            target = await find(control.bench, session, caller.sid, name)
            row = await find_voice_route(session, caller.sid, target.sid)
        return _body(request, key, name, row, target, caller.sid)

    async def update(
        request: Request,
        caller: Caller,
        control: Context,
        name: str,
        form: Annotated[RouteForm, Depends(form_of(RouteForm))],
    ) -> JSONResponse:
        async with control.bench.store.writing() as session:
            target = await find(control.bench, session, caller.sid, name)
            row = await put_route(control.bench, session, target, caller.sid, form.change())
        return _body(request, key, name, row, target, caller.sid)

    router.add_api_route(path, fetch, methods=["GET"], name=f"fetch_{key}_region", response_model=shape)
    router.add_api_route(path, update, methods=["POST"], name=f"update_{key}_region", response_model=shape)


_add("/v2/Trunks/{name}", "sip_trunk_domain", TrunkRouteBody, trunk_target)
_add("/v2/PhoneNumbers/{name}", "phone_number", NumberRouteBody, number_target)
