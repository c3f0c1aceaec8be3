"""`/operator/v1/GeographicDefaults`: the countries that new accounts may call."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.provisioning.operator.geographic_default import default_countries, set_default_countries

router = APIRouter()
_PATH = "/operator/v1/GeographicDefaults"


class DefaultsForm(Form):
    countries: tuple[str, ...]


class DefaultsBody(BaseModel):
    countries: Sequence[str]
    """ISO 3166 codes; their low-risk numbers."""


@router.get(_PATH)
async def fetch(control: Context) -> DefaultsBody:
    async with control.bench.store.reading() as session:
        return DefaultsBody(countries=await default_countries(session))


@router.post(_PATH)
async def update(control: Context, form: Annotated[DefaultsForm, Depends(form_of(DefaultsForm))]) -> DefaultsBody:
    return DefaultsBody(countries=await set_default_countries(control.bench, form.countries))
