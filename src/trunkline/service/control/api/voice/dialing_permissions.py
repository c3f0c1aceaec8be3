"""`/v1/DialingPermissions` and `/v1/Settings` of Voice: which countries an account may call (row 148)."""

import json
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.responses import JSONResponse

from trunkline.domain.trunk.number.geo import calling_codes, countries
from trunkline.platform.store.table import AccountRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Flag, Form, form_of
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.query import Query, query_of
from trunkline.service.control.provisioning.country_name import COUNTRY_NAMES
from trunkline.service.control.provisioning.refusal import NotFound, invalid
from trunkline.service.control.provisioning.voice.dialing_permission import (
    CountryUpdate,
    permissions_in_force,
    set_inheritance,
    special_prefixes,
    update_countries,
)

router = APIRouter()
_COUNTRIES = "/v1/DialingPermissions/Countries"
_MOST_UPDATES: Final = 1_000
Upper = Annotated[str | None, BeforeValidator(str.upper)]
"""In either case."""


class CountryQuery(Query):
    iso_code: Upper = None
    continent: Upper = None
    country_code: str | None = None
    low_risk_numbers_enabled: Flag | None = None
    high_risk_special_numbers_enabled: Flag | None = None
    high_risk_tollfraud_numbers_enabled: Flag | None = None

    def finds(self, country: "CountryBody") -> bool:
        wanted = self.model_dump(exclude_none=True, exclude={"country_code"})
        # A plus sign that was not escaped arrives as a space.
        code = f"+{self.country_code.strip().removeprefix('+')}" if self.country_code else None
        return (code is None or code in country.country_codes) and all(
            getattr(country, field) == value for field, value in wanted.items()
        )


class CountryBody(BaseModel):
    iso_code: str
    name: str
    continent: str
    country_codes: list[str]
    low_risk_numbers_enabled: bool
    high_risk_special_numbers_enabled: bool
    high_risk_tollfraud_numbers_enabled: bool
    url: str
    links: dict[str, str]


class PrefixBody(BaseModel):
    prefix: str


class BulkForm(Form):
    update_request: str


class BulkBody(BaseModel):
    update_count: int
    update_request: str


class SettingsForm(Form):
    dialing_permissions_inheritance: Flag | None = None


class SettingsBody(BaseModel):
    dialing_permissions_inheritance: bool
    url: str


class _Update(BaseModel):
    """One country of a bulk update; flags are the text or the value `true` and `false`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    iso_code: Annotated[str, Field(max_length=2)]
    low_risk_numbers_enabled: Flag | None = None
    high_risk_special_numbers_enabled: Flag | None = None
    high_risk_tollfraud_numbers_enabled: Flag | None = None


_UPDATES = TypeAdapter(Annotated[list[_Update], Field(max_length=_MOST_UPDATES)])


def _body(iso_code: str, account: AccountRow, base: str) -> CountryBody:
    name, continent = COUNTRY_NAMES[iso_code]
    url = f"{base}{_COUNTRIES}/{iso_code}"
    return CountryBody(
        iso_code=iso_code,
        name=name,
        continent=continent,
        country_codes=list(calling_codes(iso_code)),
        low_risk_numbers_enabled=iso_code in account.countries,
        high_risk_special_numbers_enabled=iso_code in account.special_countries,
        high_risk_tollfraud_numbers_enabled=iso_code in account.tollfraud_countries,
        url=url,
        links={"highrisk_special_prefixes": f"{url}/HighRiskSpecialPrefixes"},
    )


_LIST = MetaList("content", CountryBody)
_PREFIXES = MetaList("content", PrefixBody)


@router.get(_COUNTRIES, response_model=_LIST.model)
async def list_countries(
    request: Request,
    caller: Caller,
    control: Context,
    page: Page,
    asked: Annotated[CountryQuery, Depends(query_of(CountryQuery))],
) -> JSONResponse:
    account, base = await permissions_in_force(control.bench, caller), base_url(request)
    bodies = [_body(code, account, base) for code in sorted(countries())]
    return _LIST.page_of_all(page, [body for body in bodies if asked.finds(body)])


def _known(iso_code: str) -> str:
    code = iso_code.upper()
    if code not in countries():
        raise NotFound
    return code


@router.get(_COUNTRIES + "/{iso_code}")
async def fetch_country(request: Request, caller: Caller, control: Context, iso_code: str) -> CountryBody:
    code = _known(iso_code)
    return _body(code, await permissions_in_force(control.bench, caller), base_url(request))


@router.get(_COUNTRIES + "/{iso_code}/HighRiskSpecialPrefixes", response_model=_PREFIXES.model)
async def list_prefixes(caller: Caller, control: Context, page: Page, iso_code: str) -> JSONResponse:
    prefixes = await special_prefixes(control.bench, _known(iso_code))
    return _PREFIXES.page_of_all(page, [PrefixBody(prefix=prefix) for prefix in prefixes])


@router.post("/v1/DialingPermissions/BulkCountryUpdates", status_code=201)
async def update_in_bulk(
    caller: Caller, control: Context, form: Annotated[BulkForm, Depends(form_of(BulkForm))]
) -> BulkBody:
    updates = [
        CountryUpdate(
            update.iso_code.upper(),
            update.low_risk_numbers_enabled,
            update.high_risk_special_numbers_enabled,
            update.high_risk_tollfraud_numbers_enabled,
        )
        for update in _read_updates(form.update_request)
    ]
    return BulkBody(update_count=await update_countries(control.bench, caller.sid, updates), update_request="accepted")


def _read_updates(text: str) -> list[_Update]:
    try:
        return _UPDATES.validate_python(json.loads(text))
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_context=False)[0]
        raise invalid("UpdateRequest", f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
    except (ValueError, RecursionError):
        raise invalid("UpdateRequest", "is not a JSON array") from None


def _settings(request: Request, account: AccountRow) -> SettingsBody:
    return SettingsBody(
        dialing_permissions_inheritance=account.inherits_permissions, url=f"{base_url(request)}/v1/Settings"
    )


@router.get("/v1/Settings")
async def fetch_settings(request: Request, caller: Caller) -> SettingsBody:
    return _settings(request, caller)


@router.post("/v1/Settings", status_code=202)
async def update_settings(
    request: Request, caller: Caller, control: Context, form: Annotated[SettingsForm, Depends(form_of(SettingsForm))]
) -> SettingsBody:
    inherits = form.dialing_permissions_inheritance
    if inherits is not None:
        caller = await set_inheritance(control.bench, caller.sid, inherits=inherits)
    return _settings(request, caller)
