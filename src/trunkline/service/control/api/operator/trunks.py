"""`/operator/v1/Trunks`: whose is it? Every trunk, by SID, name, termination or origination URI (row 13)."""

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse

from trunkline.domain.trunk.domain_name import canonical_domain
from trunkline.platform.store.repository.trunk import TrunkFilter, auth_types, trunks_found
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.api.page import Page, meta_page
from trunkline.service.control.api.trunking.trunks import trunk_body

router = APIRouter()


def _filter(query: QueryParams, control: Control) -> TrunkFilter:
    """A termination URI in any form that reaches the trunk, an edge's too, is its domain; else a part of a domain."""
    uri = query.get("TerminationUri", "").lower().removeprefix("sip:").removeprefix("sips:")
    host = uri.rpartition("@")[2].partition(";")[0].partition(":")[0]
    bench = control.bench
    domain = canonical_domain(host, bench.domain, alias=bench.accept_twilio_domain)
    return TrunkFilter(
        account_sid=query.get("AccountSid") or None,
        sid=query.get("Sid") or None,
        friendly_name=query.get("FriendlyName") or None,
        domain_key=domain,
        domain_part=(host or None) if domain is None else None,
        sip_url=query.get("OriginationUri") or None,
    )


@router.get("/operator/v1/Trunks")
async def list_trunks(request: Request, control: Context, page: Page) -> JSONResponse:
    wanted = _filter(request.query_params, control)
    async with control.bench.store.reading() as session:
        rows = await trunks_found(session, page.cut, wanted)
        auth = await auth_types(session, [row.sid for row in rows.rows])
    return meta_page(page, rows, "trunks", [trunk_body(row, auth[row.sid], page.base) for row in rows.rows])
