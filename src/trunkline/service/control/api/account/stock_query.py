"""The query of a search for numbers, read into what the store looks for (rest.md 3.5)."""

from collections.abc import Mapping
from typing import Final

from trunkline.domain.trunk.number.search import Circle, NumberPattern, is_area_code, number_pattern, read_place
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.stock import StockSearch, place_of_number
from trunkline.platform.store.table.phone_number import AddressRequirements, StockType
from trunkline.service.control.api.page import DEFAULT_SIZE, LARGEST_SIZE
from trunkline.service.control.provisioning.field_rule import is_e164
from trunkline.service.control.provisioning.refusal import Refusal, invalid

_DISTANCE: Final = 25
_FARTHEST: Final = 500
_EXCLUSIONS: Final[dict[str, tuple[AddressRequirements, ...]]] = {
    "ExcludeAllAddressRequired": ("any", "local", "foreign"),
    "ExcludeLocalAddressRequired": ("local",),
    "ExcludeForeignAddressRequired": ("foreign",),
}

Query = Mapping[str, str]


def _wants_more_than_voice(query: Query) -> bool:
    """Whether a number is asked for that none here is: with messages or fax, or without voice."""
    asked = [_flag(query, name, default=False) for name in ("SmsEnabled", "MmsEnabled", "FaxEnabled")]
    return any(asked) or not _flag(query, "VoiceEnabled", default=True)


async def read_search(session: DbSession, query: Query, iso_country: str, type_: StockType) -> StockSearch | None:
    """None where no number can be found. 20001 for a value that cannot be used, 21451 for what is no area code."""
    lata, rate_center = query.get("InLata") or None, query.get("InRateCenter") or None
    if rate_center is not None and lata is None:
        raise invalid("InRateCenter", "needs InLata")
    region, postal_code = query.get("InRegion"), query.get("InPostalCode")
    near = await _near(session, query)
    wanted = StockSearch(
        iso_country=iso_country,
        type=type_,
        limit=_count(query, "PageSize", DEFAULT_SIZE, LARGEST_SIZE, 20007),
        beginning=_area(query, iso_country),
        pattern=_pattern(query, iso_country) if query.get("Contains") else None,
        region=region.upper() if region else None,
        locality=query.get("InLocality") or None,
        postal_code=postal_code.upper() if postal_code else None,
        lata=lata,
        rate_center=rate_center.upper() if rate_center else None,
        near=near,
        beta=_flag(query, "Beta", default=True),
        refused_requirements={
            value for name, values in _EXCLUSIONS.items() if _flag(query, name, default=False) for value in values
        },
    )
    nowhere = near is None and bool(query.get("NearNumber"))
    return None if nowhere or _wants_more_than_voice(query) else wanted


def _flag(query: Query, name: str, *, default: bool) -> bool:
    text = query.get(name)
    if not text:
        return default
    if text.lower() not in ("true", "false"):
        raise invalid(name, "must be true or false")
    return text.lower() == "true"


def _count(query: Query, name: str, default: int, largest: int, too_many: int) -> int:
    text = query.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise invalid(name, "must be a whole number")
    if int(text) > largest:
        raise Refusal(too_many, f"{name} must be at most {largest}")
    return int(text)


def _area(query: Query, iso_country: str) -> str | None:
    code = query.get("AreaCode")
    if not code:
        return None
    if iso_country not in ("US", "CA") or not is_area_code(code):
        raise Refusal(21451, "AreaCode must be a three-digit area code of the US or Canada")
    return "+1" + code


def _pattern(query: Query, iso_country: str) -> NumberPattern:
    text = query["Contains"]
    # A `+` that was not escaped arrives as a space.
    pattern = number_pattern("+" + text[1:] if text[0] == " " else text, iso_country)
    if pattern is None:
        raise invalid("Contains", "must be 2 to 16 digits, letters and *")
    return pattern


async def _near(session: DbSession, query: Query) -> Circle | None:
    miles = _count(query, "Distance", _DISTANCE, _FARTHEST, 20001)
    number, place = query.get("NearNumber"), query.get("NearLatLong")
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
