"""The product's facts of the simulated platform: one account, one trunk, two carriers' gateways, a few numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network

from tests.kit.paused import pause
from trunkline.domain.trunk.carrier.facts import CarrierFacts, CarrierGateway, CarrierSid
from trunkline.domain.trunk.facts import (
    AccountFacts,
    CallerIdStatus,
    Credential,
    Limits,
    NumberFacts,
    NumberSid,
    OriginationUrl,
    OriginationUrlSid,
    Risk,
    TrunkFacts,
)
from trunkline.kit.ids import E164, AccountSid, TrunkSid
from trunkline.kit.secret import Secret
from trunkline.protocol.sip.digest.algorithm import Algorithm, ha1

PFX = "trunkline.example"
REALM = f"sip.{PFX}"
USER = "alice"
PASSWORD = Secret("correct horse 9")
ACCOUNT = AccountFacts(
    AccountSid("AC" + "1" * 32), limits=Limits(None, None, None), countries=frozenset({"US", "CA", "GB"})
)
OWNED = E164("+12025550101")
CARRIER_ONE = ("192.0.2.200", 5060)
CARRIER_TWO = ("192.0.2.201", 5060)
PBX_ONE = ("192.0.2.100", 5060)
PBX_TWO = ("192.0.2.101", 5060)
PBX_THREE = ("192.0.2.102", 5060)


def _credential() -> Credential:
    digests = [Secret(ha1(algorithm, USER, REALM, PASSWORD.reveal())) for algorithm in Algorithm]
    by_algorithm = dict(zip(Algorithm, digests, strict=True))
    return Credential(USER, by_algorithm[Algorithm.MD5], by_algorithm[Algorithm.SHA_256])


def url(address: tuple[str, int], priority: int = 10, weight: int = 10, *, extra: str = "") -> OriginationUrl:
    text = f"sip:{address[0]}:{address[1]}{extra}"
    return OriginationUrl(OriginationUrlSid("OU" + text), text, priority, weight)


TRUNK = TrunkFacts(
    TrunkSid("TK" + "1" * 32),
    ACCOUNT.sid,
    f"acme.pstn.{PFX}",
    has_credentials=True,
    credentials={USER: _credential()},
    origination_urls=(url(PBX_ONE, 1), url(PBX_TWO, 2), url(PBX_THREE, 3)),
)
CARRIER = CarrierFacts(
    CarrierSid("CY" + "1" * 32),
    (CarrierGateway(*CARRIER_ONE), CarrierGateway(*CARRIER_TWO)),
    ("+",),
    source_networks=(ip_network("192.0.2.200/31"),),
)


@dataclass
class Facts:
    """Implements TrunkDirectory. Each look-up takes `delay_s`, and raises once `broken` is set."""

    trunk: TrunkFacts = TRUNK
    account_facts: AccountFacts = ACCOUNT
    carrier: CarrierFacts = CARRIER
    parent: AccountFacts | None = None
    blocked: frozenset[str] = frozenset()
    risk_list: Mapping[str, Risk] = field(default_factory=dict)
    delay_s: float = 0.0
    broken: bool = False
    asked: list[str] = field(default_factory=list)

    def with_urls(self, *urls: OriginationUrl) -> "Facts":
        self.trunk = replace(self.trunk, origination_urls=urls)
        return self

    async def _look_up(self, what: str) -> None:
        self.asked.append(what)
        if self.delay_s:
            await pause(self.delay_s)
        if self.broken:
            raise ConnectionError("the store is away")

    async def trunk_by_domain(self, domain: str) -> TrunkFacts | None:
        await self._look_up("trunk")
        return self.trunk if domain == self.trunk.domain else None

    async def trunk_by_sid(self, sid: TrunkSid) -> TrunkFacts | None:
        await self._look_up("trunk")
        return self.trunk if sid == self.trunk.sid else None

    async def account(self, sid: AccountSid) -> AccountFacts | None:
        await self._look_up("account")
        known = (self.account_facts, self.parent)
        return next((account for account in known if account is not None and account.sid == sid), None)

    async def number(self, number: E164) -> NumberFacts | None:
        await self._look_up("number")
        if not number.startswith("+1202555"):
            return None
        return NumberFacts(number, NumberSid("PN" + number[1:]), self.account_facts.sid, self.trunk.sid)

    async def caller_id_status(self, account_sid: AccountSid, number: E164) -> CallerIdStatus:
        await self._look_up("caller id")
        owned = account_sid == self.account_facts.sid and number.startswith("+1202555")
        return CallerIdStatus.OWNED if owned else CallerIdStatus.UNKNOWN

    async def carriers(self) -> tuple[CarrierFacts, ...]:
        await self._look_up("carriers")
        return (self.carrier,)

    async def blocked_prefixes(self) -> frozenset[str]:
        await self._look_up("blocked")
        return self.blocked

    async def risks(self) -> Mapping[str, Risk]:
        await self._look_up("risks")
        return self.risk_list
