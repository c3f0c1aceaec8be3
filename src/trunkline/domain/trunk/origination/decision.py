"""What routing decides about a carrier's INVITE: exactly one of these values comes back."""

from dataclasses import dataclass
from typing import TypeAlias

from trunkline.domain.trunk.carrier.facts import CarrierFacts
from trunkline.domain.trunk.decision import Drop, Reject
from trunkline.domain.trunk.facts import AccountFacts, NumberSid, TrunkFacts
from trunkline.domain.trunk.origination.uri import OriginationTarget, UriWarning
from trunkline.kit.ids import E164


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


OriginationDecision: TypeAlias = OriginationPlan | Reject | Drop
