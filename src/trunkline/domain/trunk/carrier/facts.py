"""Facts of carriers as the policies read them."""

from dataclasses import dataclass
from ipaddress import ip_network
from typing import NewType

from trunkline.domain.trunk.address import IpNetwork, Transport
from trunkline.domain.trunk.carrier.login import CarrierLogin
from trunkline.domain.trunk.carrier.profile import PLAIN, CarrierProfile

CarrierSid = NewType("CarrierSid", str)
"""`CY` and 32 hex digits."""


@dataclass(frozen=True, slots=True)
class CarrierGateway:
    """One SIP address of a carrier; `port` and `transport` None = by RFC 3263, in the end UDP."""

    host: str
    port: int | None = None
    transport: Transport | None = None

    def uri(self, user: str = "") -> str:
        """`sip:[user@]host[:port][;transport=...]`."""
        at = f"{user}@" if user else ""
        host = f"[{self.host}]" if ":" in self.host and not self.host.startswith("[") else self.host
        port = "" if self.port is None else f":{self.port}"
        transport = "" if self.transport is None else f";transport={self.transport.value}"
        return f"sip:{at}{host}{port}{transport}"


@dataclass(frozen=True, slots=True)
class CarrierFacts:
    sid: CarrierSid
    gateways: tuple[CarrierGateway, ...]
    prefixes: tuple[str, ...]
    """E.164 prefixes with their `+`; `+` alone is the default route."""
    priority: int = 10
    weight: int = 10
    source_networks: tuple[IpNetwork, ...] = ()
    """Where it may call from: its SourceAddress entries and its literal gateways (`source_networks_of`)."""
    enabled: bool = True
    name: str = ""
    profile: CarrierProfile = PLAIN
    login: CarrierLogin | None = None
    stop_codes: frozenset[int] = frozenset()
    """Final answers that end the hunt, besides those of the default list (`domain.call.hunt.carrier_rule`)."""
    move_on_codes: frozenset[int] = frozenset()
    """Final answers that lead to the next gateway whatever the default list says."""
    max_channels: int | None = None
    """Calls at once, in both directions; None = unlimited."""
    options_ping: bool = True
    """Its gateways are asked by OPTIONS whether they live."""
    tls_verified: bool = False
    """A gateway whose certificate does not name it, or comes from nobody known, is not called."""


def source_networks_of(gateways: tuple[CarrierGateway, ...], addresses: tuple[IpNetwork, ...]) -> tuple[IpNetwork, ...]:
    """The networks of a carrier: those given, and each gateway whose host is an IP address."""
    networks = list(addresses)
    for gateway in gateways:
        try:
            network = ip_network(gateway.host.strip("[]"))
        except ValueError:
            continue  # a name: no source address of its own
        if network not in networks:
            networks.append(network)
    return tuple(networks)
