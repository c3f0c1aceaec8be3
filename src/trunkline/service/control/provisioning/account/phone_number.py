"""Use cases of numbers: stocking the inventory, buying, changing, releasing (row 143)."""

from collections.abc import Sequence
from typing import Any, Final, Literal, TypedDict

from trunkline.platform.store.rating import charge_before_leaving
from trunkline.platform.store.repository.address import find_address
from trunkline.platform.store.repository.number import free_number, number_of, numbers_named, stock_number
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.trunk import find_trunk
from trunkline.platform.store.repository.voice_route import forget_voice_route
from trunkline.platform.store.table import AddressRow, PhoneNumberRow
from trunkline.platform.store.table.phone_number import AddressRequirements, NumberType, StockType
from trunkline.service.control.provisioning.country_name import COUNTRY_NAMES
from trunkline.service.control.provisioning.field_rule import check_friendly_name, check_url, formatted, is_e164
from trunkline.service.control.provisioning.refusal import Refusal, existing, invalid
from trunkline.service.control.provisioning.trunking.association import refuse_emergency
from trunkline.service.control.provisioning.workbench import Workbench

HttpMethod = Literal["GET", "POST"]
MOST_STOCKED: Final = 200
"""Numbers in one request of the operator's."""
_LONGEST_PLACE: Final = 64

_URLS: Final = {
    "voice_url": "VoiceUrl",
    "voice_fallback_url": "VoiceFallbackUrl",
    "status_callback": "StatusCallback",
    "sms_url": "SmsUrl",
    "sms_fallback_url": "SmsFallbackUrl",
}
_AS_STOCKED: Final[dict[str, object]] = {
    "friendly_name": None,
    "trunk_sid": None,
    "voice_url": None,
    "voice_method": "POST",
    "voice_fallback_url": None,
    "voice_fallback_method": "POST",
    "voice_application_sid": None,
    "voice_caller_id_lookup": False,
    "voice_receive_mode": "voice",
    "status_callback": None,
    "status_callback_method": "POST",
    "sms_url": None,
    "sms_method": "POST",
    "sms_fallback_url": None,
    "sms_fallback_method": "POST",
    "sms_application_sid": None,
    "address_sid": None,
    "identity_sid": None,
    "bundle_sid": None,
    "emergency_status": "Inactive",
    "emergency_address_sid": None,
    "emergency_address_status": "unregistered",
}


class StockFields(TypedDict, total=False):
    """What the operator knows of the numbers that are put into stock together."""

    region: str
    locality: str
    postal_code: str
    rate_center: str
    lata: str
    latitude: float | None
    longitude: float | None
    beta: bool
    address_requirements: AddressRequirements


class NumberFields(TypedDict, total=False):
    """What a customer may set on a number of the account."""

    friendly_name: str | None
    trunk_sid: str | None
    voice_url: str | None
    voice_method: HttpMethod
    voice_fallback_url: str | None
    voice_fallback_method: HttpMethod
    voice_application_sid: str | None
    voice_caller_id_lookup: bool
    voice_receive_mode: Literal["voice", "fax"]
    status_callback: str | None
    status_callback_method: HttpMethod
    sms_url: str | None
    sms_method: HttpMethod
    sms_fallback_url: str | None
    sms_fallback_method: HttpMethod
    sms_application_sid: str | None
    address_sid: str | None
    identity_sid: str | None
    bundle_sid: str | None
    emergency_status: Literal["Active", "Inactive"]
    emergency_address_sid: str | None


async def apply_fields(session: DbSession, account_sid: str, number: PhoneNumberRow, fields: NumberFields) -> None:
    """Sets the fields that were sent; a trunk and a voice application exclude each other, the trunk wins.

    21405 and 21406 for an address to fall back to from none.
    """
    for name, value in fields.items():
        checked = check_url(_URLS[name], str(value or "")) if name in _URLS else value
        setattr(number, name, None if checked == "" else checked)
    if fields.get("voice_fallback_url") and number.voice_url is None:
        raise Refusal(21405, "VoiceFallbackUrl needs a VoiceUrl")
    if fields.get("sms_fallback_url") and number.sms_url is None:
        raise Refusal(21406, "SmsFallbackUrl needs an SmsUrl")
    await check_addresses(session, account_sid, number)
    if "friendly_name" in fields:
        friendly_name = check_friendly_name(fields["friendly_name"])
        number.friendly_name = friendly_name or formatted(number.phone_number)
    trunk_sid = fields.get("trunk_sid")
    if trunk_sid:
        if await find_trunk(session, account_sid, trunk_sid) is None:
            raise invalid("TrunkSid", "no such trunk")
        number.voice_application_sid = None
    elif fields.get("voice_application_sid"):
        number.trunk_sid = None


async def check_addresses(session: DbSession, account_sid: str, number: PhoneNumberRow) -> None:
    """21631 for a number that has no address but needs one, 21615 for one whose address is on the wrong side."""
    for name in ("address_sid", "emergency_address_sid"):
        sid: str | None = getattr(number, name)
        with session.no_autoflush:  # the number is half changed
            address = None if sid is None else await find_address(session, account_sid, sid)
        if sid is not None and address is None:
            raise invalid("AddressSid" if name == "address_sid" else "EmergencyAddressSid", "no such address")
        if name == "address_sid":
            _check_requirement(number, address)


def _check_requirement(number: PhoneNumberRow, address: AddressRow | None) -> None:
    need = number.address_requirements
    if need == "none":
        return
    if address is None:
        raise Refusal(21631, f"PhoneNumber {number.phone_number} requires an address: send AddressSid")
    if need != "any" and (address.iso_country == number.iso_country) is not (need == "local"):
        raise Refusal(21615, f"PhoneNumber {number.phone_number} requires a {need} address")


async def buy_number(
    bench: Workbench, account_sid: str, phone_number: str, fields: NumberFields, *, type_: NumberType | None = None
) -> PhoneNumberRow:
    """21421 for what is no number, 21422 for one that is not for sale (or not of that type)."""
    if not is_e164(phone_number):
        raise Refusal(21421, f"PhoneNumber {phone_number[:20]} is not a valid E.164 number")
    async with bench.store.writing() as session:
        number = await stock_number(session, phone_number)
        if number is None or number.account_sid is not None or type_ not in (None, number.type):
            raise Refusal(21422, f"PhoneNumber {phone_number} is not available")
        return await _hand_over(bench, session, account_sid, number, fields)


async def buy_number_in_area(
    bench: Workbench, account_sid: str, area_code: str, fields: NumberFields
) -> PhoneNumberRow:
    """Any local number of a North American area: 21451 for what is no area code, 21452 when none is left."""
    if not (len(area_code) == 3 and area_code.isascii() and area_code.isdecimal() and area_code[0] in "23456789"):
        raise Refusal(21451, "AreaCode must be a three-digit area code")
    async with bench.store.writing() as session:
        number = await free_number(session, starting="+1" + area_code, type_="local")
        if number is None:
            raise Refusal(21452, f"No phone numbers found in area code {area_code}")
        return await _hand_over(bench, session, account_sid, number, fields)


async def _hand_over(
    bench: Workbench, session: DbSession, account_sid: str, number: PhoneNumberRow, fields: NumberFields
) -> PhoneNumberRow:
    number.account_sid = account_sid
    number.date_created = number.date_updated = number.charge_at = bench.wall()
    number.friendly_name = formatted(number.phone_number)
    await apply_fields(session, account_sid, number, fields)
    await session.commit()
    return number


async def update_number(bench: Workbench, account_sid: str, sid: str, fields: NumberFields) -> PhoneNumberRow:
    async with bench.store.writing() as session:
        number = existing(await number_of(session, account_sid, sid))
        trunk_sid = number.trunk_sid
        await apply_fields(session, account_sid, number, fields)
        if number.trunk_sid != trunk_sid:  # by an application too
            refuse_emergency(number)
        number.date_updated = bench.wall()
        await session.commit()
    return number


async def release_number(bench: Workbench, account_sid: str, sid: str) -> None:
    """The number goes back into stock with nothing of its customer on it, paid for up to now."""
    async with bench.store.writing() as session:
        number = existing(await number_of(session, account_sid, sid))
        refuse_emergency(number)
        now = bench.wall()
        await charge_before_leaving(session, number, now)
        for name, value in _AS_STOCKED.items():
            setattr(number, name, value)
        number.account_sid, number.charge_at, number.date_updated = None, None, now
        await forget_voice_route(session, sid)
        await session.commit()


async def stock_numbers(
    bench: Workbench,
    phone_numbers: Sequence[str],
    iso_country: str,
    type_: StockType,
    fields: StockFields | None = None,
) -> list[PhoneNumberRow]:
    """Puts numbers into the inventory; idempotent: those that are there stay as they are, bought or not."""
    wanted = list(dict.fromkeys(phone_numbers))
    if not 1 <= len(wanted) <= MOST_STOCKED:
        raise invalid("PhoneNumber", f"must be given 1 to {MOST_STOCKED} times")
    if iso_country.upper() not in COUNTRY_NAMES:
        raise invalid("IsoCountry", "must be an ISO 3166 alpha-2 code")
    for phone_number in wanted:
        if not is_e164(phone_number):
            raise Refusal(21421, f"PhoneNumber {phone_number[:20]} is not a valid E.164 number")
    known = _checked(fields or {})
    now = bench.wall()
    async with bench.store.writing() as session:
        held = await numbers_named(session, wanted)
        for phone_number in wanted:
            if phone_number not in held:
                held[phone_number] = PhoneNumberRow(
                    sid=bench.ids.sid("PN"),
                    phone_number=phone_number,
                    iso_country=iso_country.upper(),
                    type=type_,
                    stocked_at=now,
                    date_created=now,
                    date_updated=now,
                    **known,
                )
                session.add(held[phone_number])
        await session.commit()
    return [held[phone_number] for phone_number in wanted]


def _checked(fields: StockFields) -> dict[str, Any]:
    """Empty is unknown; abbreviations and postal codes are kept in capitals, as they are looked for."""
    for name, limit in (("latitude", 90), ("longitude", 180)):
        degrees = fields.get(name)
        if isinstance(degrees, float) and abs(degrees) > limit:
            raise invalid(name.capitalize(), f"must be between -{limit} and {limit}")
    if (fields.get("latitude") is None) != (fields.get("longitude") is None):
        raise invalid("Latitude", "must be given together with Longitude")
    return {name: _place_name(name, value) if isinstance(value, str) else value for name, value in fields.items()}


def _place_name(name: str, text: str) -> str | None:
    if len(text) > _LONGEST_PLACE or not text.isprintable():
        raise invalid("".join(word.capitalize() for word in name.split("_")), "is too long or cannot be printed")
    if name in ("region", "postal_code", "rate_center", "lata"):
        text = text.upper()
    return text.strip() or None


async def unstock_number(bench: Workbench, phone_number: str) -> None:
    """Takes a number out of the inventory; 20409 while an account has it."""
    async with bench.store.writing() as session:
        number = existing(await stock_number(session, phone_number))
        if number.account_sid is not None:
            raise Refusal(20409, "An account has this number", 409)
        await session.delete(number)
        await session.commit()
