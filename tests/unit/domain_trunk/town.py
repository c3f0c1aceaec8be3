"""A directory held in memory, and the facts that the routing tests start from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network

from trunkline.domain.trunk.carrier.facts import CarrierFacts, CarrierGateway, CarrierSid
from trunkline.domain.trunk.facts import (
    AccountFacts,
    CallerIdStatus,
    Credential,
    NumberFacts,
    NumberSid,
    OriginationUrl,
    OriginationUrlSid,
    Risk,
    TrunkFacts,
)
from trunkline.kit.ids import E164, AccountSid, TrunkSid
from trunkline.kit.secret import Secret

PFX = "trunkline.example"
ACCOUNT = AccountFacts(AccountSid("AC1"), countries=frozenset({"US", "GB"}))
CREDENTIAL = Credential("alice", Secret("0" * 32), Secret("0" * 64))
TRUNK = TrunkFacts(
    TrunkSid("TK1"),
    ACCOUNT.sid,
    f"acme.pstn.{PFX}",
    has_acl=True,
    has_credentials=True,
    acl_networks=(ip_network("192.0.2.0/28"), ip_network("192.0.2.77/32")),
    credentials={"alice": CREDENTIAL},
)
OWNED = E164("+12025550101")
VERIFIED = E164("+12025550102")
FORBIDDEN = E164("+12025550103")
STRANGER = E164("+12025550104")
CALLEE = E164("+442079460123")
CARRIER = CarrierFacts(
    CarrierSid("CY1"), (CarrierGateway("192.0.2.200", 5060),), ("+",), source_networks=(ip_network("192.0.2.200/32"),)
)


def url(uri: str, priority: int = 10, weight: int = 10, *, enabled: bool = True, sid: str = "") -> OriginationUrl:
    return OriginationUrl(OriginationUrlSid(sid or uri), uri, priority, weight, enabled)


@dataclass
class Town:
    """Implements TrunkDirectory; `asked` keeps every look-up of a caller ID's standing."""

    trunks: tuple[TrunkFacts, ...] = (TRUNK,)
    accounts: tuple[AccountFacts, ...] = (ACCOUNT,)
    numbers: tuple[NumberFacts, ...] = (NumberFacts(OWNED, NumberSid("PN1"), ACCOUNT.sid, TRUNK.sid),)
    standings: dict[E164, CallerIdStatus] = field(
        default_factory=lambda: {
            OWNED: CallerIdStatus.OWNED,
            VERIFIED: CallerIdStatus.VERIFIED,
            FORBIDDEN: CallerIdStatus.DO_NOT_ORIGINATE,
        }
    )
    carrier_list: tuple[CarrierFacts, ...] = (CARRIER,)
    blocked: frozenset[str] = frozenset()
    risk_list: Mapping[str, Risk] = field(default_factory=dict)
    asked: list[E164] = field(default_factory=list)

    async def trunk_by_domain(self, domain: str) -> TrunkFacts | None:
        return next((trunk for trunk in self.trunks if trunk.domain == domain), None)

    async def trunk_by_sid(self, sid: TrunkSid) -> TrunkFacts | None:
        return next((trunk for trunk in self.trunks if trunk.sid == sid), None)

    async def account(self, sid: AccountSid) -> AccountFacts | None:
        return next((account for account in self.accounts if account.sid == sid), None)

    async def number(self, number: E164) -> NumberFacts | None:
        return next((facts for facts in self.numbers if facts.number == number), None)

    async def caller_id_status(self, account_sid: AccountSid, number: E164) -> CallerIdStatus:
        assert account_sid == ACCOUNT.sid
        self.asked.append(number)
        return self.standings.get(number, CallerIdStatus.UNKNOWN)

    async def carriers(self) -> tuple[CarrierFacts, ...]:
        return self.carrier_list

    async def blocked_prefixes(self) -> frozenset[str]:
        return self.blocked

    async def risks(self) -> Mapping[str, Risk]:
        return self.risk_list
