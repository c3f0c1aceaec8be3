"""The facts behind the policies: implements `domain.trunk.facts.TrunkDirectory` on the store, uncached."""

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_network
from typing import Any, final

from sqlalchemy import Row, Select, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.domain.trunk.account import under_parent
from trunkline.domain.trunk.address import IpNetwork
from trunkline.domain.trunk.carrier.facts import CarrierFacts
from trunkline.domain.trunk.facts import (
    AccountFacts,
    AccountStatus,
    AccountType,
    CallerIdStatus,
    Limits,
    NumberFacts,
    NumberSid,
    OriginationUrl,
    OriginationUrlSid,
    RecordingMode,
    RecordingTrim,
    Risk,
    TransferCallerId,
    TransferMode,
    TrunkFacts,
)
from trunkline.domain.trunk.manipulation.policy import HeaderPolicy, HeaderPolicySid
from trunkline.domain.trunk.manipulation.policy_json import rules_from_json
from trunkline.domain.trunk.number.risk import EXAMPLES
from trunkline.kit.ids import E164, AccountSid, TrunkSid
from trunkline.kit.instant import Instant
from trunkline.platform.setting import clock
from trunkline.platform.store.carriers import read_carriers
from trunkline.platform.store.engine import Store
from trunkline.platform.store.sealed_credentials import SealedCredentials
from trunkline.platform.store.table import (
    AccountRow,
    BlockedDestinationRow,
    CredentialRow,
    HeaderPolicyRow,
    IpAddressRow,
    NumberRangeRow,
    OriginationUrlRow,
    OutgoingCallerIdRow,
    PhoneNumberRow,
    TrunkCredentialListRow,
    TrunkHeaderPolicyRow,
    TrunkIpAclRow,
    TrunkRow,
)
from trunkline.platform.store.vault import Vault

# Columns instead of objects: a look-up is on the way of a call, and these are never written back.
_TRUNK = TrunkRow.__table__
_ACCOUNT = AccountRow.__table__

_TRUNK_BY_DOMAIN = select(_TRUNK).where(TrunkRow.domain_key == bindparam("domain"))
_TRUNK_BY_SID = select(_TRUNK).where(TrunkRow.sid == bindparam("sid"))
_OWN = AccountRow.__table__.alias("own")
_ACCOUNT_AND_PARENT = select(_ACCOUNT).where(
    or_(
        AccountRow.sid == bindparam("sid"),
        AccountRow.sid == select(_OWN.c.parent_sid).where(_OWN.c.sid == bindparam("sid")).scalar_subquery(),
    )
)

# Outer joins: an associated list without entries is still an association.
_NETWORKS: Select[Any, Any] = (
    select(IpAddressRow.ip_address, IpAddressRow.cidr_prefix_length)
    .select_from(TrunkIpAclRow)
    .outerjoin(IpAddressRow, IpAddressRow.ip_acl_sid == TrunkIpAclRow.ip_acl_sid)
    .where(TrunkIpAclRow.trunk_sid == bindparam("sid"))
)
_CREDENTIALS: Select[Any, Any, Any, Any] = (
    select(
        CredentialRow.username,
        CredentialRow.sid,
        CredentialRow.ha1_md5_sealed,
        CredentialRow.ha1_sha256_sealed,
    )
    .select_from(TrunkCredentialListRow)
    .outerjoin(CredentialRow, CredentialRow.credential_list_sid == TrunkCredentialListRow.credential_list_sid)
    .where(TrunkCredentialListRow.trunk_sid == bindparam("sid"))
    .order_by(TrunkCredentialListRow.date_created.desc(), TrunkCredentialListRow.credential_list_sid)
)
_URLS = (
    select(
        OriginationUrlRow.sid,
        OriginationUrlRow.sip_url,
        OriginationUrlRow.priority,
        OriginationUrlRow.weight,
        OriginationUrlRow.enabled,
    )
    .where(OriginationUrlRow.trunk_sid == bindparam("sid"))
    .order_by(OriginationUrlRow.priority, OriginationUrlRow.date_created, OriginationUrlRow.sid)
)
_POLICIES = (
    select(TrunkHeaderPolicyRow.direction, HeaderPolicyRow.sid, HeaderPolicyRow.friendly_name, HeaderPolicyRow.rules)
    .join(HeaderPolicyRow, HeaderPolicyRow.sid == TrunkHeaderPolicyRow.policy_sid)
    .where(TrunkHeaderPolicyRow.trunk_sid == bindparam("sid"))
)
_NUMBER = select(
    PhoneNumberRow.phone_number, PhoneNumberRow.sid, PhoneNumberRow.account_sid, PhoneNumberRow.trunk_sid
).where(PhoneNumberRow.phone_number == bindparam("number"))
_CALLER_ID = select(
    exists().where(
        PhoneNumberRow.phone_number == bindparam("number"), PhoneNumberRow.account_sid == bindparam("account")
    ),
    exists().where(
        OutgoingCallerIdRow.phone_number == bindparam("number"),
        OutgoingCallerIdRow.account_sid == bindparam("account"),
    ),
    exists().where(
        NumberRangeRow.of == "caller",
        NumberRangeRow.mark == "do-not-originate",
        NumberRangeRow.prefix.in_(bindparam("prefixes", expanding=True)),
    ),
)


@final
class StoreDirectory:
    """Reads facts; every call is one transaction of a few indexed look-ups. The gateway caches in front of it."""

    __slots__ = ("_store", "_vault")

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def trunk_by_domain(self, domain: str) -> TrunkFacts | None:
        """`domain` in its stored form (`domain.trunk.domain_name`)."""
        return await self._trunk(_TRUNK_BY_DOMAIN, {"domain": domain})

    async def trunk_by_sid(self, sid: TrunkSid) -> TrunkFacts | None:
        return await self._trunk(_TRUNK_BY_SID, {"sid": sid})

    async def _trunk(self, statement: Select[Any], key: dict[str, str]) -> TrunkFacts | None:
        async with self._store.reading() as session:
            row = (await session.execute(statement, key)).one_or_none()
            return None if row is None else await self._trunk_facts(session, row)

    async def _trunk_facts(self, session: AsyncSession, row: Row[Any]) -> TrunkFacts:
        of_trunk = {"sid": row.sid}
        networks = (await session.execute(_NETWORKS, of_trunk)).all()
        credentials = (await session.execute(_CREDENTIALS, of_trunk)).all()
        urls = (await session.execute(_URLS, of_trunk)).all()
        policies = {
            direction: HeaderPolicy(HeaderPolicySid(sid), name, rules_from_json(rules))
            for direction, sid, name, rules in await session.execute(_POLICIES, of_trunk)
        }
        return TrunkFacts(
            sid=TrunkSid(row.sid),
            account_sid=AccountSid(row.account_sid),
            domain=row.domain_key,
            secure=row.secure,
            tls_verified=row.tls_verified,
            symmetric_rtp=row.symmetric_rtp_enabled,
            cnam_lookup=row.cnam_lookup_enabled,
            has_acl=bool(networks),
            has_credentials=bool(credentials),
            acl_networks=tuple(_network(address, length) for address, length in networks if address is not None),
            credentials=SealedCredentials(self._vault, [found for found in credentials if found[0] is not None]),
            origination_urls=tuple(OriginationUrl(OriginationUrlSid(url[0]), *url[1:]) for url in urls),
            recording_mode=RecordingMode(row.recording_mode),
            recording_trim=RecordingTrim(row.recording_trim),
            transfer_mode=TransferMode(row.transfer_mode),
            transfer_caller_id=TransferCallerId(row.transfer_caller_id),
            disaster_recovery_url=row.disaster_recovery_url,
            disaster_recovery_method=row.disaster_recovery_method,
            cps=row.cps,
            cps_next=row.cps_next,
            cps_next_from=None if row.cps_next_at is None else _instant(row.cps_next_at),
            termination_policy=policies.get("termination"),
            origination_policy=policies.get("origination"),
        )

    async def account(self, sid: AccountSid) -> AccountFacts | None:
        """As it holds: what its parent means to it is in it already."""
        async with self._store.reading() as session:
            rows = (await session.execute(_ACCOUNT_AND_PARENT, {"sid": sid})).all()
        found = {row.sid: _account_facts(row) for row in rows}
        account = found.get(sid)
        if account is None or account.parent_sid is None:
            return account
        parent = found.get(account.parent_sid)
        return account if parent is None else under_parent(account, parent)

    async def number(self, number: E164) -> NumberFacts | None:
        async with self._store.reading() as session:
            row = (await session.execute(_NUMBER, {"number": number})).one_or_none()
        if row is None:
            return None
        _, sid, account_sid, trunk_sid = row
        return NumberFacts(
            number=number,
            sid=NumberSid(sid),
            account_sid=None if account_sid is None else AccountSid(account_sid),
            trunk_sid=None if trunk_sid is None else TrunkSid(trunk_sid),
        )

    async def caller_id_status(self, account_sid: AccountSid, number: E164) -> CallerIdStatus:
        """Nobody may call with a number that is marked so, its owner included (row 32)."""
        prefixes = [number[:end] for end in range(2, len(number) + 1)]
        keys = {"number": number, "account": account_sid, "prefixes": prefixes}
        async with self._store.reading() as session:
            owned, verified, forbidden = (await session.execute(_CALLER_ID, keys)).one()
        if forbidden:
            return CallerIdStatus.DO_NOT_ORIGINATE
        if owned:
            return CallerIdStatus.OWNED
        return CallerIdStatus.VERIFIED if verified else CallerIdStatus.UNKNOWN

    async def carriers(self) -> tuple[CarrierFacts, ...]:
        """The enabled carriers, lowest priority first."""
        async with self._store.reading() as session:
            return await read_carriers(session, self._vault)

    async def blocked_prefixes(self) -> frozenset[str]:
        async with self._store.reading() as session:
            return frozenset(await session.scalars(select(BlockedDestinationRow.prefix)))

    async def risks(self) -> Mapping[str, Risk]:
        """The examples and the operator's own, which may also take one of them back."""
        statement = select(NumberRangeRow.prefix, NumberRangeRow.mark).where(NumberRangeRow.of == "callee")
        async with self._store.reading() as session:
            own = {prefix: Risk(mark) for prefix, mark in await session.execute(statement)}
        return {**EXAMPLES, **own}


def _instant(at: datetime) -> Instant:
    """The moment on this process's clock."""
    return Instant(clock.now() + (at - clock.wall()).total_seconds())


def _account_facts(row: Row[Any]) -> AccountFacts:
    """An account without funds is to its calls what a suspended one is (sip.md 3.2 step 5)."""
    status = AccountStatus(row.status)
    if row.out_of_funds and status is AccountStatus.ACTIVE:
        status = AccountStatus.SUSPENDED
    return AccountFacts(
        sid=AccountSid(row.sid),
        parent_sid=None if row.parent_sid is None else AccountSid(row.parent_sid),
        status=status,
        type=AccountType(row.type),
        limits=Limits(row.cps, row.pool_cps, row.concurrent),
        countries=frozenset(row.countries),
        special_countries=frozenset(row.special_countries),
        tollfraud_countries=frozenset(row.tollfraud_countries),
        inherits_permissions=row.inherits_permissions,
        deprecated_tls=row.deprecated_tls,
    )


def _network(address: str, length: int) -> IpNetwork:
    return ip_network(f"{address}/{length}", strict=False)
