"""Rules that many fields share: friendly names, web addresses, limits, phone numbers."""

import re
from typing import Final
from urllib.parse import urlsplit

from trunkline.domain.trunk.number.e164 import e164_of
from trunkline.platform.setting.mail import parse_mail_address
from trunkline.service.control.provisioning.refusal import Refusal, invalid

LONGEST_URL: Final = 2_000
MOST_CALLS: Final = 1_000_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_friendly_name(name: str | None, longest: int = 64) -> str | None:
    """20002 when it is too long or holds control characters; empty becomes null (row 8)."""
    if not name:
        return None
    if len(name) > longest or _CONTROL.search(name):
        raise Refusal(20002, f"FriendlyName must be at most {longest} printable characters")
    return name


def check_list_name(name: str, longest: int, code: int) -> str:
    """The name of a credential list or IP ACL, which has one always; `code` is that resource's validation error."""
    if not name.strip() or len(name) > longest or _CONTROL.search(name):
        raise Refusal(code, f"FriendlyName must be 1 to {longest} printable characters")
    return name


def check_url(parameter: str, url: str | None) -> str | None:
    """An absolute http or https address; empty becomes null. 20001 otherwise.

    Whether its host may be called is judged when it is called, because names change what they point to.
    """
    if not url:
        return None
    if len(url) > LONGEST_URL or _CONTROL.search(url) or " " in url:
        raise invalid(parameter, f"must be a URL of at most {LONGEST_URL} characters")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise invalid(parameter, "is not a URL") from None
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise invalid(parameter, "must be an absolute http or https URL")
    return url


def check_email(parameter: str, email: str) -> str | None:
    """The address of a mailbox; empty becomes null. 20001 otherwise."""
    if not email:
        return None
    try:
        return parse_mail_address(email)
    except ValueError as fault:
        raise invalid(parameter, str(fault)) from None


def check_limit(parameter: str, calls: int | None, otherwise: str) -> None:
    """A limit of calls, at once or a second; None stands for `otherwise`. 20001 outside 0 to MOST_CALLS."""
    if calls is not None and not 0 <= calls <= MOST_CALLS:
        raise invalid(parameter, f"must be 0 to {MOST_CALLS}, or empty for {otherwise}")


def is_e164(number: str) -> bool:
    """`+` and 2 to 15 digits, and nothing else."""
    return e164_of(number) == number


def formatted(number: str) -> str:
    """A number for the eye: `(202) 555-0100` for North America, else E.164 as it is."""
    if len(number) == 12 and number.startswith("+1"):
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number
