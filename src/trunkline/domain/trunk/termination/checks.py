"""Checks of a call from a customer that need nothing but the call (sip.md 3.2), in their documented order.

A check is a function from the call to a refusal or None, named in one of the lists below; a further one is a further
line. `routing` walks through the lists.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final, TypeAlias

from trunkline.domain.call.release_cause import (
    ACCOUNT_NOT_ACTIVE,
    ACL_DENIED,
    BODY_UNSUPPORTED,
    CONTACT_UNUSABLE,
    NO_COMMON_CODEC,
    NOT_E164,
    REGISTER_REFUSED,
    SDP_INVALID,
    SDP_MISSING,
    SECURE_MEDIA_REFUSED,
    SECURE_MEDIA_REQUIRED,
    SECURE_TRANSPORT_REQUIRED,
    TLS_VERSION_TOO_LOW,
    TOO_MANY_HOPS,
    TRUNK_NOT_PERMITTED,
    ReleaseCause,
)
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.facts import AccountFacts, AccountStatus, TrunkFacts
from trunkline.domain.trunk.number.e164 import e164_of
from trunkline.domain.trunk.termination.request import Offer, RoutedRequest
from trunkline.domain.trunk.termination.settings import RoutingSettings


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a trunk's domain, and what is known of its sender without asking anybody further."""

    request: RoutedRequest
    trunk: TrunkFacts
    account: AccountFacts
    settings: RoutingSettings


Check: TypeAlias = Callable[[Call], ReleaseCause | None]


def _register(call: Call) -> ReleaseCause | None:
    """Row 26."""
    return REGISTER_REFUSED if call.request.method == "REGISTER" else None


def _hops(call: Call) -> ReleaseCause | None:
    """Row 29."""
    return TOO_MANY_HOPS if call.request.max_forwards == 0 else None


def _account_active(call: Call) -> ReleaseCause | None:
    """Row 15."""
    return None if call.account.status is AccountStatus.ACTIVE else ACCOUNT_NOT_ACTIVE


def _permitted(call: Call) -> ReleaseCause | None:
    """Row 21."""
    return None if call.trunk.has_acl or call.trunk.has_credentials else TRUNK_NOT_PERMITTED


def _acl(call: Call) -> ReleaseCause | None:
    """Rows 22, 25: before digest, so that a 403 to a bare INVITE means the ACL."""
    trunk = call.trunk
    if not trunk.has_acl or any(call.request.source in network for network in trunk.acl_networks):
        return None
    return ACL_DENIED


def _tls_version(call: Call) -> ReleaseCause | None:
    """Row 75: the connection was let in for another account, named by SNI or by the source's address (sip.md 5.4)."""
    return TLS_VERSION_TOO_LOW if call.request.deprecated_tls and not call.account.deprecated_tls else None


def _secure_transport(call: Call) -> ReleaseCause | None:
    """Row 72."""
    return SECURE_TRANSPORT_REQUIRED if call.trunk.secure and call.request.transport is not Transport.TLS else None


def _called_number(call: Call) -> ReleaseCause | None:
    """Row 30."""
    return NOT_E164 if e164_of(call.request.user) is None else None


def _contact(call: Call) -> ReleaseCause | None:
    """sip.md 3.6."""
    host = call.request.contact_host
    if host is None:
        return None  # RFC 3261 section 8.1.1.8 wants one, but where the INVITE came from the call can be reached
    if not host:
        return CONTACT_UNUSABLE
    return CONTACT_UNUSABLE if not call.settings.allow_private and is_unusable(host) else None


@lru_cache(4096)
def is_unusable(contact_host: str) -> bool:
    """Whether a Contact names the host that reads it (sip.md 3.6), or none at all (0.0.0.0)."""
    host = contact_host.lower().strip("[]").removesuffix(".")
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761 section 6.3
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return address.is_loopback or address.is_unspecified


def _media(call: Call) -> ReleaseCause | None:
    return media_refusal(call.request.offer, secure=call.trunk.secure)


def media_refusal(offer: Offer, *, secure: bool) -> ReleaseCause | None:
    """Rows 44, 73, 78, 79, 82; `secure` is the trunk's."""
    match offer:
        case Offer.ABSENT:
            return SDP_MISSING
        case Offer.FOREIGN:
            return BODY_UNSUPPORTED
        case Offer.UNREADABLE:
            return SDP_INVALID
        case Offer.NO_CODEC:
            return NO_COMMON_CODEC
        case Offer.PLAIN:
            return SECURE_MEDIA_REQUIRED if secure else None
        case Offer.KEYLESS:
            return SECURE_MEDIA_REQUIRED if secure else SECURE_MEDIA_REFUSED
        case Offer.SECURE:
            return None if secure else SECURE_MEDIA_REFUSED
        case Offer.EITHER:
            return None


BEFORE_DIGEST: Final[tuple[Check, ...]] = (_register, _hops, _account_active, _permitted, _acl, _tls_version)
"""Checks of steps 3-6, and the TLS version's; a call that fails here leaves an alert and no record."""

BEFORE_POLICY: Final[tuple[Check, ...]] = (_secure_transport,)
"""Checks of step 8, of the request as it came."""

BEFORE_CALLER_ID: Final[tuple[Check, ...]] = (_called_number,)
"""Checks of step 10, of the request as the trunk's policy left it; so are all that follow."""

AFTER_CALLER_ID: Final[tuple[Check, ...]] = (_contact,)
"""Checks between steps 11 and 12."""

AFTER_LIMITS: Final[tuple[Check, ...]] = (_media,)
"""Checks of step 14."""


def first_refusal(checks: tuple[Check, ...], call: Call) -> ReleaseCause | None:
    """Why the call goes no further; None if all of these let it pass."""
    for check in checks:
        cause = check(call)
        if cause is not None:
            return cause
    return None
