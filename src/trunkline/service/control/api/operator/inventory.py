"""`/operator/v1/Inventory`: the numbers that customers can buy."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.number import NumberFilter, inventory
from trunkline.platform.store.table import PhoneNumberRow
from trunkline.platform.store.table.phone_number import AddressRequirements, StockType
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Degrees, Flag, Form, form_of
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.query import PhoneText, Query, query_of
from trunkline.service.control.provisioning.account.phone_number import StockFields, stock_numbers, unstock_number

router = APIRouter()
_PATH = "/operator/v1/Inventory"


class StockForm(Form):
    phone_number: tuple[str, ...]
    iso_country: str
    type: StockType = "local"
    region: str = ""
    locality: str = ""
    postal_code: str = ""
    rate_center: str = ""
    lata: str = ""
    latitude: Degrees = None
    longitude: Degrees = None
    beta: Flag = False
    address_requirements: AddressRequirements = "none"

    def fields(self) -> StockFields:
        return cast("StockFields", {name: getattr(self, name) for name in StockFields.__annotations__})


class StockQuery(Query):
    phone_number: PhoneText | None = None


class StockedNumber(BaseModel):
    sid: str
    phone_number: str
    iso_country: str
    type: str
    account_sid: str | None
    region: str | None
    locality: str | None
    postal_code: str | None
    rate_center: str | None
    lata: str | None
    latitude: float | None
    longitude: float | None
    beta: bool
    address_requirements: str


class StockBody(BaseModel):
    phone_numbers: list[StockedNumber]


def _body(row: PhoneNumberRow) -> StockedNumber:
    return StockedNumber.model_validate(row, from_attributes=True)


_LIST = MetaList("phone_numbers", StockedNumber)


@router.get(_PATH, response_model=_LIST.model)
async def list_inventory(
    control: Context, page: Page, asked: Annotated[StockQuery, Depends(query_of(StockQuery))]
) -> JSONResponse:
    wanted = NumberFilter(phone_number=asked.phone_number)
    async with control.bench.store.reading() as session:
        rows = await inventory(session, page.cut, wanted)
    return _LIST.page(page, rows, [_body(row) for row in rows.rows])


@router.post(_PATH, status_code=201)
async def create(control: Context, form: Annotated[StockForm, Depends(form_of(StockForm))]) -> StockBody:
    rows = await stock_numbers(control.bench, form.phone_number, form.iso_country, form.type, form.fields())
    return StockBody(phone_numbers=[_body(row) for row in rows])


@router.delete(_PATH + "/{phone_number}", status_code=204)
async def delete(control: Context, phone_number: str) -> None:
    await unstock_number(control.bench, phone_number)
