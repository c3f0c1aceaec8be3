"""What routing decides about an INVITE: exactly one of these values comes back."""

from dataclasses import dataclass
from typing import TypeAlias

from trunkline.domain.call.release_cause import ReleaseCause
from trunkline.domain.trunk.facts import AccountFacts, CarrierFacts, NumberSid, TrunkFacts
from trunkline.domain.trunk.origination_uri import OriginationTarget, UriWarning
from trunkline.kit.ids import E164


@dataclass(frozen=True, slots=True)
class Drop:
    """No answer at all and no record; `reason` is a metric label."""

    reason: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """407 with the digest challenge; leaves no record."""

    trunk: TrunkFacts
    stale: bool


@dataclass(frozen=True, slots=True)
class Reject:
    """A final answer. `recorded` = the caller is known, so the call leaves a record; else only a bounded alert."""

    cause: ReleaseCause
    recorded: bool
    trunk: TrunkFacts | None = None
    account: AccountFacts | None = None
    carrier: CarrierFacts | None = None
    numbers: tuple[str, str] | None = None
    """Caller and callee as the trunk's header policy left them; None = as the INVITE has them."""


@dataclass(frozen=True, slots=True)
class TerminationPlan:
    """An admitted call from a customer: what goes to the carrier."""

    trunk: TrunkFacts
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


@dataclass(frozen=True, slots=True)
class OriginationPlan:
    """An admitted call from a carrier: the targets of the trunk in the order of the hunt."""

    trunk: TrunkFacts
    account: AccountFacts
    carrier: CarrierFacts
    number_sid: NumberSid
    dialled: E164
    targets: tuple[OriginationTarget, ...]
    """None where no URI is enabled and usable."""
    warnings: tuple[UriWarning, ...] = ()
    """What is wrong with the URIs that take part, or would."""
    caller_name: str | None = None
    """What the customer is shown: the name that was looked up, or without look-ups the carrier's (row 69)."""
    cnam_lookups: int = 0


TerminationDecision: TypeAlias = TerminationPlan | Challenge | Reject | Drop
OriginationDecision: TypeAlias = OriginationPlan | Reject | Drop
