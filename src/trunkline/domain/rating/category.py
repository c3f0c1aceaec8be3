"""Usage categories that this platform counts, under Twilio's names (rest.md 3.11)."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Category:
    """`usage_unit` is `minutes` where calls are counted by their billed time, else what `count` counts."""

    name: str
    description: str
    count_unit: str
    usage_unit: str


def _calls(name: str, description: str) -> Category:
    return Category(name, description, "calls", "minutes")


CATEGORIES: Final[dict[str, Category]] = {
    category.name: category
    for category in (
        _calls("trunking-origination", "Trunking origination"),
        _calls("trunking-origination-local", "Trunking origination to local numbers"),
        _calls("trunking-origination-mobile", "Trunking origination to mobile numbers"),
        _calls("trunking-origination-tollfree", "Trunking origination to toll-free numbers"),
        _calls("trunking-termination", "Trunking termination"),
        _calls("trunking-secure", "Secure trunking"),
        Category("trunking-recordings", "Recordings of trunk calls", "recordings", "minutes"),
        Category("calleridlookups", "Caller name look-ups", "lookups", "lookups"),
        Category("phonenumbers", "Phone numbers", "number-months", "number-months"),
        Category("phonenumbers-local", "Local phone numbers", "number-months", "number-months"),
        Category("phonenumbers-mobile", "Mobile phone numbers", "number-months", "number-months"),
        Category("phonenumbers-tollfree", "Toll-free phone numbers", "number-months", "number-months"),
        Category("totalprice", "Total price", "", "usd"),
    )
}
