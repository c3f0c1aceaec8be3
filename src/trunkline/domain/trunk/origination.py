"""Routing of a call from a carrier: the trunk's targets in their order, and the INVITE they get (sip.md 4)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from trunkline.domain.call.release_cause import (
    ACCOUNT_NOT_ACTIVE,
    FACTS_UNAVAILABLE,
    NUMBER_UNKNOWN,
    NUMBER_WITHOUT_TRUNK,
)
from trunkline.domain.trunk.carrier_route import carrier_of_source
from trunkline.domain.trunk.decision import Drop, OriginationDecision, OriginationPlan, Reject
from trunkline.domain.trunk.e164 import dialled_number, e164_of
from trunkline.domain.trunk.facts import AccountStatus, IpAddress, OriginationUrl, Transport, TrunkDirectory, TrunkFacts
from trunkline.domain.trunk.origination_uri import BAD_URI, OriginationTarget, UriWarning, parse_origination_uri
from trunkline.domain.trunk.weighted_order import Draw, weighted_order
from trunkline.kit.ids import E164, AccountSid, CallSid
from trunkline.protocol.sip.message.name_addr import quote_display

ALLOW: Final = "ACK,BYE,CANCEL,INVITE,OPTIONS,REFER,NOTIFY"
"""Row 63: no UPDATE, no PRACK."""
MAX_FORWARDS: Final = 60

_USER: Final = re.compile(r"[A-Za-z0-9\-_.!~*'()&=+$,;?/%]+\Z", re.ASCII)


def plan(
    urls: Iterable[OriginationUrl], dialled: E164, draw: Draw, *, secure: bool = False
) -> tuple[OriginationTarget, ...]:
    """The order of the hunt: enabled URIs, lowest priority first, weighted within one priority (rows 52-54).

    A URI that cannot be called takes no part.
    """
    usable: list[tuple[OriginationUrl, OriginationTarget]] = []
    for url in urls:
        uri = parse_origination_uri(url.uri) if url.enabled else None
        if uri is not None:
            transport = Transport.TLS if secure else uri.transport  # row 74
            user = dialled if uri.user is None else uri.user  # row 46
            usable.append((url, OriginationTarget(url.sid, uri, transport, user)))
    usable.sort(key=lambda found: found[0].priority)
    order: list[OriginationTarget] = []
    for _, equals in groupby(usable, key=lambda found: found[0].priority):
        order += weighted_order([(target, url.weight) for url, target in equals], draw)
    return tuple(order)


def uri_warnings(urls: Iterable[OriginationUrl]) -> tuple[UriWarning, ...]:
    """What is wrong with the enabled URIs, each kind of fault once for each of them (sip.md 4.1)."""
    found: list[UriWarning] = []
    for url in urls:
        if url.enabled:
            uri = parse_origination_uri(url.uri)
            codes = (BAD_URI,) if uri is None else tuple(dict.fromkeys(uri.warnings))
            found += [UriWarning(code, url.uri) for code in codes]
    return tuple(found)


async def route_origination(
    user: str | None, source: IpAddress, directory: TrunkDirectory, draw: Draw
) -> OriginationDecision:
    """Decide about an INVITE whose R-URI host is no trunk domain. Raises what the directory raises."""
    carrier = carrier_of_source(await directory.carriers(), source)
    if carrier is None:
        return Drop("unknown_source")
    dialled = dialled_number(user)
    number = None if dialled is None else await directory.number(dialled)
    if dialled is None or number is None or number.account_sid is None:
        return Reject(NUMBER_UNKNOWN, recorded=False, carrier=carrier)
    account = await directory.account(number.account_sid)
    if account is None:
        return Reject(FACTS_UNAVAILABLE, recorded=False, carrier=carrier)
    if account.status is not AccountStatus.ACTIVE:
        return Reject(ACCOUNT_NOT_ACTIVE, recorded=True, account=account, carrier=carrier)
    trunk = None if number.trunk_sid is None else await directory.trunk_by_sid(number.trunk_sid)
    if trunk is None:
        return Reject(NUMBER_WITHOUT_TRUNK, recorded=True, account=account, carrier=carrier)
    urls = trunk.origination_urls
    targets = plan(urls, dialled, draw, secure=trunk.secure)
    return OriginationPlan(trunk, account, carrier, number.sid, dialled, targets, uri_warnings(urls))


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
        *target.uri.headers,  # row 50
    ]
    return OriginationInvite(
        request_uri=target.request_uri,
        from_address=f"{display}<sip:{caller}@{own_host}:5060>",
        to_address=f"<{target.request_uri}>",
        contact_user=caller,
        contact_display=display.rstrip(),
        headers=tuple(headers),
    )
