"""`/operator/v1/Tariffs`: prices, one by one or as a sheet; `/operator/v1/Ratings` rates a period anew."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, BeforeValidator
from starlette.requests import Request
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.tariff import find_tariff, tariffs
from trunkline.platform.store.table import TariffRow
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.query import Query, query_of
from trunkline.service.control.api.wire_date import IsoDate, since, until
from trunkline.service.control.provisioning.operator.tariff import (
    delete_tariff,
    import_sheet,
    rate_period_again,
    set_tariff,
)
from trunkline.service.control.provisioning.refusal import Refusal, existing, invalid

router = APIRouter()
_PATH = "/operator/v1/Tariffs"


class TariffForm(Form):
    """The columns of a sheet."""

    service: str
    prefix: str
    sell: str
    buy: str
    number_type: str = ""
    name: str = ""
    first: str = ""
    next: str = ""
    effective_from: str = ""


class TariffQuery(Query):
    service: str | None = None


class PeriodForm(Form):
    start_date: Annotated[datetime, BeforeValidator(since)]
    end_date: Annotated[datetime, BeforeValidator(until)]


class TariffBody(BaseModel):
    sid: str
    service: str
    prefix: str
    number_type: str | None
    name: str
    sell: str
    buy: str
    first: int
    next: int
    effective_from: IsoDate
    date_created: IsoDate
    date_updated: IsoDate


class ImportBody(BaseModel):
    added: int
    changed: int


class RatingBody(BaseModel):
    calls: int
    start_date: IsoDate
    end_date: IsoDate


def _body(row: TariffRow) -> TariffBody:
    return TariffBody(
        sid=row.sid,
        service=row.service,
        prefix=row.prefix,
        number_type=row.number_type or None,
        name=row.name,
        sell=format(row.sell.normalize(), "f"),
        buy=format(row.buy.normalize(), "f"),
        first=row.first_s,
        next=row.next_s,
        effective_from=row.effective_from,
        date_created=row.date_created,
        date_updated=row.date_updated,
    )


_LIST = MetaList("tariffs", TariffBody)


@router.get(_PATH, response_model=_LIST.model)
async def list_tariffs(
    control: Context, page: Page, asked: Annotated[TariffQuery, Depends(query_of(TariffQuery))]
) -> JSONResponse:
    """Newest first; `Service` keeps those of one service."""
    async with control.bench.store.reading() as session:
        rows = await tariffs(session, page.cut, asked.service)
    return _LIST.page(page, rows, [_body(row) for row in rows.rows])


@router.post(_PATH, status_code=201)
async def create(control: Context, form: Annotated[TariffForm, Depends(form_of(TariffForm))]) -> TariffBody:
    return _body(await set_tariff(control.bench, form.model_dump()))


@router.post(_PATH + "/Import")
async def import_csv(request: Request, control: Context) -> ImportBody:
    """The body is the sheet (`text/csv`, UTF-8). 400 with each faulty row and its line, and then nothing is kept."""
    octets = await request.body()
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise invalid("sheet", f"octet {fault.start} is not UTF-8") from None
    done = await import_sheet(control.bench, text)
    if done.faults:
        faults = [{"line": fault.line, "text": fault.text} for fault in done.faults[:1000]]
        raise Refusal(20001, f"Nothing was imported: {len(done.faults)} faulty rows", details={"rows": faults})
    return ImportBody(added=done.added, changed=done.changed)


@router.get(_PATH + "/{sid}")
async def fetch(control: Context, sid: str) -> TariffBody:
    async with control.bench.store.reading() as session:
        row = existing(await find_tariff(session, sid))
    return _body(row)


@router.delete(_PATH + "/{sid}", status_code=204)
async def delete(control: Context, sid: str) -> None:
    await delete_tariff(control.bench, sid)


@router.post("/operator/v1/Ratings", status_code=201)
async def rate(control: Context, form: Annotated[PeriodForm, Depends(form_of(PeriodForm))]) -> RatingBody:
    """Rates the calls of a period anew, `StartDate` and `EndDate` inside; says how many there were."""
    if form.start_date >= form.end_date:
        raise invalid("StartDate", "must not be after EndDate")
    calls = await rate_period_again(control.bench, form.start_date, form.end_date)
    return RatingBody(calls=calls, start_date=form.start_date, end_date=form.end_date)
