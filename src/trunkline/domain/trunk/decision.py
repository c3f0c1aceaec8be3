"""What routing decides about an INVITE that it does not admit, in either direction."""

from dataclasses import dataclass

from trunkline.domain.call.release_cause import ReleaseCause
from trunkline.domain.trunk.carrier.facts import CarrierFacts
from trunkline.domain.trunk.facts import AccountFacts, TrunkFacts
from trunkline.domain.trunk.own_call import OwnCall


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
    own: OwnCall | None = None
    """The platform placed it."""
