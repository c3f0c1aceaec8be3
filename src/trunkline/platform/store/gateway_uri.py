"""The gateway URIs of carriers: `sip:host:port[;transport=]` and nothing more."""

import re

from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.facts import CarrierGateway

_URI = re.compile(
    r"sip:(?P<host>\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:(?P<port>[0-9]{1,5}))?(;transport=(?P<transport>udp|tcp|tls))?",
    re.IGNORECASE | re.ASCII,
)


def parse_gateway(uri: str) -> CarrierGateway:
    """Raises ValueError for anything else. Without a port the target is found by RFC 3263."""
    found = _URI.fullmatch(uri)
    if found is None:
        raise ValueError("sip:host:port[;transport=udp|tcp|tls] is needed")
    port = None if found["port"] is None else int(found["port"])
    if port is not None and not 0 < port < 65536:
        raise ValueError("a port is a number from 1 to 65535")
    transport = None if found["transport"] is None else Transport(found["transport"].lower())
    return CarrierGateway(found["host"].strip("[]").lower(), port, transport)
