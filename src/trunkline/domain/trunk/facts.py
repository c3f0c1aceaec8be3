"""Facts of the product as the policies read them; the store fills them and answers for their freshness."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, Protocol

from trunkline.domain.trunk.address import IpNetwork
from trunkline.domain.trunk.carrier.facts import CarrierFacts
from trunkline.domain.trunk.manipulation.policy import HeaderPolicy
from trunkline.kit.ids import E164, AccountSid, TrunkSid
from trunkline.kit.instant import Instant
from trunkline.kit.secret import Secret

NumberSid = NewType("NumberSid", str)
"""`PN` and 32 hex digits."""
OriginationUrlSid = NewType("OriginationUrlSid", str)
"""`OU` and 32 hex digits."""


class AccountStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class AccountType(StrEnum):
    TRIAL = "Trial"
    FULL = "Full"


class RecordingMode(StrEnum):
    """sip.md 11.1."""

    DO_NOT_RECORD = "do-not-record"
    FROM_RINGING = "record-from-ringing"
    FROM_ANSWER = "record-from-answer"
    FROM_RINGING_DUAL = "record-from-ringing-dual"
    FROM_ANSWER_DUAL = "record-from-answer-dual"


class RecordingTrim(StrEnum):
    DO_NOT_TRIM = "do-not-trim"
    TRIM_SILENCE = "trim-silence"


class TransferMode(StrEnum):
    """sip.md 6.1."""

    DISABLE_ALL = "disable-all"
    SIP_ONLY = "sip-only"
    ENABLE_ALL = "enable-all"


class TransferCallerId(StrEnum):
    FROM_TRANSFEREE = "from-transferee"
    FROM_TRANSFEROR = "from-transferor"


class Risk(StrEnum):
    """How risky it is to call a number: what dialing permissions tell apart (row 148)."""

    LOW = "low-risk"
    SPECIAL = "special"
    """Premium, special and shared-cost services."""
    TOLLFRAUD = "tollfraud"
    """Ranges that are called for the sake of a share in what the call costs."""


class CallerIdStatus(StrEnum):
    """What a number is to an account (sip.md 3.4)."""

    OWNED = "owned"
    """A number of the account."""
    VERIFIED = "verified"
    """A verified OutgoingCallerId of the account."""
    DO_NOT_ORIGINATE = "do-not-originate"
    """Nobody may call with this number."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of an account; None = unlimited."""

    cps: int | None = 1
    """New termination calls a second for each trunk."""
    pool_cps: int | None = None
    """The same over all trunks of the account and of those below it; only a parent account's counts."""
    concurrent: int | None = 4
    """Calls at once, over all trunks of the account."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    sid: AccountSid
    parent_sid: AccountSid | None = None
    status: AccountStatus = AccountStatus.ACTIVE
    """As it holds: a parent that is not active counts (`account.under_parent`)."""
    type: AccountType = AccountType.FULL
    limits: Limits = Limits()
    countries: frozenset[str] = frozenset()
    """ISO 3166 alpha-2 codes, upper case, of the countries whose low-risk numbers may be called; empty = none may."""
    special_countries: frozenset[str] = frozenset()
    """The same of their high-risk special numbers."""
    tollfraud_countries: frozenset[str] = frozenset()
    """The same of their high-risk toll-fraud numbers."""
    inherits_permissions: bool = False
    """The three sets are the parent's (`account.under_parent`)."""
    deprecated_tls: bool = False
    """TLS 1.0 and 1.1 may be spoken, both ways (row 75)."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One digest user: the HA1s of RFC 7616 section 3.4.2 as lower-case hex, never the password."""

    username: str
    ha1_md5: Secret[str]
    ha1_sha256: Secret[str]


@dataclass(frozen=True, slots=True)
class OriginationUrl:
    """One URI of a trunk; `uri` is the text as it was typed, with its parameters and headers."""

    sid: OriginationUrlSid
    uri: str
    priority: int
    weight: int
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class TrunkFacts:
    """One trunk with everything that a call through it needs (sip.md 1.2-1.4)."""

    sid: TrunkSid
    account_sid: AccountSid
    domain: str | None
    """Stored form: lower case, `{name}.pstn.{PFX}`; None until a DomainName is set."""
    secure: bool = False
    tls_verified: bool = False
    """The far side of origination over TLS must show a certificate that names it."""
    symmetric_rtp: bool = False
    cnam_lookup: bool = False
    has_acl: bool = False
    """An IP ACL is associated; it may hold no address, and then nobody passes."""
    has_credentials: bool = False
    """A credential list is associated; it may hold no credential."""
    acl_networks: tuple[IpNetwork, ...] = ()
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    """By username, over all credential lists of the trunk."""
    origination_urls: tuple[OriginationUrl, ...] = ()
    recording_mode: RecordingMode = RecordingMode.DO_NOT_RECORD
    recording_trim: RecordingTrim = RecordingTrim.DO_NOT_TRIM
    transfer_mode: TransferMode = TransferMode.DISABLE_ALL
    transfer_caller_id: TransferCallerId = TransferCallerId.FROM_TRANSFEREE
    disaster_recovery_url: str | None = None
    disaster_recovery_method: str = "POST"
    cps: int | None = None
    """The trunk's own CPS; None = the account's."""
    cps_next: int | None = None
    """The CPS from `cps_next_from` on."""
    cps_next_from: Instant | None = None
    """None = no change lies ahead."""
    termination_policy: HeaderPolicy | None = None
    """What changes the numbers of calls from the customer (sip.md 9.11)."""
    origination_policy: HeaderPolicy | None = None
    """The same of the INVITEs to the customer."""


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """A number of the inventory; one that nobody bought has no account, one off any trunk has no trunk."""

    number: E164
    sid: NumberSid
    account_sid: AccountSid | None
    trunk_sid: TrunkSid | None = None


class TrunkDirectory(Protocol):
    """Look-ups that the policies need; the gateway's caches in front of the store.

    A raised error means that the facts cannot be had now; None means that there is no such thing.
    """

    async def trunk_by_domain(self, domain: str) -> TrunkFacts | None:
        """`domain` in its stored form, as `domain_name.canonical_domain` yields it."""
        ...

    async def trunk_by_sid(self, sid: TrunkSid) -> TrunkFacts | None: ...

    async def account(self, sid: AccountSid) -> AccountFacts | None: ...

    async def number(self, number: E164) -> NumberFacts | None: ...

    async def caller_id_status(self, account_sid: AccountSid, number: E164) -> CallerIdStatus: ...

    async def carriers(self) -> tuple[CarrierFacts, ...]:
        """All enabled carriers."""
        ...

    async def blocked_prefixes(self) -> frozenset[str]:
        """Prefixes with their `+` that nobody may call."""
        ...

    async def risks(self) -> Mapping[str, Risk]:
        """Risk by prefix with its `+`; the longest prefix of a number counts, without any it is low."""
        ...
