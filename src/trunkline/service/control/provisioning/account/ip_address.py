"""Use cases of the addresses in an IP access control list (rows 139-141)."""

from ipaddress import IPv4Address, IPv4Network
from typing import Final

from trunkline.platform.store.repository.access import (
    IP_ADDRESSES,
    count_entries,
    find_entry,
    ip_address_covering,
)
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.table import IpAddressRow
from trunkline.service.control.provisioning.account.access_list import IP_ACL, owned_list
from trunkline.service.control.provisioning.field_rule import check_list_name
from trunkline.service.control.provisioning.refusal import Refusal, existing
from trunkline.service.control.provisioning.workbench import Workbench

MOST_ADDRESSES: Final = 100


def check_network(ip_address: str, prefix_length: int) -> tuple[str, int]:
    """Dotted IPv4 with the bits beyond the prefix masked away, and the prefix (21235)."""
    if not 0 <= prefix_length <= 32:
        raise Refusal(21235, "CidrPrefixLength must be 0 to 32")
    try:
        network = IPv4Network((IPv4Address(ip_address), prefix_length), strict=False)
    except ValueError:
        raise Refusal(21235, "IpAddress must be an IPv4 address in dotted notation") from None
    return str(network.network_address), prefix_length


async def _refuse_taken_network(
    session: DbSession, acl_sid: str, network: tuple[str, int], sid: str | None = None
) -> None:
    other = await ip_address_covering(session, acl_sid, *network)
    if other is not None and other.sid != sid:
        raise Refusal(21235, "The IP access control list holds this address already")


async def create_ip_address(
    bench: Workbench, account_sid: str, acl_sid: str, friendly_name: str, ip_address: str, prefix_length: int
) -> IpAddressRow:
    name, network = check_list_name(friendly_name, IP_ACL.longest_name, 21235), check_network(ip_address, prefix_length)
    now = bench.wall()
    async with bench.store.writing() as session:
        await owned_list(session, IP_ACL, account_sid, acl_sid)
        await _refuse_taken_network(session, acl_sid, network)
        if await count_entries(session, IP_ADDRESSES, acl_sid) >= MOST_ADDRESSES:
            raise Refusal(21237, f"An IP access control list has at most {MOST_ADDRESSES} addresses")
        row = IpAddressRow(
            sid=bench.ids.sid("IP"),
            account_sid=account_sid,
            ip_acl_sid=acl_sid,
            friendly_name=name,
            ip_address=network[0],
            cidr_prefix_length=network[1],
            date_created=now,
            date_updated=now,
        )
        session.add(row)
        await session.commit()
    return row


async def update_ip_address(
    bench: Workbench,
    account_sid: str,
    acl_sid: str,
    sid: str,
    *,
    friendly_name: str | None,
    ip_address: str | None,
    prefix_length: int | None,
) -> IpAddressRow:
    """None leaves a field as it is."""
    async with bench.store.writing() as session:
        row = existing(await find_entry(session, IP_ADDRESSES, account_sid, acl_sid, sid))
        if friendly_name is not None:
            row.friendly_name = check_list_name(friendly_name, IP_ACL.longest_name, 21235)
        if ip_address is not None or prefix_length is not None:
            length = row.cidr_prefix_length if prefix_length is None else prefix_length
            network = check_network(row.ip_address if ip_address is None else ip_address, length)
            await _refuse_taken_network(session, acl_sid, network, sid)
            row.ip_address, row.cidr_prefix_length = network
        row.date_updated = bench.wall()
        await session.commit()
    return row
