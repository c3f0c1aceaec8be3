"""What routing decides about a customer's INVITE: exactly one of these values comes back."""

from dataclasses import dataclass
from typing import TypeAlias

from trunkline.domain.trunk.decision import Challenge, Drop, Reject
from trunkline.domain.trunk.facts import AccountFacts, NumberSid, TrunkFacts
from trunkline.domain.trunk.own_call import OwnCall
from trunkline.kit.ids import E164


@dataclass(frozen=True, slots=True)
class TerminationPlan:
    """An admitted call from a customer: what goes to the carrier."""

    trunk: TrunkFacts | None
    """None for a call that the platform itself places."""
    account: AccountFacts
    caller: E164
    caller_name: str | None
    caller_number_sid: NumberSid | None
    """Set when the caller ID is a number of the account."""
    callee: E164
    diversions: tuple[str, ...]
    """Raw values of the Diversion headers that stay (row 37)."""
    edge: str | None
    """The edge that the R-URI named."""
    own: OwnCall | None = None
    """The platform placed it, for the account."""


TerminationDecision: TypeAlias = TerminationPlan | Challenge | Reject | Drop
