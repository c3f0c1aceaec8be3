"""Routing of a call that the platform places for an account: through the carriers, within the account's bounds.

What speaks of a trunk, of its callers or of caller IDs has no meaning here; neither has the bound that lets a trial
account call verified numbers alone (row 34), since this is how a number is verified.
"""

from trunkline.domain.call.release_cause import ACCOUNT_NOT_ACTIVE, FACTS_UNAVAILABLE, NOT_E164, ReleaseCause
from trunkline.domain.trunk.decision import Reject
from trunkline.domain.trunk.facts import AccountFacts, AccountStatus, TrunkDirectory, TrunkFacts
from trunkline.domain.trunk.limits import Caller
from trunkline.domain.trunk.number.blocked import blocked_refusal
from trunkline.domain.trunk.number.e164 import e164_of
from trunkline.domain.trunk.number.geo import country_refusal
from trunkline.domain.trunk.own_call import OwnCall
from trunkline.domain.trunk.termination.decision import TerminationPlan
from trunkline.domain.trunk.termination.request import RoutedRequest
from trunkline.domain.trunk.termination.routing import AskLimits
from trunkline.kit.ids import TrunkSid


async def route_own_call(
    own: OwnCall, request: RoutedRequest, directory: TrunkDirectory, ask_limits: AskLimits
) -> TerminationPlan | Reject:
    """Decide about an INVITE whose seal is good; every decision leaves a record. Raises what the directory raises."""
    account = await directory.account(own.account_sid)
    if account is None:
        return Reject(FACTS_UNAVAILABLE, recorded=False, own=own)
    decision = await _route(own, account, request, directory, ask_limits)
    if isinstance(decision, ReleaseCause):
        return Reject(decision, recorded=True, account=account, own=own)
    return decision


async def _route(
    own: OwnCall, account: AccountFacts, request: RoutedRequest, directory: TrunkDirectory, ask_limits: AskLimits
) -> TerminationPlan | ReleaseCause:
    caller, callee = e164_of(request.identities.from_user), e164_of(request.user)
    if account.status is not AccountStatus.ACTIVE:
        return ACCOUNT_NOT_ACTIVE  # row 15
    if caller is None or callee is None:
        return NOT_E164
    if (cause := country_refusal(account, callee, await directory.risks())) is not None:
        return cause  # row 35
    if (cause := blocked_refusal(callee, await directory.blocked_prefixes())) is not None:
        return cause  # row 36
    pool = account if account.parent_sid is None else await directory.account(account.parent_sid)
    if pool is None:
        return FACTS_UNAVAILABLE
    # The account's own calls have a rate of their own beside its trunks', as if they came through one more.
    beside = TrunkFacts(TrunkSid(account.sid), account.sid, None)
    if (cause := await ask_limits(Caller(beside, account, pool))) is not None:
        return cause  # rows 38, 39, 41
    return TerminationPlan(
        trunk=None,
        account=account,
        caller=caller,
        caller_name=None,
        caller_number_sid=None,
        callee=callee,
        diversions=(),
        edge=None,
        own=own,
    )
