"""Use cases of IP access control lists and their addresses (rows 139-141)."""

from ipaddress import IPv4Address, IPv4Network
from typing import Final

from trunkline.platform.store.repository.access import (
    count_ip_acls,
    count_ip_addresses,
    find_ip_acl,
    find_ip_address,
    ip_acl_is_mapped,
    ip_acl_named,
    ip_address_covering,
)
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.table import IpAclRow, IpAddressRow
from trunkline.service.control.provisioning.field_rule import check_list_name
from trunkline.service.control.provisioning.refusal import NotFound, Refusal
from trunkline.service.control.provisioning.workbench import Workbench

MOST_ACLS: Final = 1_000
MOST_ADDRESSES: Final = 100
LONGEST_NAME: Final = 255


def check_network(ip_address: str, prefix_length: int) -> tuple[str, int]:
    """Dotted IPv4 with the bits beyond the prefix masked away, and the prefix (21235)."""
    if not 0 <= prefix_length <= 32:
        raise Refusal(21235, "CidrPrefixLength must be 0 to 32")
    try:
        network = IPv4Network((IPv4Address(ip_address), prefix_length), strict=False)
    except ValueError:
        raise Refusal(21235, "IpAddress must be an IPv4 address in dotted notation") from None
    return str(network.network_address), prefix_length


async def _refuse_taken_name(session: DbSession, account_sid: str, name: str, sid: str | None = None) -> None:
    other = await ip_acl_named(session, account_sid, name)
    if other is not None and other.sid != sid:
        raise Refusal(21235, "An IP access control list with this FriendlyName exists already")


async def _refuse_taken_network(
    session: DbSession, acl_sid: str, network: tuple[str, int], sid: str | None = None
) -> None:
    other = await ip_address_covering(session, acl_sid, *network)
    if other is not None and other.sid != sid:
        raise Refusal(21235, "The IP access control list holds this address already")


async def _owned_acl(session: DbSession, account_sid: str, sid: str) -> IpAclRow:
    row = await find_ip_acl(session, account_sid, sid)
    if row is None:
        raise NotFound
    return row


async def create_ip_acl(bench: Workbench, account_sid: str, friendly_name: str) -> IpAclRow:
    name, now = check_list_name(friendly_name, LONGEST_NAME, 21235), bench.wall()
    async with bench.store.writing() as session:
        await _refuse_taken_name(session, account_sid, name)
        if await count_ip_acls(session, account_sid) >= MOST_ACLS:
            raise Refusal(21255, f"An account has at most {MOST_ACLS} IP access control lists")
        row = IpAclRow(
            sid=bench.ids.sid("AL"), account_sid=account_sid, friendly_name=name, date_created=now, date_updated=now
        )
        session.add(row)
        await session.commit()
    return row


async def rename_ip_acl(bench: Workbench, account_sid: str, sid: str, friendly_name: str) -> IpAclRow:
    name = check_list_name(friendly_name, LONGEST_NAME, 21235)
    async with bench.store.writing() as session:
        row = await _owned_acl(session, account_sid, sid)
        await _refuse_taken_name(session, account_sid, name, sid)
        row.friendly_name, row.date_updated = name, bench.wall()
        await session.commit()
    return row


async def delete_ip_acl(bench: Workbench, account_sid: str, sid: str) -> None:
    """Its addresses go with it; 21236 while a trunk is opened by it."""
    async with bench.store.writing() as session:
        row = await _owned_acl(session, account_sid, sid)
        if await ip_acl_is_mapped(session, sid):
            raise Refusal(21236, "The IP access control list is still associated with a trunk")
        await session.delete(row)
        await session.commit()


async def create_ip_address(
    bench: Workbench, account_sid: str, acl_sid: str, friendly_name: str, ip_address: str, prefix_length: int
) -> IpAddressRow:
    name, network = check_list_name(friendly_name, LONGEST_NAME, 21235), check_network(ip_address, prefix_length)
    now = bench.wall()
    async with bench.store.writing() as session:
        await _owned_acl(session, account_sid, acl_sid)
        await _refuse_taken_network(session, acl_sid, network)
        if await count_ip_addresses(session, acl_sid) >= MOST_ADDRESSES:
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
        await _owned_acl(session, account_sid, acl_sid)
        row = await find_ip_address(session, acl_sid, sid)
        if row is None:
            raise NotFound
        if friendly_name is not None:
            row.friendly_name = check_list_name(friendly_name, LONGEST_NAME, 21235)
        if ip_address is not None or prefix_length is not None:
            length = row.cidr_prefix_length if prefix_length is None else prefix_length
            network = check_network(row.ip_address if ip_address is None else ip_address, length)
            await _refuse_taken_network(session, acl_sid, network, sid)
            row.ip_address, row.cidr_prefix_length = network
        row.date_updated = bench.wall()
        await session.commit()
    return row


async def delete_ip_address(bench: Workbench, account_sid: str, acl_sid: str, sid: str) -> None:
    async with bench.store.writing() as session:
        await _owned_acl(session, account_sid, acl_sid)
        row = await find_ip_address(session, acl_sid, sid)
        if row is None:
            raise NotFound
        await session.delete(row)
        await session.commit()
