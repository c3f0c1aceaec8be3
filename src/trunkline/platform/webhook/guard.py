"""Which addresses may be called: a customer's URL must not reach what only this host or its network can."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from trunkline.platform.webhook.errors import BAD_HOST, Undeliverable

_ENDS_IN_IPV4 = (IPv6Network("::/96"), IPv6Network("64:ff9b::/96"))
"""IPv4-compatible (RFC 4291 section 2.5.5.1), and what a NAT64 leads to IPv4 (RFC 6052)."""

Resolve = Callable[[str, int], Awaitable[list[str]]]


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, as the system's resolver has them. Raises Undeliverable."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise Undeliverable(f"no address: {type(fault).__name__}", BAD_HOST) from None
    return [str(entry[4][0]) for entry in found]


def is_public(address: str) -> bool:
    """Whether the address is one of the Internet: not private, loopback, link-local, multicast or reserved."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo or (None, None))[1]
        if inner is None and any(parsed in network for network in _ENDS_IN_IPV4):
            inner = IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if parsed.is_site_local:
            return False
    return parsed.is_global and not parsed.is_multicast


async def checked_address(host: str, port: int, resolver: Resolve, *, allow_private: bool) -> str:
    """The address to connect to. One private address among the host's refuses it. Raises Undeliverable."""
    addresses = await resolver(host, port)
    if not addresses:
        raise Undeliverable("no address", BAD_HOST)
    if not allow_private and not all(is_public(address) for address in addresses):
        raise Undeliverable("the address is private", BAD_HOST)
    return addresses[0]
