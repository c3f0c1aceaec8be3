"""The query of a search for numbers, read into what the store looks for (rest.md 3.5)."""

from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from trunkline.domain.trunk.number.search import Circle, NumberPattern, is_area_code, number_pattern, read_place
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.stock import StockSearch, place_of_number
from trunkline.platform.store.table.phone_number import AddressRequirements, StockType
from trunkline.service.control.api.form import Flag
from trunkline.service.control.api.page import DEFAULT_SIZE, PageSize, whole_number
from trunkline.service.control.api.query import PhoneText, Query
from trunkline.service.control.provisioning.field_rule import is_e164
from trunkline.service.control.provisioning.refusal import Refusal, invalid

_DISTANCE: Final = 25
_FARTHEST: Final = 500
_EXCLUSIONS: Final[dict[str, tuple[AddressRequirements, ...]]] = {
    "exclude_all_address_required": ("any", "local", "foreign"),
    "exclude_local_address_required": ("local",),
    "exclude_foreign_address_required": ("foreign",),
}


class StockQuery(Query):
    area_code: str | None = None
    contains: PhoneText | None = None
    sms_enabled: Flag = False
    mms_enabled: Flag = False
    fax_enabled: Flag = False
    voice_enabled: Flag = True
    exclude_all_address_required: Flag = False
    exclude_local_address_required: Flag = False
    exclude_foreign_address_required: Flag = False
    beta: Flag = True
    near_number: str | None = None
    near_lat_long: str | None = None
    distance: Annotated[int, Field(ge=0, le=_FARTHEST), BeforeValidator(whole_number)] = _DISTANCE
    in_postal_code: str | None = None
    in_region: str | None = None
    in_rate_center: str | None = None
    in_lata: str | None = None
    in_locality: str | None = None
    page_size: PageSize = DEFAULT_SIZE

    @property
    def wants_more_than_voice(self) -> bool:
        """Whether a number is asked for that none here is: with messages or fax, or without voice."""
        return self.sms_enabled or self.mms_enabled or self.fax_enabled or not self.voice_enabled

    @property
    def refused_requirements(self) -> set[AddressRequirements]:
        return {value for name, values in _EXCLUSIONS.items() if getattr(self, name) for value in values}


async def read_search(session: DbSession, asked: StockQuery, iso_country: str, type_: StockType) -> StockSearch | None:
    """None where no number can be found. 20001 for a value that cannot be used, 21451 for what is no area code."""
    if asked.in_rate_center is not None and asked.in_lata is None:
        raise invalid("InRateCenter", "needs InLata")
    near = await _near(session, asked)
    wanted = StockSearch(
        iso_country=iso_country,
        type=type_,
        limit=asked.page_size,
        beginning=_area(asked, iso_country),
        pattern=_pattern(asked.contains, iso_country) if asked.contains else None,
        region=asked.in_region.upper() if asked.in_region else None,
        locality=asked.in_locality,
        postal_code=asked.in_postal_code.upper() if asked.in_postal_code else None,
        lata=asked.in_lata,
        rate_center=asked.in_rate_center.upper() if asked.in_rate_center else None,
        near=near,
        beta=asked.beta,
        refused_requirements=asked.refused_requirements,
    )
    nowhere = near is None and asked.near_number is not None
    return None if nowhere or asked.wants_more_than_voice else wanted


def _area(asked: StockQuery, iso_country: str) -> str | None:
    code = asked.area_code
    if not code:
        return None
    if iso_country not in ("US", "CA") or not is_area_code(code):
        raise Refusal(21451, "AreaCode must be a three-digit area code of the US or Canada")
    return "+1" + code


def _pattern(text: str, iso_country: str) -> NumberPattern:
    pattern = number_pattern(text, iso_country)
    if pattern is None:
        raise invalid("Contains", "must be 2 to 16 digits, letters, * and %, after + or before $")
    return pattern


async def _near(session: DbSession, asked: StockQuery) -> Circle | None:
    miles, number, place = asked.distance, asked.near_number, asked.near_lat_long
    if number and place:
        raise invalid("NearNumber", "cannot be combined with NearLatLong")
    if place:
        center = read_place(place)
        if center is None:
            raise invalid("NearLatLong", "must be latitude,longitude in degrees")
        return Circle(center, miles)
    if not number:
        return None
    # A `+` that was not escaped arrives as a space.
    if not is_e164(number := "+" + number.lstrip("+ ")):
        raise invalid("NearNumber", "must be an E.164 number")
    known = await place_of_number(session, number)
    return None if known is None else Circle(known, miles)
