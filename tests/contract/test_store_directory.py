"""The port TrunkDirectory: the store answers every look-up as a directory held in memory does, over made-up towns."""

import asyncio
import random
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.kit.unsynced import unsynced
from tests.unit.domain_trunk.town import Town
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.facts import CarrierFacts, CarrierGateway, CarrierSid
from trunkline.domain.trunk.facts import (
    AccountFacts,
    AccountStatus,
    AccountType,
    CallerIdStatus,
    Credential,
    Limits,
    NumberFacts,
    NumberSid,
    OriginationUrl,
    OriginationUrlSid,
    RecordingMode,
    RecordingTrim,
    TransferCallerId,
    TransferMode,
    TrunkDirectory,
    TrunkFacts,
)
from trunkline.kit.ids import E164, AccountSid, TrunkSid
from trunkline.kit.secret import Secret
from trunkline.platform.store.directory import StoreDirectory
from trunkline.platform.store.engine import Store, open_store
from trunkline.platform.store.migrate import migrate
from trunkline.platform.store.table import (
    AccountRow,
    BlockedDestinationRow,
    CarrierGatewayRow,
    CarrierPrefixRow,
    CarrierRow,
    CarrierSourceRow,
    CredentialListRow,
    CredentialRow,
    IpAclRow,
    IpAddressRow,
    OriginationUrlRow,
    OutgoingCallerIdRow,
    PhoneNumberRow,
    Row,
    TrunkCredentialListRow,
    TrunkIpAclRow,
    TrunkRow,
)
from trunkline.platform.store.vault import Vault, ha1_context

AT = datetime(2026, 1, 1, tzinfo=UTC)
VAULT = Vault(Secret("a test's secret key of enough characters"))
ACCOUNT = AccountSid("AC1")


def _limit(rng: random.Random) -> int | None:
    return rng.choice([None, rng.randrange(1, 100)])


def _trunk(rng: random.Random, index: int) -> TrunkFacts:
    has_acl, has_credentials = rng.random() < 0.6, rng.random() < 0.6
    names = [f"user{n}" for n in range(rng.randrange(4))] if has_credentials else []
    return TrunkFacts(
        TrunkSid(f"TK{index}"),
        ACCOUNT,
        rng.choice([None, f"t{index}.pstn.trunkline.example"]),
        secure=rng.random() < 0.5,
        symmetric_rtp=rng.random() < 0.5,
        cnam_lookup=rng.random() < 0.5,
        has_acl=has_acl,
        has_credentials=has_credentials,
        acl_networks=tuple(ip_network(f"192.0.2.{16 * n}/28") for n in range(rng.randrange(4))) if has_acl else (),
        credentials={name: Credential(name, Secret(f"5{index}{name}"), Secret(f"2{index}{name}")) for name in names},
        origination_urls=tuple(
            OriginationUrl(
                OriginationUrlSid(f"OU{index}-{n}"), f"sip:192.0.2.{n}", n, rng.randrange(9), rng.random() < 0.8
            )
            for n in range(rng.randrange(4))
        ),
        recording_mode=rng.choice(list(RecordingMode)),
        recording_trim=rng.choice(list(RecordingTrim)),
        transfer_mode=rng.choice(list(TransferMode)),
        transfer_caller_id=rng.choice(list(TransferCallerId)),
        disaster_recovery_url=rng.choice([None, "https://example.test/dr"]),
        disaster_recovery_method=rng.choice(["GET", "POST"]),
        cps=_limit(rng),
    )


def _town(rng: random.Random) -> Town:
    trunks = tuple(_trunk(rng, index) for index in range(4))
    owners = [(None, None), (ACCOUNT, None), *((ACCOUNT, trunk.sid) for trunk in trunks)]
    numbers = tuple(NumberFacts(E164(f"+120255501{n:02}"), NumberSid(f"PN{n}"), *rng.choice(owners)) for n in range(20))
    standings = {facts.number: CallerIdStatus.OWNED for facts in numbers if facts.account_sid == ACCOUNT}
    for n in rng.sample(range(100), 5):
        standings.setdefault(E164(f"+4420794600{n:02}"), CallerIdStatus.VERIFIED)
    account = AccountFacts(
        ACCOUNT,
        None,
        rng.choice(list(AccountStatus)),
        rng.choice(list(AccountType)),
        Limits(_limit(rng), _limit(rng), _limit(rng)),
        frozenset(rng.sample(["US", "CA", "GB", "DE"], rng.randrange(5))),
    )
    carriers = tuple(
        CarrierFacts(
            CarrierSid(f"CY{n}"),
            (CarrierGateway("gw.example.test", 5061, Transport.TLS), CarrierGateway("gw.example.test", None)),
            ("+", "+44"),
            priority=n,
            weight=rng.randrange(9),
            source_networks=(ip_network(f"192.0.2.{n}/32"),),
            name=f"carrier {n}",
        )
        for n in range(3)
    )
    blocked = frozenset(rng.sample(["+1900", "+88", "+442079460199"], rng.randrange(4)))
    return Town(trunks, (account,), numbers, standings, carriers, blocked)


def _trunk_rows(facts: TrunkFacts) -> list[Row]:
    cl, al = f"CL{facts.sid}", f"AL{facts.sid}"
    rows: list[Row] = [
        TrunkRow(
            sid=facts.sid,
            account_sid=facts.account_sid,
            domain_key=facts.domain,
            secure=facts.secure,
            symmetric_rtp_enabled=facts.symmetric_rtp,
            cnam_lookup_enabled=facts.cnam_lookup,
            recording_mode=facts.recording_mode.value,
            recording_trim=facts.recording_trim.value,
            transfer_mode=facts.transfer_mode.value,
            transfer_caller_id=facts.transfer_caller_id.value,
            disaster_recovery_url=facts.disaster_recovery_url,
            disaster_recovery_method="GET" if facts.disaster_recovery_method == "GET" else "POST",
            cps=facts.cps,
            date_created=AT,
            date_updated=AT,
        )
    ]
    if facts.has_acl:
        rows.append(IpAclRow(sid=al, account_sid=ACCOUNT, friendly_name=al, date_created=AT, date_updated=AT))
        rows.append(TrunkIpAclRow(trunk_sid=facts.sid, ip_acl_sid=al, date_created=AT))
    rows += [
        IpAddressRow(
            sid=f"IP{facts.sid}{network}"[:34],
            account_sid=ACCOUNT,
            ip_acl_sid=al,
            friendly_name="x",
            ip_address=str(network.network_address),
            cidr_prefix_length=network.prefixlen,
            date_created=AT,
            date_updated=AT,
        )
        for network in facts.acl_networks
    ]
    if facts.has_credentials:
        rows.append(CredentialListRow(sid=cl, account_sid=ACCOUNT, friendly_name=cl, date_created=AT, date_updated=AT))
        rows.append(TrunkCredentialListRow(trunk_sid=facts.sid, credential_list_sid=cl, date_created=AT))
    for name, credential in facts.credentials.items():
        sid = f"CR{facts.sid}{name}"
        rows.append(
            CredentialRow(
                sid=sid,
                account_sid=ACCOUNT,
                credential_list_sid=cl,
                username=name,
                ha1_md5_sealed=VAULT.seal(credential.ha1_md5, ha1_context(sid, "md5")),
                ha1_sha256_sealed=VAULT.seal(credential.ha1_sha256, ha1_context(sid, "sha256")),
                date_created=AT,
                date_updated=AT,
            )
        )
    rows += [
        OriginationUrlRow(
            sid=url.sid,
            account_sid=ACCOUNT,
            trunk_sid=facts.sid,
            friendly_name="x",
            sip_url=url.uri,
            priority=url.priority,
            weight=url.weight,
            enabled=url.enabled,
            date_created=AT,
            date_updated=AT,
        )
        for url in facts.origination_urls
    ]
    return rows


def _carrier_rows(facts: CarrierFacts) -> list[Row]:
    uris = [gateway.uri() for gateway in facts.gateways]
    return [
        CarrierRow(
            sid=facts.sid,
            friendly_name=facts.name,
            priority=facts.priority,
            weight=facts.weight,
            date_created=AT + timedelta(seconds=1),
            date_updated=AT,
        ),
        *(CarrierGatewayRow(carrier_sid=facts.sid, position=n, uri=uri) for n, uri in enumerate(uris)),
        *(CarrierPrefixRow(carrier_sid=facts.sid, prefix=prefix) for prefix in facts.prefixes),
        *(CarrierSourceRow(carrier_sid=facts.sid, network=str(network)) for network in facts.source_networks),
    ]


async def _settle(town: Town, store: Store) -> None:
    (account,) = town.accounts
    async with store.writing() as session:
        session.add(
            AccountRow(
                sid=account.sid,
                friendly_name="x",
                status=account.status.value,
                type=account.type.value,
                auth_token_sealed=b"",
                cps=account.limits.cps,
                pool_cps=account.limits.pool_cps,
                concurrent=account.limits.concurrent,
                countries=sorted(account.countries),
                date_created=AT,
                date_updated=AT,
            )
        )
        for trunk in town.trunks:
            session.add_all(_trunk_rows(trunk))
        session.add_all(
            BlockedDestinationRow(sid=f"BD{prefix}", prefix=prefix, date_created=AT, date_updated=AT)
            for prefix in town.blocked
        )
        for carrier in town.carrier_list:
            session.add_all(_carrier_rows(carrier))
        session.add_all(
            PhoneNumberRow(
                sid=number.sid,
                phone_number=number.number,
                iso_country="US",
                stocked_at=AT,
                account_sid=number.account_sid,
                trunk_sid=number.trunk_sid,
                date_created=AT,
                date_updated=AT,
            )
            for number in town.numbers
        )
        session.add_all(
            OutgoingCallerIdRow(
                sid=f"PN{number}",
                account_sid=ACCOUNT,
                phone_number=number,
                friendly_name="x",
                date_created=AT,
                date_updated=AT,
            )
            for number, standing in town.standings.items()
            if standing is CallerIdStatus.VERIFIED
        )
        await session.commit()


def _comparable(facts: TrunkFacts | None) -> TrunkFacts | None:
    """Networks and credentials have no order."""
    if facts is None:
        return None
    networks = tuple(sorted(facts.acl_networks, key=str))
    return replace(facts, acl_networks=networks, credentials=dict(facts.credentials))


async def _answers(directory: TrunkDirectory) -> list[object]:
    answers: list[object] = [await directory.account(ACCOUNT), await directory.account(AccountSid("AC9"))]
    for index in range(6):
        by_domain = await directory.trunk_by_domain(f"t{index}.pstn.trunkline.example")
        by_sid = await directory.trunk_by_sid(TrunkSid(f"TK{index}"))
        answers += [_comparable(by_domain), _comparable(by_sid)]
    for n in range(100):
        for number in (E164(f"+120255501{n:02}"), E164(f"+4420794600{n:02}")):
            answers += [await directory.number(number), await directory.caller_id_status(ACCOUNT, number)]
    return [*answers, await directory.carriers(), await directory.blocked_prefixes()]


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.mark.parametrize("seed", range(6))
async def test_store_and_memory_answer_alike(seed: int, migrated: Path, tmp_path: Path) -> None:
    town = _town(random.Random(seed))
    store = unsynced(open_store(f"sqlite:///{shutil.copy(migrated, tmp_path / 'store.db')}"))
    await _settle(town, store)
    assert await _answers(StoreDirectory(store, VAULT)) == await _answers(town)
    await store.close()
