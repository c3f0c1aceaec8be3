"""Routing of a call from a customer: the documented order of checks (sip.md 3.2).

Those that need nothing but the call are lists in `checks`; what is asked for, as the block list and the limits are,
stands between them here. Emergency numbers (row 31) are no exception.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

from trunkline.domain.call.release_cause import (
    CALLEE_NOT_VERIFIED,
    CALLER_ID_MALFORMED,
    CREDENTIALS_REJECTED,
    FACTS_UNAVAILABLE,
    NOT_E164,
    ReleaseCause,
)
from trunkline.domain.trunk.decision import Challenge, Drop, Reject
from trunkline.domain.trunk.domain_name import is_platform_host, trunk_host
from trunkline.domain.trunk.facts import (
    AccountFacts,
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
from trunkline.domain.trunk.termination.checks import (
    AFTER_CALLER_ID,
    AFTER_LIMITS,
    BEFORE_CALLER_ID,
    BEFORE_DIGEST,
    BEFORE_POLICY,
    Call,
    first_refusal,
)
from trunkline.domain.trunk.termination.decision import TerminationDecision, TerminationPlan
from trunkline.domain.trunk.termination.request import RoutedRequest
from trunkline.domain.trunk.termination.settings import RoutingSettings
from trunkline.kit.ids import E164
from trunkline.protocol.sip.digest.server import DigestOutcome

VerifyDigest: TypeAlias = Callable[[TrunkFacts], DigestOutcome]
"""Judges the request's Proxy-Authorization against a trunk's credentials; asked once per request at most."""

Manipulate: TypeAlias = Callable[[HeaderPolicy], RoutedRequest]
"""The request as a header manipulation policy leaves it; asked for only where the trunk has one."""

AskLimits: TypeAlias = Callable[[Caller], Awaitable[ReleaseCause | None]]
"""Counts an INVITE against its limits, once however often it is asked about; why it may not begin, or None."""


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
    call = Call(request, trunk, account, settings)

    if (cause := first_refusal(BEFORE_DIGEST, call)) is not None:
        return Reject(cause, recorded=False, trunk=trunk, account=account)
    if trunk.has_credentials:
        refusal = _digest_refusal(verify_digest(trunk), trunk)
        if isinstance(refusal, Challenge):
            return refusal
        if refusal is not None:
            return Reject(refusal, recorded=False, trunk=trunk, account=account)

    # The caller is known from here on: every call leaves a record (design, decision 9).
    if (cause := first_refusal(BEFORE_POLICY, call)) is not None:
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
    call: Call, directory: TrunkDirectory, ask_limits: AskLimits, edge: str | None
) -> TerminationPlan | ReleaseCause:
    if (cause := first_refusal(BEFORE_CALLER_ID, call)) is not None:
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
    if (cause := first_refusal(AFTER_CALLER_ID, call)) is not None:
        return cause
    if (cause := country_refusal(call.account, callee, await directory.risks())) is not None:
        return cause  # row 35
    if (cause := blocked_refusal(callee, await directory.blocked_prefixes())) is not None:
        return cause  # row 36
    if (cause := await _limit_refusal(call, directory, ask_limits)) is not None:
        return cause
    if (cause := first_refusal(AFTER_LIMITS, call)) is not None:
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


async def _limit_refusal(call: Call, directory: TrunkDirectory, ask_limits: AskLimits) -> ReleaseCause | None:
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


async def _kept_diversions(call: Call, standing: _Standing) -> tuple[str, ...]:
    """Row 37: a Diversion with our domain stays only if its number is the account's or verified."""
    kept: list[str] = []
    for header in call.request.diversions:
        if is_platform_host(header.host, call.settings.suffix, alias=call.settings.alias):
            number = e164_of(header.user)
            if number is None or not await standing.may_show(number):
                continue
        kept.append(header.value)
    return tuple(kept)
