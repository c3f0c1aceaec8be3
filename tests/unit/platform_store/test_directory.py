"""The directory: rows become the facts that policies read."""

from ipaddress import ip_network

import pytest

from tests.unit.platform_store import rows
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.facts import CarrierGateway
from trunkline.domain.trunk.facts import CallerIdStatus, Limits, OriginationUrl, OriginationUrlSid, TrunkDirectory
from trunkline.domain.trunk.manipulation.policy import Action, ActionKind, HeaderPolicy, HeaderPolicySid, Rule, Target
from trunkline.kit.ids import E164, AccountSid, TrunkSid
from trunkline.platform.store.directory import StoreDirectory
from trunkline.platform.store.engine import Store
from trunkline.platform.store.errors import Unsealable
from trunkline.platform.store.table import (
    CarrierGatewayRow,
    CarrierPrefixRow,
    CarrierRow,
    CarrierSourceRow,
    OutgoingCallerIdRow,
    Row,
    TrunkCredentialListRow,
    TrunkHeaderPolicyRow,
    TrunkIpAclRow,
)
from trunkline.platform.store.vault import Vault

DOMAIN = "a.pstn.example.test"
ACCOUNT = AccountSid(rows.ACCOUNT)
TRUNK = TrunkSid(rows.sid("TK", 1))


async def _directory(store: Store, vault: Vault, *added: Row) -> TrunkDirectory:
    async with store.writing() as session:
        session.add_all([rows.account(), rows.trunk(1, DOMAIN), *added])
        await session.commit()
    return StoreDirectory(store, vault)


def _open_with(list_number: int, day: int) -> TrunkCredentialListRow:
    at = rows.AT.replace(day=day)
    return TrunkCredentialListRow(trunk_sid=TRUNK, credential_list_sid=rows.sid("CL", list_number), date_created=at)


async def test_a_bare_trunk_has_the_documented_defaults(store: Store, vault: Vault) -> None:
    """Row 2; row 21: neither ACL nor credentials."""
    directory = await _directory(store, vault)
    trunk = await directory.trunk_by_domain(DOMAIN)
    assert trunk is not None
    assert (trunk.sid, trunk.account_sid, trunk.domain) == (TRUNK, ACCOUNT, DOMAIN)
    assert [trunk.has_acl, trunk.has_credentials] == [False, False]
    assert [trunk.secure, trunk.symmetric_rtp, trunk.cnam_lookup] == [False, False, False]
    assert (trunk.acl_networks, trunk.origination_urls, len(trunk.credentials)) == ((), (), 0)
    assert (trunk.transfer_mode, trunk.transfer_caller_id) == ("disable-all", "from-transferee")
    assert (trunk.recording_mode, trunk.recording_trim) == ("do-not-record", "do-not-trim")
    by_sid = await directory.trunk_by_sid(TRUNK)
    assert by_sid is not None
    assert by_sid.domain == DOMAIN


async def test_what_is_not_there_is_none(store: Store, vault: Vault) -> None:
    directory = await _directory(store, vault)
    assert await directory.trunk_by_domain("b.pstn.example.test") is None
    assert await directory.trunk_by_sid(TrunkSid(rows.sid("TK", 9))) is None
    assert await directory.account(AccountSid(rows.sid("AC", 9))) is None
    assert await directory.number(E164("+12025550199")) is None
    assert await directory.carriers() == ()


async def test_networks_of_every_associated_acl_open_a_trunk(store: Store, vault: Vault) -> None:
    """Rows 22 and 141."""
    directory = await _directory(
        store,
        vault,
        *(rows.acl(1), rows.acl(2), rows.acl(3)),
        rows.address(1, "192.0.2.16", 28, 1),
        rows.address(2, "127.0.0.7", 32, 2),
        rows.address(3, "127.0.0.9", 32, 3),
        TrunkIpAclRow(trunk_sid=TRUNK, ip_acl_sid=rows.sid("AL", 1), date_created=rows.AT),
        TrunkIpAclRow(trunk_sid=TRUNK, ip_acl_sid=rows.sid("AL", 2), date_created=rows.AT),
    )
    trunk = await directory.trunk_by_sid(TRUNK)
    assert trunk is not None
    assert set(trunk.acl_networks) == {ip_network("192.0.2.16/28"), ip_network("127.0.0.7/32")}


async def test_an_associated_list_without_entries_is_still_an_association(store: Store, vault: Vault) -> None:
    """Rows 22-25: with an empty list nobody passes, which is not the same as no list."""
    directory = await _directory(
        store,
        vault,
        rows.acl(),
        rows.credential_list(),
        TrunkIpAclRow(trunk_sid=TRUNK, ip_acl_sid=rows.sid("AL", 1), date_created=rows.AT),
        _open_with(1, day=2),
    )
    trunk = await directory.trunk_by_sid(TRUNK)
    assert trunk is not None
    assert (trunk.has_acl, trunk.acl_networks) == (True, ())
    assert (trunk.has_credentials, len(trunk.credentials)) == (True, 0)


async def test_credentials_of_all_lists_by_user_name_the_list_associated_first_counts(
    store: Store, vault: Vault
) -> None:
    """Row 24."""
    directory = await _directory(
        store,
        vault,
        *(rows.credential_list(1), rows.credential_list(2)),
        rows.credential(vault, 1, "pbx", 1),
        rows.credential(vault, 2, "pbx", 2),
        rows.credential(vault, 3, "sbc", 2),
        *(_open_with(1, day=3), _open_with(2, day=5)),
    )
    trunk = await directory.trunk_by_sid(TRUNK)
    assert trunk is not None
    assert set(trunk.credentials) == {"pbx", "sbc"}
    assert trunk.credentials["pbx"].ha1_md5.reveal() == "md5 1"
    assert trunk.credentials["sbc"].ha1_sha256.reveal() == "sha256 3"
    assert "PBX" not in trunk.credentials
    assert "md5 1" not in repr(trunk) + repr(trunk.credentials["pbx"])


async def test_a_credential_sealed_for_another_row_does_not_open(store: Store, vault: Vault) -> None:
    stolen = rows.credential(vault, 1, "pbx")
    stolen.ha1_md5_sealed = rows.credential(vault, 2, "pbx").ha1_md5_sealed
    directory = await _directory(store, vault, rows.credential_list(), stolen, _open_with(1, day=2))
    trunk = await directory.trunk_by_sid(TRUNK)
    assert trunk is not None
    with pytest.raises(Unsealable):
        trunk.credentials["pbx"]


async def test_origination_urls_come_with_priority_weight_and_switch(store: Store, vault: Vault) -> None:
    """Rows 51-54."""
    off = rows.url(3, priority=5)
    off.enabled = False
    directory = await _directory(store, vault, rows.url(1, priority=20, weight=60), rows.url(2, weight=20), off)
    trunk = await directory.trunk_by_sid(TRUNK)
    assert trunk is not None
    assert trunk.origination_urls == (
        OriginationUrl(OriginationUrlSid(rows.sid("OU", 3)), "sip:192.0.2.3", 5, 10, enabled=False),
        OriginationUrl(OriginationUrlSid(rows.sid("OU", 2)), "sip:192.0.2.2", 10, 20),
        OriginationUrl(OriginationUrlSid(rows.sid("OU", 1)), "sip:192.0.2.1", 20, 60),
    )


async def test_rows_109_and_110_a_trunk_comes_with_its_policy_for_each_direction(store: Store, vault: Vault) -> None:
    directory = await _directory(
        store,
        vault,
        rows.trunk(2),
        rows.header_policy(1, "+1"),
        rows.header_policy(2, "+44"),
        TrunkHeaderPolicyRow(trunk_sid=TRUNK, direction="termination", policy_sid=rows.sid("HM", 1)),
        TrunkHeaderPolicyRow(trunk_sid=TRUNK, direction="origination", policy_sid=rows.sid("HM", 2)),
        TrunkHeaderPolicyRow(trunk_sid=rows.sid("TK", 2), direction="origination", policy_sid=rows.sid("HM", 1)),
    )

    def policy(number: int, prefix: str) -> HeaderPolicy:
        rule = Rule("r", (Action(Target.TO_NUMBER, ActionKind.ADD_PREFIX, prefix),))
        return HeaderPolicy(HeaderPolicySid(rows.sid("HM", number)), f"policy {number}", (rule,))

    first = await directory.trunk_by_domain(DOMAIN)
    assert first is not None
    assert (first.termination_policy, first.origination_policy) == (policy(1, "+1"), policy(2, "+44"))
    second = await directory.trunk_by_sid(TrunkSid(rows.sid("TK", 2)))
    assert second is not None
    assert (second.termination_policy, second.origination_policy) == (None, policy(1, "+1"))


async def test_an_account_comes_with_its_limits_and_countries(store: Store, vault: Vault) -> None:
    sub = rows.account(2)
    sub.parent_sid, sub.status, sub.type, sub.countries = rows.ACCOUNT, "suspended", "Trial", ["GB", "US"]
    sub.cps, sub.pool_cps, sub.concurrent = None, 30, 4
    directory = await _directory(store, vault, sub)
    facts = await directory.account(AccountSid(sub.sid))
    assert facts is not None
    assert (facts.parent_sid, facts.status, facts.type) == (ACCOUNT, "suspended", "Trial")
    assert facts.limits == Limits(cps=None, pool_cps=30, concurrent=4)
    assert facts.countries == {"GB", "US"}


async def test_row_15_a_parent_that_is_not_active_stops_its_sub_accounts(store: Store, vault: Vault) -> None:
    sub, below_a_closed_one, parent = rows.account(2), rows.account(4), rows.account(3)
    sub.parent_sid, parent.status, below_a_closed_one.parent_sid = rows.ACCOUNT, "closed", parent.sid
    directory = await _directory(store, vault, sub, parent, below_a_closed_one)
    found = [await directory.account(AccountSid(sid)) for sid in (sub.sid, below_a_closed_one.sid, rows.ACCOUNT)]
    assert [facts and facts.status for facts in found] == ["active", "closed", "active"]


async def test_a_number_knows_its_account_and_trunk(store: Store, vault: Vault) -> None:
    directory = await _directory(
        store, vault, rows.number(1, trunk_sid=TRUNK), rows.number(2), rows.number(3, account_sid=None)
    )
    for text, expected in {
        "+12025550101": (ACCOUNT, TRUNK),
        "+12025550102": (ACCOUNT, None),
        "+12025550103": (None, None),
    }.items():
        number = await directory.number(E164(text))
        assert number is not None
        assert (number.account_sid, number.trunk_sid) == expected


async def test_a_caller_id_is_owned_verified_or_unknown_to_each_account(store: Store, vault: Vault) -> None:
    """Row 32."""
    verified = OutgoingCallerIdRow(
        sid=rows.sid("PN", 9),
        account_sid=ACCOUNT,
        phone_number="+442079460000",
        friendly_name="office",
        date_created=rows.AT,
        date_updated=rows.AT,
    )
    stock = rows.number(2, account_sid=None)
    directory = await _directory(store, vault, rows.account(2), rows.number(1), stock, verified)
    other = AccountSid(rows.sid("AC", 2))
    for account, text, expected in (
        (ACCOUNT, "+12025550101", CallerIdStatus.OWNED),
        (ACCOUNT, "+442079460000", CallerIdStatus.VERIFIED),
        (ACCOUNT, "+12025550102", CallerIdStatus.UNKNOWN),
        (ACCOUNT, "+12025550177", CallerIdStatus.UNKNOWN),
        (other, "+12025550101", CallerIdStatus.UNKNOWN),
        (other, "+442079460000", CallerIdStatus.UNKNOWN),
    ):
        assert await directory.caller_id_status(account, E164(text)) is expected


async def test_carriers_by_priority_with_literal_gateways_as_sources(store: Store, vault: Vault) -> None:
    """The fixed points of the operator's Carriers resource."""
    low, high, off = (
        CarrierRow(sid=rows.sid("CY", n), friendly_name=f"c{n}", priority=p, date_created=rows.AT, date_updated=rows.AT)
        for n, p in ((1, 20), (2, 10), (3, 1))
    )
    off.enabled = False
    directory = await _directory(
        store,
        vault,
        *(low, high, off),
        CarrierGatewayRow(carrier_sid=low.sid, position=1, uri="sip:Gw.Example.test;transport=tls"),
        CarrierGatewayRow(carrier_sid=low.sid, position=0, uri="sip:192.0.2.7:5080;transport=tcp"),
        CarrierPrefixRow(carrier_sid=low.sid, prefix="+44"),
        CarrierPrefixRow(carrier_sid=low.sid, prefix="+"),
        CarrierSourceRow(carrier_sid=low.sid, network="192.0.2.64/28"),
        CarrierGatewayRow(carrier_sid=high.sid, position=0, uri="sip:[2001:db8::1]:5060"),
    )
    first, second = await directory.carriers()
    assert (first.name, second.name) == ("c2", "c1")
    assert first.gateways == (CarrierGateway("2001:db8::1", 5060),)
    assert second.gateways == (
        CarrierGateway("192.0.2.7", 5080, Transport.TCP),
        CarrierGateway("gw.example.test", None, Transport.TLS),
    )
    assert second.prefixes == ("+", "+44")
    assert set(second.source_networks) == {ip_network("192.0.2.64/28"), ip_network("192.0.2.7/32")}
