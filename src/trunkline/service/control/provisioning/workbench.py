"""What every use case works with: the store, the vault, fresh SIDs, the wall clock, the platform's names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from trunkline.kit.ids import IdSource
from trunkline.platform.store.engine import Store
from trunkline.platform.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Workbench:
    """`domain` is `{PFX}`; `realm` the digest realm that the store has fixed at first start."""

    store: Store
    vault: Vault
    ids: IdSource
    wall: Callable[[], datetime]
    domain: str
    realm: str
    accept_twilio_domain: bool = True
    """A DomainName below `.pstn.twilio.com` is an alias of the platform's own (design, decision 11)."""
    default_cps: int = 1
    """New calls a second and trunk of the accounts made from now on."""
    sends_mail: bool = False
    """A mail server is set."""
