"""The INVITE that a customer gets (sip.md 4.4)."""

import re
from dataclasses import dataclass
from typing import Final

from trunkline.domain.trunk.facts import TrunkFacts
from trunkline.domain.trunk.number.e164 import e164_of
from trunkline.domain.trunk.origination.uri import OriginationTarget
from trunkline.kit.ids import E164, AccountSid, CallSid
from trunkline.protocol.sip.message.name_addr import quote_display

ALLOW: Final = "ACK,BYE,CANCEL,INVITE,OPTIONS,REFER,NOTIFY"
"""Row 63: no UPDATE, no PRACK."""


MAX_FORWARDS: Final = 60


_USER: Final = re.compile(r"[A-Za-z0-9\-_.!~*'()&=+$,;?/%]+\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Presentation:
    """What the platform says of itself on an origination INVITE."""

    suffix: str
    """`{PFX}`, lower case."""
    header_prefix: str = "X-Twilio"
    user_agent: str = "Trunkline Gateway"


@dataclass(frozen=True, slots=True)
class OriginationInvite:
    """The content of the INVITE (sip.md 4.4); Via, tags, Call-ID, CSeq and Contact are the user agent's."""

    request_uri: str
    from_address: str
    """name-addr without tag."""
    to_address: str
    contact_user: str
    contact_display: str
    headers: tuple[tuple[str, str], ...]


def presented_caller(from_user: str | None) -> str:
    """The caller as the carrier gave it; `anonymous` where it gave none, or nothing that fits into a URI."""
    return from_user if from_user is not None and _USER.match(from_user) else "anonymous"


def origination_invite(
    target: OriginationTarget,
    *,
    trunk: TrunkFacts,
    account_sid: AccountSid,
    call_sid: CallSid,
    dialled: E164,
    caller: str,
    caller_name: str | None,
    carrier_host: str,
    presentation: Presentation,
) -> OriginationInvite:
    """Compose the INVITE for one target; `caller` is what `presented_caller` gave, `carrier_host` an IP address."""
    display = f"{quote_display(caller_name)} " if caller_name else ""
    own_host = trunk.domain or presentation.suffix
    prefix = presentation.header_prefix
    headers = [("Max-Forwards", str(MAX_FORWARDS))]
    if e164_of(caller) is not None:
        # A withheld caller must not come back by this header (RFC 3325 section 7).
        host = f"[{carrier_host}]" if ":" in carrier_host else carrier_host
        headers.append(("P-Asserted-Identity", f"{display}<sip:{caller}@{host}:5060>"))
    headers += [
        ("Diversion", f"<sip:{dialled}@{presentation.suffix}>;reason=unconditional"),  # row 61
        ("Allow", ALLOW),
        (f"{prefix}-AccountSid", account_sid),  # row 62
        (f"{prefix}-CallSid", call_sid),
        ("User-Agent", presentation.user_agent),
        # Row 50; what only the platform may say has another prefix here than in Twilio's documents.
        *[header for header in target.uri.headers if not header[0].lower().startswith(f"{prefix.lower()}-")],
    ]
    return OriginationInvite(
        request_uri=target.request_uri,
        from_address=f"{display}<sip:{caller}@{own_host}:5060>",
        to_address=f"<{target.request_uri}>",
        contact_user=caller,
        contact_display=display.rstrip(),
        headers=tuple(headers),
    )
