"""What is set over REST is what the gateway's directory reads for the next call (rows 21-25, 46-54)."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.unit.service_control.asking import ACLS, LISTS, NUMBERS, PASSWORD, TRUNKS, post
from tests.unit.service_control.house import FIRST, REALM, SUB, House, furnished_template, open_house
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.facts import CarrierGateway
from trunkline.domain.trunk.facts import CallerIdStatus
from trunkline.kit.ids import E164, AccountSid, TrunkSid
from trunkline.platform.store.directory import StoreDirectory
from trunkline.protocol.sip.digest.algorithm import Algorithm, ha1


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(furnished_template(tmp_path_factory.mktemp("template")))


@pytest.fixture
async def house(template: Path, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(template, tmp_path) as opened:
        yield opened


@pytest.fixture
def directory(house: House) -> StoreDirectory:
    return StoreDirectory(house.store, house.vault)


async def test_a_trunk_made_over_rest_is_the_trunk_that_the_gateway_sees(
    house: House, directory: StoreDirectory
) -> None:
    async with house.client() as client:
        trunk = await post(client, TRUNKS, DomainName="Office.pstn.twilio.com", SymmetricRtpEnabled="true")
        path = f"{TRUNKS}/{trunk['sid']}"
        facts = await directory.trunk_by_domain("office.pstn.trunkline.localhost")
        assert facts is not None
        assert (facts.has_acl, facts.has_credentials, facts.symmetric_rtp) == (False, False, True)

        acl = await post(client, f"{ACLS}.json", FriendlyName="a")
        form = {"FriendlyName": "n", "IpAddress": "192.0.2.77", "CidrPrefixLength": "24"}
        await post(client, f"{ACLS}/{acl['sid']}/IpAddresses.json", 201, **form)
        users = await post(client, f"{LISTS}.json", FriendlyName="u")
        form = {"Username": "pbx", "Password": PASSWORD}
        await post(client, f"{LISTS}/{users['sid']}/Credentials.json", 201, **form)
        await post(client, f"{path}/IpAccessControlLists", IpAccessControlListSid=acl["sid"])
        await post(client, f"{path}/CredentialLists", CredentialListSid=users["sid"])
        for priority, host in ((20, "192.0.2.2"), (10, "192.0.2.1")):
            url = {"Weight": 5, "Priority": priority, "Enabled": "true", "FriendlyName": "u", "SipUrl": f"sip:{host}"}
            await post(client, f"{path}/OriginationUrls", 201, **url)

        facts = await directory.trunk_by_sid(TrunkSid(trunk["sid"]))
        assert facts is not None
        assert facts.acl_networks == (ip_network("192.0.2.0/24"),)
        assert facts.credentials["pbx"].ha1_md5.reveal() == ha1(Algorithm.MD5, "pbx", REALM, PASSWORD)
        assert facts.credentials["pbx"].ha1_sha256.reveal() == ha1(Algorithm.SHA_256, "pbx", REALM, PASSWORD)
        assert {(url.priority, url.uri) for url in facts.origination_urls} == {
            (10, "sip:192.0.2.1"),
            (20, "sip:192.0.2.2"),
        }

        await client.delete(path)
        assert await directory.trunk_by_domain("office.pstn.trunkline.localhost") is None


async def test_numbers_and_caller_ids_reach_the_gateway(house: House, directory: StoreDirectory) -> None:
    number = E164("+12025550100")
    async with house.client() as client, house.client("operator") as operator:
        await post(operator, "/operator/v1/Inventory", PhoneNumber=number, IsoCountry="US")
        facts = await directory.number(number)
        assert facts is not None
        assert facts.account_sid is None
        trunk = await post(client, TRUNKS)
        await post(client, f"{NUMBERS}.json", PhoneNumber=number, TrunkSid=trunk["sid"])
        facts = await directory.number(number)
        assert facts is not None
        assert (facts.account_sid, facts.trunk_sid) == (FIRST, trunk["sid"])
        mine, other = AccountSid(FIRST), E164("+442079460000")
        assert await directory.caller_id_status(mine, number) is CallerIdStatus.OWNED
        assert await directory.caller_id_status(mine, other) is CallerIdStatus.UNKNOWN
        await post(operator, f"/operator/v1/Accounts/{FIRST}/OutgoingCallerIds", PhoneNumber=other)
        assert await directory.caller_id_status(mine, other) is CallerIdStatus.VERIFIED
        assert await directory.caller_id_status(AccountSid(SUB), other) is CallerIdStatus.UNKNOWN


async def test_carriers_and_limits_reach_the_gateway(house: House, directory: StoreDirectory) -> None:
    async with house.client("operator") as operator:
        form = {
            "FriendlyName": "North",
            "Gateway": ["sip:192.0.2.10:5070;transport=tcp", "sip:gw.example.com"],
            "Prefix": "+44",
            "SourceAddress": "198.51.100.0/24",
            "Priority": "3",
        }
        made = await post(operator, "/operator/v1/Carriers", 201, **form)
        [carrier] = await directory.carriers()
        assert (carrier.sid, carrier.priority, carrier.prefixes) == (made["sid"], 3, ("+44",))
        assert carrier.gateways == (CarrierGateway("192.0.2.10", 5070, Transport.TCP), CarrierGateway("gw.example.com"))
        assert set(carrier.source_networks) == {ip_network("198.51.100.0/24"), ip_network("192.0.2.10")}
        await post(operator, f"/operator/v1/Carriers/{made['sid']}", 200, Enabled="false")
        assert await directory.carriers() == ()

        await post(operator, f"/operator/v1/Accounts/{FIRST}/Limits", 200, Cps="7", Concurrent="", Countries="gb")
        account = await directory.account(AccountSid(FIRST))
        assert account is not None
        assert (account.limits.cps, account.limits.concurrent, account.countries) == (7, None, frozenset({"GB"}))
