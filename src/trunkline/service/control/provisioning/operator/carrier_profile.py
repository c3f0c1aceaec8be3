"""What may be said of how a carrier wants its calls: number forms, caller ID, cause lists, channels, login."""

import re
from collections.abc import Sequence
from typing import Final

from trunkline.domain.trunk.carrier.profile import CallerIdHeader, NumberFormat
from trunkline.service.control.provisioning.refusal import invalid

_STRIP_PREFIX: Final = re.compile(r"(\+[1-9][0-9]{0,6})?")
_TECH_PREFIX: Final = re.compile(r"[0-9*#+]{0,16}")
_LOGIN: Final = re.compile(r"[\x20-\x7e]{1,128}")
MOST_CODES: Final = 100
MOST_CHANNELS: Final = 1_000_000


def check_number_format(text: str) -> str:
    if text not in set(NumberFormat):
        raise invalid("NumberFormat", f"must be one of {', '.join(NumberFormat)}")
    return text


def check_strip_prefix(prefix: str) -> str:
    """A country code, with some digits behind it at most."""
    if not _STRIP_PREFIX.fullmatch(prefix):
        raise invalid("StripPrefix", "must be + and 1 to 7 digits")
    return prefix


def check_tech_prefix(prefix: str) -> str:
    if not _TECH_PREFIX.fullmatch(prefix):
        raise invalid("TechPrefix", "must be at most 16 of 0-9 * # +")
    return prefix


def check_caller_id_headers(names: Sequence[str]) -> list[str]:
    """Without a repetition and in a fixed order; at least one."""
    unknown = sorted(set(names) - set(CallerIdHeader))
    if unknown or not names:
        raise invalid("CallerIdHeader", f"must be one or more of {', '.join(CallerIdHeader)}")
    return [header.value for header in CallerIdHeader if header in set(names)]


def check_codes(parameter: str, texts: Sequence[str]) -> list[int]:
    """Final failures, 300 to 699, rising; one empty text is an empty list."""
    given = [text for text in texts if text]
    if len(given) > MOST_CODES or not all(re.fullmatch("[3-6][0-9]{2}", text, re.ASCII) for text in given):
        raise invalid(parameter, f"must be at most {MOST_CODES} codes from 300 to 699")
    return sorted({int(text) for text in given})


def check_max_channels(channels: int | None) -> int | None:
    if channels is not None and not 0 <= channels <= MOST_CHANNELS:
        raise invalid("MaxChannels", f"must be 0 to {MOST_CHANNELS}, or empty")
    return channels


def check_login(parameter: str, text: str) -> str:
    """Printable ASCII; empty for none."""
    if text and not _LOGIN.fullmatch(text):
        raise invalid(parameter, "must be at most 128 printable ASCII characters")
    return text
