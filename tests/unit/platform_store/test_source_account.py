"""Whose lists hold an address, and which domains a wildcard does not cover."""

import pytest

from tests.unit.platform_store.rows import AT, account, sid, trunk
from trunkline.platform.store.engine import Store
from trunkline.platform.store.nested_domain import nested_domains
from trunkline.platform.store.source_account import account_of_source
from trunkline.platform.store.table import IpAclRow, IpAddressRow


def listed(number: int, owner: int, address: str, length: int) -> IpAddressRow:
    return IpAddressRow(
        sid=sid("IP", number),
        account_sid=sid("AC", owner),
        ip_acl_sid=sid("AL", owner),
        friendly_name="",
        ip_address=address,
        cidr_prefix_length=length,
        date_created=AT,
        date_updated=AT,
    )


async def fill(store: Store) -> None:
    async with store.writing() as session:
        for owner in (1, 2):
            row = account(owner)
            row.deprecated_tls = owner == 2
            session.add(row)
            await session.flush()
            session.add(
                IpAclRow(
                    sid=sid("AL", owner),
                    account_sid=sid("AC", owner),
                    friendly_name="office",
                    date_created=AT,
                    date_updated=AT,
                )
            )
            await session.flush()
        session.add_all(
            [
                listed(1, 1, "192.0.2.0", 28),
                listed(2, 1, "192.0.2.5", 32),
                listed(3, 2, "198.51.100.0", 24),
                listed(4, 2, "192.0.2.8", 29),
            ]
        )
        names = (None, "acme.pstn.t.test", "a.acme.pstn.t.test", "x.y.acme.pstn.t.test", "b.acme.pstn.other.test")
        session.add_all(trunk(number, name) for number, name in enumerate(names, 1))
        await session.commit()


async def test_a_source_is_the_one_accounts_that_lists_it(store: Store) -> None:
    """sip.md 5.4: in one account's lists, however often; in two accounts' it is nobody's."""
    await fill(store)
    found = {
        address: await account_of_source(store, address)
        for address in ("192.0.2.1", "192.0.2.5", "192.0.2.9", "192.0.2.16", "198.51.100.255", "2001:db8::1")
    }
    first, second = sid("AC", 1), sid("AC", 2)
    assert list(found.values()) == [first, first, None, None, second, None]
    assert await nested_domains(store, "t.test") == ["a.acme.pstn.t.test", "x.y.acme.pstn.t.test"]


@pytest.mark.parametrize("prefix", [0, 1, 32])
async def test_every_length_of_prefix_holds_its_addresses(store: Store, prefix: int) -> None:
    await fill(store)
    network = {0: "0.0.0.0", 1: "128.0.0.0", 32: "203.0.113.7"}[prefix]
    async with store.writing() as session:
        session.add(listed(9, 2, network, prefix))
        await session.commit()
    assert await account_of_source(store, "203.0.113.7") == sid("AC", 2)
