"""`/v2/Trunking`: what calls over a trunk cost, by country and by number, as the tariffs have it (rest.md 7)."""

from decimal import Decimal
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, BeforeValidator
from starlette.responses import JSONResponse

from trunkline.domain.rating.price_list import (
    PrefixPrice,
    TypePrice,
    in_force,
    origination_price,
    priced_countries,
    prices_of,
    termination_price,
)
from trunkline.domain.trunk.number.e164 import e164_of
from trunkline.domain.trunk.number.geo import calling_codes, country_of
from trunkline.platform.store.rating import priced_prefixes, tariff_book, tariffs_under
from trunkline.platform.store.repository.number import stock_number
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.query import Query, query_of
from trunkline.service.control.provisioning.country_name import COUNTRY_NAMES
from trunkline.service.control.provisioning.field_rule import is_e164
from trunkline.service.control.provisioning.refusal import NotFound

router = APIRouter()
_PATH: Final = "/v2/Trunking"
_ANY: Final = ["ALL"]
"""Tariffs do not look at who calls."""


def _number(text: str) -> str:
    """With its plus sign, which arrives as a space where it was not escaped."""
    number = "+" + text.lstrip("+ ")
    if not is_e164(number):
        raise ValueError("must be an E.164 number")
    return number


class NumberQuery(Query):
    origination_number: Annotated[str | None, BeforeValidator(_number)] = None


class CountryBody(BaseModel):
    country: str
    iso_country: str
    url: str


class PrefixPriceBody(BaseModel):
    base_price: str
    current_price: str
    destination_prefixes: list[str]
    friendly_name: str
    origination_prefixes: list[str] = _ANY


class TypePriceBody(BaseModel):
    base_price: str
    current_price: str
    number_type: str


class CountryPricesBody(CountryBody):
    originating_call_prices: list[TypePriceBody]
    price_unit: str = "USD"
    terminating_prefix_prices: list[PrefixPriceBody]


class NumberPricesBody(BaseModel):
    country: str
    destination_number: str
    iso_country: str
    originating_call_price: TypePriceBody | None
    origination_number: str | None
    price_unit: str = "USD"
    terminating_prefix_prices: list[PrefixPriceBody]
    url: str


def _money(price: Decimal) -> str:
    return format(price.normalize(), "f")


def _prefix(price: PrefixPrice) -> PrefixPriceBody:
    shown = _money(price.price)
    return PrefixPriceBody(
        base_price=shown, current_price=shown, destination_prefixes=list(price.prefixes), friendly_name=price.name
    )


def _type(price: TypePrice) -> TypePriceBody:
    """A tariff for any type of number has the empty name; toll-free is one word here, as in the published examples."""
    name = price.number_type.replace("-", "")
    return TypePriceBody(base_price=_money(price.price), current_price=_money(price.price), number_type=name)


def _country(request: Request, code: str) -> CountryBody:
    url = f"{base_url(request)}{_PATH}/Countries/{code}"
    return CountryBody(country=COUNTRY_NAMES.get(code, (code, ""))[0], iso_country=code, url=url)


_LIST = MetaList("countries", CountryBody)


@router.get(_PATH + "/Countries", response_model=_LIST.model)
async def list_countries(request: Request, _caller: Caller, control: Context, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        prefixes = await priced_prefixes(session, control.bench.wall())
    return _LIST.page_of_all(page, [_country(request, code) for code in priced_countries(prefixes)])


@router.get(_PATH + "/Countries/{iso_country}")
async def fetch_country(request: Request, _caller: Caller, control: Context, iso_country: str) -> CountryPricesBody:
    code, now = iso_country.upper(), control.bench.wall()
    async with control.bench.store.reading() as session:
        held = in_force(await tariffs_under(session, calling_codes(code), now), now)
    prices = prices_of(code, held)
    if not prices.terminating and not prices.originating:
        raise NotFound
    return CountryPricesBody(
        **_country(request, code).model_dump(),
        originating_call_prices=[_type(price) for price in prices.originating],
        terminating_prefix_prices=[_prefix(price) for price in prices.terminating],
    )


@router.get(_PATH + "/Numbers/{destination_number}")
async def fetch_number(
    request: Request,
    _caller: Caller,
    control: Context,
    destination_number: str,
    asked: Annotated[NumberQuery, Depends(query_of(NumberQuery))],
) -> NumberPricesBody:
    number, now = e164_of(destination_number), control.bench.wall()
    code = None if number is None else country_of(number)
    if number is None or code is None:
        raise NotFound
    async with control.bench.store.reading() as session:
        book = await tariff_book(session, [number])
        row = await stock_number(session, number)
    to, from_ = termination_price(book, number, now), origination_price(book, number, now, row.type if row else None)
    return NumberPricesBody(
        country=COUNTRY_NAMES.get(code, (code, ""))[0],
        destination_number=number,
        iso_country=code,
        originating_call_price=None if from_ is None else _type(from_),
        origination_number=asked.origination_number,
        terminating_prefix_prices=[] if to is None else [_prefix(to)],
        url=f"{base_url(request)}{_PATH}/Numbers/{number}",
    )
