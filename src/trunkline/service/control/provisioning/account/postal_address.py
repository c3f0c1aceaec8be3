"""What an address must look like: printable parts, a country that exists, a postal code of that country's form."""

import re
from collections.abc import Mapping
from typing import Final

from trunkline.service.control.provisioning.country_name import COUNTRY_NAMES
from trunkline.service.control.provisioning.refusal import Refusal

_LONGEST: Final = {
    "customer_name": 64,
    "street": 128,
    "street_secondary": 128,
    "city": 64,
    "region": 64,
    "postal_code": 16,
}
_FORMS: Final = {
    "US": re.compile(r"[0-9]{5}(-[0-9]{4})?"),
    "CA": re.compile(r"[A-Z][0-9][A-Z] [0-9][A-Z][0-9]"),
    "GB": re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}"),
    "DE": re.compile(r"[0-9]{5}"),
    "FR": re.compile(r"[0-9]{5}"),
    "AT": re.compile(r"[0-9]{4}"),
    "AU": re.compile(r"[0-9]{4}"),
}
_PARTED: Final = {"CA": 3, "GB": 3}
"""Characters behind the space in a postal code."""


def has_postal_form(iso_country: str) -> bool:
    """Whether the form of the country's postal codes is known, so that an address of it can be validated."""
    return iso_country in _FORMS


def check_address(iso_country: str, parts: Mapping[str, str], *, correct: bool) -> dict[str, str]:
    """The parts as they are kept: spaces tidied, the postal code as its country writes it.

    21628 for a part that is empty, too long or cannot be printed and for an unknown country; 21629 where something had
    to be corrected and `correct` is False, with the suggestion in the details; 21630 for a postal code of another form.
    """
    if iso_country not in COUNTRY_NAMES:
        raise Refusal(21628, "IsoCountry must be an ISO 3166 alpha-2 code of a country")
    for name, text in parts.items():
        if len(text) > _LONGEST[name] or not text.isprintable() or not (text.strip() or name == "street_secondary"):
            raise Refusal(21628, f"{_wire_name(name)} must be 1 to {_LONGEST[name]} printable characters")
    tidy = {name: " ".join(text.split()) for name, text in parts.items()}
    if "postal_code" in tidy:
        tidy["postal_code"] = _postal_code(iso_country, tidy["postal_code"])
    if tidy != dict(parts) and not correct:
        suggestion = {_wire_name(name): text for name, text in tidy.items()}
        raise Refusal(21629, "The address needs correction", details={"suggestion": suggestion})
    return tidy


def _wire_name(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _postal_code(iso_country: str, text: str) -> str:
    code, form = text.upper(), _FORMS.get(iso_country)
    if form is None:
        return code
    behind = _PARTED.get(iso_country)
    if behind is not None:
        packed = code.replace(" ", "")
        code = f"{packed[:-behind]} {packed[-behind:]}"
    if not form.fullmatch(code):
        raise Refusal(21630, f"PostalCode has not the form of {COUNTRY_NAMES[iso_country][0]}")
    return code
