"""`~/AvailablePhoneNumbers`: what the platform has for sale, by country and type (row 142; rest.md 3.5)."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from trunkline.platform.store.repository.stock import search_stock, stocked_countries, stocked_types
from trunkline.platform.store.table import PhoneNumberRow
from trunkline.platform.store.table.phone_number import StockType
from trunkline.service.control.api.account.stock_query import StockQuery, read_search
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.capability import Capabilities
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.query import query_of
from trunkline.service.control.provisioning.country_name import COUNTRY_NAMES
from trunkline.service.control.provisioning.field_rule import formatted
from trunkline.service.control.provisioning.refusal import NotFound

router = APIRouter()
_PATH = "/2010-04-01/Accounts/{account_sid}/AvailablePhoneNumbers"
_TYPES: Final[dict[str, tuple[str, StockType]]] = {
    "Local": ("local", "local"),
    "Mobile": ("mobile", "mobile"),
    "TollFree": ("toll_free", "toll-free"),
    "National": ("national", "national"),
    "SharedCost": ("shared_cost", "shared-cost"),
    "Voip": ("voip", "voip"),
    "MachineToMachine": ("machine_to_machine", "m2m"),
}
"""Path, key of the sub-resource, and type in the inventory."""


class CountryBody(BaseModel):
    beta: bool = False
    country: str
    country_code: str
    subresource_uris: dict[str, str]
    uri: str


class AvailableNumberBody(BaseModel):
    address_requirements: str
    beta: bool
    capabilities: Capabilities = Capabilities()
    friendly_name: str
    iso_country: str
    lata: str | None
    latitude: float | None
    locality: str | None
    longitude: float | None
    phone_number: str
    postal_code: str | None
    rate_center: str | None
    region: str | None


def _country(account_sid: str, code: str, types: set[str]) -> CountryBody:
    root = f"/2010-04-01/Accounts/{account_sid}/AvailablePhoneNumbers/{code}"
    return CountryBody(
        country=COUNTRY_NAMES.get(code, (code, ""))[0],
        country_code=code,
        subresource_uris={key: f"{root}/{name}.json" for name, (key, type_) in _TYPES.items() if type_ in types},
        uri=f"{root}.json",
    )


def _number(row: PhoneNumberRow) -> AvailableNumberBody:
    return AvailableNumberBody(
        address_requirements=row.address_requirements,
        beta=row.beta,
        friendly_name=formatted(row.phone_number),
        iso_country=row.iso_country,
        lata=row.lata,
        latitude=row.latitude,
        locality=row.locality,
        longitude=row.longitude,
        phone_number=row.phone_number,
        postal_code=row.postal_code,
        rate_center=row.rate_center,
        region=row.region,
    )


class CountryList(BaseModel):
    """Not paged, as the published examples have it."""

    uri: str
    countries: list[CountryBody]


class AvailableNumberList(BaseModel):
    """Not paged either."""

    uri: str
    available_phone_numbers: list[AvailableNumberBody]


@router.get(_PATH + ".json")
async def list_countries(request: Request, account: Acting, control: Context) -> CountryList:
    async with control.bench.store.reading() as session:
        codes = await stocked_countries(session)
        countries = [_country(account.sid, code, await stocked_types(session, code)) for code in codes]
    return CountryList(uri=request.url.path, countries=countries)


@router.get(_PATH + "/{country_code}.json")
async def fetch_country(account: Acting, control: Context, country_code: str) -> CountryBody:
    async with control.bench.store.reading() as session:
        types = await stocked_types(session, country_code)
    if not types:
        raise NotFound
    return _country(account.sid, country_code, types)


def _add_type(name: str, type_: StockType) -> None:
    async def search(
        request: Request,
        account: Acting,
        control: Context,
        country_code: str,
        asked: Annotated[StockQuery, Depends(query_of(StockQuery))],
    ) -> AvailableNumberList:
        async with control.bench.store.reading() as session:
            if not await stocked_types(session, country_code):
                raise NotFound
            wanted = await read_search(session, asked, country_code, type_)
            rows = [] if wanted is None else await search_stock(session, wanted)
        query = f"?{request.url.query}" if request.url.query else ""
        numbers = [_number(row) for row in rows]
        return AvailableNumberList(uri=request.url.path + query, available_phone_numbers=numbers)

    path = f"{_PATH}/{{country_code}}/{name}.json"
    router.add_api_route(path, search, methods=["GET"], name=f"available_{type_}")


for _name, (_, _type) in _TYPES.items():
    _add_type(_name, _type)
