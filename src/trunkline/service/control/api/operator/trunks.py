"""`/operator/v1/Trunks`: whose is it? Every trunk, by SID, name, termination or origination URI (row 13)."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse

from trunkline.domain.trunk.domain_name import canonical_domain
from trunkline.platform.store.repository.trunk import TrunkFilter, auth_types, trunks_found
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.query import Query, query_of
from trunkline.service.control.api.trunking.trunks import TrunkBody, trunk_body
from trunkline.service.control.provisioning.workbench import Workbench

router = APIRouter()


class TrunkQuery(Query):
    account_sid: str | None = None
    sid: str | None = None
    friendly_name: str | None = None
    termination_uri: str = ""
    origination_uri: str | None = None

    def filter(self, bench: Workbench) -> TrunkFilter:
        """A termination URI in any form that reaches the trunk, an edge's too, is its domain; else part of one."""
        uri = self.termination_uri.lower().removeprefix("sip:").removeprefix("sips:")
        host = uri.rpartition("@")[2].partition(";")[0].partition(":")[0]
        domain = canonical_domain(host, bench.domain, alias=bench.accept_twilio_domain)
        return TrunkFilter(
            account_sid=self.account_sid,
            sid=self.sid,
            friendly_name=self.friendly_name,
            domain_key=domain,
            domain_part=(host or None) if domain is None else None,
            sip_url=self.origination_uri,
        )


_LIST = MetaList("trunks", TrunkBody)


@router.get("/operator/v1/Trunks", response_model=_LIST.model)
async def list_trunks(
    control: Context, page: Page, asked: Annotated[TrunkQuery, Depends(query_of(TrunkQuery))]
) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await trunks_found(session, page.cut, asked.filter(control.bench))
        auth = await auth_types(session, [row.sid for row in rows.rows])
    return _LIST.page(page, rows, [trunk_body(row, auth[row.sid], page.base) for row in rows.rows])
