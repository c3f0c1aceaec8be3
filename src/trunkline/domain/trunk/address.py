"""Where SIP comes from and how it travels: addresses, networks, transports."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

IpAddress: TypeAlias = IPv4Address | IPv6Address
IpNetwork: TypeAlias = IPv4Network | IPv6Network


class Transport(StrEnum):
    """How SIP travels; the values are those of the `transport` URI parameter."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"
