"""Whose IP access control lists hold an address."""

from ipaddress import IPv4Network, ip_address

from sqlalchemy import select, tuple_

from trunkline.kit.ids import AccountSid
from trunkline.platform.store.engine import Store
from trunkline.platform.store.table import IpAddressRow


async def account_of_source(store: Store, address: str) -> AccountSid | None:
    """The one account that has the address in its lists; None when none or several have it. Raises StoreError."""
    if ip_address(address).version != 4:
        return None  # the lists hold IPv4 alone
    # The networks that hold an address are 33, whatever the lists' size.
    holding = [(str(IPv4Network((address, length), strict=False)[0]), length) for length in range(33)]
    wanted = tuple_(IpAddressRow.ip_address, IpAddressRow.cidr_prefix_length).in_(holding)
    async with store.reading() as session:
        found = list(await session.scalars(select(IpAddressRow.account_sid).where(wanted).distinct().limit(2)))
    return AccountSid(found[0]) if len(found) == 1 else None
