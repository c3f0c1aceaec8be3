"""Routing of a call from a customer: the documented order of checks (sip.md 3.2).

A check is a function from the call to a refusal or None, named in one of the lists below; a further one is a further
line. The block list and the limits, which are asked for, stand in `_route_known`. Left to later work: OPTIONS flooding
(row 28) and emergency numbers (31).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from trunkline.domain.call.release_cause import (
    ACCOUNT_NOT_ACTIVE,
    ACL_DENIED,
    CALLEE_NOT_VERIFIED,
    CALLER_ID_MALFORMED,
    CONTACT_UNUSABLE,
    CREDENTIALS_REJECTED,
    FACTS_UNAVAILABLE,
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
from trunkline.domain.trunk.decision import Challenge, Drop, Reject
from trunkline.domain.trunk.domain_name import is_platform_host, trunk_host
from trunkline.domain.trunk.facts import (
    AccountFacts,
    AccountStatus,
    AccountType,
    CallerIdStatus,
    TrunkDirectory,
    TrunkFacts,
)
from trunkline.domain.trunk.limits import Caller
from trunkline.domain.trunk.manipulation.policy import HeaderPolicy
from trunkline.domain.trunk.number.blocked import blocked_refusal
from trunkline.domain.trunk.number.e164 import e164_of
from trunkline.domain.trunk.number.geo import country_refusal
from trunkline.domain.trunk.termination.caller_id import caller_id_refusal, claimed_caller_id
from trunkline.domain.trunk.termination.decision import TerminationDecision, TerminationPlan
from trunkline.domain.trunk.termination.request import Offer, RoutedRequest
from trunkline.kit.ids import E164
from trunkline.protocol.sip.digest.server import DigestOutcome


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    suffix: str
    """`{PFX}`, lower case."""
    alias: bool = True
    """Accept `.pstn.twilio.com` names (design, decision 11)."""
    allow_private: bool = False
    """Accept a loopback Contact, and a private target of a redirect (TRUNKLINE_ALLOW_PRIVATE)."""


VerifyDigest: TypeAlias = Callable[[TrunkFacts], DigestOutcome]
"""Judges the request's Proxy-Authorization against a trunk's credentials; asked once per request at most."""

Manipulate: TypeAlias = Callable[[HeaderPolicy], RoutedRequest]
"""The request as a header manipulation policy leaves it; asked for only where the trunk has one."""

AskLimits: TypeAlias = Callable[[Caller], Awaitable[ReleaseCause | None]]
"""Counts an INVITE against its limits, once however often it is asked about; why it may not begin, or None."""


@dataclass(frozen=True, slots=True)
class _Call:
    request: RoutedRequest
    trunk: TrunkFacts
    account: AccountFacts
    settings: RoutingSettings


Check: TypeAlias = Callable[[_Call], ReleaseCause | None]


def _register(call: _Call) -> ReleaseCause | None:
    """Row 26."""
    return REGISTER_REFUSED if call.request.method == "REGISTER" else None


def _hops(call: _Call) -> ReleaseCause | None:
    """Row 29."""
    return TOO_MANY_HOPS if call.request.max_forwards == 0 else None


def _account_active(call: _Call) -> ReleaseCause | None:
    """Row 15."""
    return None if call.account.status is AccountStatus.ACTIVE else ACCOUNT_NOT_ACTIVE


def _permitted(call: _Call) -> ReleaseCause | None:
    """Row 21."""
    return None if call.trunk.has_acl or call.trunk.has_credentials else TRUNK_NOT_PERMITTED


def _acl(call: _Call) -> ReleaseCause | None:
    """Rows 22, 25: before digest, so that a 403 to a bare INVITE means the ACL."""
    trunk = call.trunk
    if not trunk.has_acl or any(call.request.source in network for network in trunk.acl_networks):
        return None
    return ACL_DENIED


def _tls_version(call: _Call) -> ReleaseCause | None:
    """Row 75: the connection was let in for another account, named by SNI or by the source's address (sip.md 5.4)."""
    return TLS_VERSION_TOO_LOW if call.request.deprecated_tls and not call.account.deprecated_tls else None


def _secure_transport(call: _Call) -> ReleaseCause | None:
    """Row 72."""
    return SECURE_TRANSPORT_REQUIRED if call.trunk.secure and call.request.transport is not Transport.TLS else None


def _called_number(call: _Call) -> ReleaseCause | None:
    """Row 30."""
    return NOT_E164 if e164_of(call.request.user) is None else None


def _contact(call: _Call) -> ReleaseCause | None:
    """sip.md 3.6."""
    if call.settings.allow_private:
        return None
    return CONTACT_UNUSABLE if is_unusable(call.request.contact_host or "") else None


def is_unusable(contact_host: str) -> bool:
    """Whether a Contact names the host that reads it (sip.md 3.6)."""
    host = contact_host.lower().strip("[]")
    return host in {"localhost", "::1"} or host.startswith("127.")


def _media(call: _Call) -> ReleaseCause | None:
    """Rows 44, 73, 82."""
    match call.request.offer:
        case Offer.ABSENT:
            return SDP_MISSING
        case Offer.UNREADABLE:
            return SDP_INVALID
        case Offer.NO_CODEC:
            return NO_COMMON_CODEC
        case Offer.PLAIN:
            return SECURE_MEDIA_REQUIRED if call.trunk.secure else None
        case Offer.SECURE:
            return None if call.trunk.secure else SECURE_MEDIA_REFUSED
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


def _first_refusal(checks: tuple[Check, ...], call: _Call) -> ReleaseCause | None:
    for check in checks:
        cause = check(call)
        if cause is not None:
            return cause
    return None


def _digest_refusal(outcome: DigestOutcome, trunk: TrunkFacts) -> Challenge | ReleaseCause | None:
    """Rows 23-24."""
    match outcome:
        case DigestOutcome.OK:
            return None
        case DigestOutcome.ABSENT:
            return Challenge(trunk, stale=False)
        case DigestOutcome.STALE:
            return Challenge(trunk, stale=True)
        case DigestOutcome.WRONG:
            return CREDENTIALS_REJECTED


async def route_termination(
    request: RoutedRequest,
    directory: TrunkDirectory,
    verify_digest: VerifyDigest,
    ask_limits: AskLimits,
    manipulate: Manipulate,
    settings: RoutingSettings,
) -> TerminationDecision:
    """Decide about an INVITE or REGISTER to a trunk domain. Raises what the directory raises."""
    host = trunk_host(request.host, settings.suffix, alias=settings.alias)
    trunk = None if host is None else await directory.trunk_by_domain(host.domain)
    if host is None or trunk is None:
        return Drop("unknown_domain")  # row 20
    account = await directory.account(trunk.account_sid)
    if account is None:
        return Reject(FACTS_UNAVAILABLE, recorded=False, trunk=trunk)
    call = _Call(request, trunk, account, settings)

    if (cause := _first_refusal(BEFORE_DIGEST, call)) is not None:
        return Reject(cause, recorded=False, trunk=trunk, account=account)
    if trunk.has_credentials:
        refusal = _digest_refusal(verify_digest(trunk), trunk)
        if isinstance(refusal, Challenge):
            return refusal
        if refusal is not None:
            return Reject(refusal, recorded=False, trunk=trunk, account=account)

    # The caller is known from here on: every call leaves a record (design, decision 9).
    if (cause := _first_refusal(BEFORE_POLICY, call)) is not None:
        return Reject(cause, recorded=True, trunk=trunk, account=account)
    if trunk.termination_policy is not None:
        call = replace(call, request=manipulate(trunk.termination_policy))  # step 9
    decision = await _route_known(call, directory, ask_limits, host.edge)
    if isinstance(decision, ReleaseCause):
        numbers = None if call.request is request else _numbers(call.request)
        return Reject(decision, recorded=True, trunk=trunk, account=account, numbers=numbers)
    return decision


def _numbers(request: RoutedRequest) -> tuple[str, str]:
    return request.identities.from_user or "anonymous", request.user or ""


async def _route_known(
    call: _Call, directory: TrunkDirectory, ask_limits: AskLimits, edge: str | None
) -> TerminationPlan | ReleaseCause:
    if (cause := _first_refusal(BEFORE_CALLER_ID, call)) is not None:
        return cause
    callee, claimed = e164_of(call.request.user), claimed_caller_id(call.request.identities)
    if callee is None:
        return NOT_E164
    if claimed is None:
        return CALLER_ID_MALFORMED
    standing = _Standing(directory, call.account)
    for number in claimed.to_verify:
        if (cause := caller_id_refusal(await standing.of(number))) is not None:
            return cause
    if call.account.type is AccountType.TRIAL and not await standing.may_show(callee):
        return CALLEE_NOT_VERIFIED  # row 34
    if (cause := _first_refusal(AFTER_CALLER_ID, call)) is not None:
        return cause
    if (cause := country_refusal(call.account, callee, await directory.risks())) is not None:
        return cause  # row 35
    if (cause := blocked_refusal(callee, await directory.blocked_prefixes())) is not None:
        return cause  # row 36
    if (cause := await _limit_refusal(call, directory, ask_limits)) is not None:
        return cause
    if (cause := _first_refusal(AFTER_LIMITS, call)) is not None:
        return cause

    owned = await standing.of(claimed.shown) is CallerIdStatus.OWNED
    number_facts = await directory.number(claimed.shown) if owned else None
    return TerminationPlan(
        trunk=call.trunk,
        account=call.account,
        caller=claimed.shown,
        caller_name=call.request.identities.display_name,
        caller_number_sid=None if number_facts is None else number_facts.sid,
        callee=callee,
        diversions=await _kept_diversions(call, standing),
        edge=edge,
    )


async def _limit_refusal(call: _Call, directory: TrunkDirectory, ask_limits: AskLimits) -> ReleaseCause | None:
    """Rows 38, 39, 41. Only an INVITE begins a call; a challenged one never comes this far, so it is not counted."""
    if call.request.method != "INVITE":
        return None
    account = call.account
    pool = account if account.parent_sid is None else await directory.account(account.parent_sid)
    if pool is None:
        return FACTS_UNAVAILABLE
    return await ask_limits(Caller(call.trunk, account, pool))


class _Standing:
    """What numbers are to the account of one call, each asked for once."""

    __slots__ = ("_account", "_directory", "_known")

    def __init__(self, directory: TrunkDirectory, account: AccountFacts) -> None:
        self._directory = directory
        self._account = account
        self._known: dict[E164, CallerIdStatus] = {}

    async def of(self, number: E164) -> CallerIdStatus:
        known = self._known.get(number)
        if known is None:
            known = await self._directory.caller_id_status(self._account.sid, number)
            self._known[number] = known
        return known

    async def may_show(self, number: E164) -> bool:
        return caller_id_refusal(await self.of(number)) is None


async def _kept_diversions(call: _Call, standing: _Standing) -> tuple[str, ...]:
    """Row 37: a Diversion with our domain stays only if its number is the account's or verified."""
    kept: list[str] = []
    for header in call.request.diversions:
        if is_platform_host(header.host, call.settings.suffix, alias=call.settings.alias):
            number = e164_of(header.user)
            if number is None or not await standing.may_show(number):
                continue
        kept.append(header.value)
    return tuple(kept)
