"""Where a customer's 302 may send a call: the target of its Contact, and the addresses that target may have (4.6)."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from trunkline.domain.call.attempt import Target
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.domain_name import ALIAS_SUFFIX
from trunkline.domain.trunk.edge.edges import edge_of
from trunkline.domain.trunk.origination.uri import OriginationTarget, parse_origination_uri
from trunkline.kit.ids import E164
from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.name_addr import parse_name_addr, split_addresses
from trunkline.protocol.sip.transaction.flow import Flow

_PLATFORM_LABELS: Final = frozenset({"sip", "pstn"})
_PRIVATE: Final[tuple[IPv4Network | IPv6Network, ...]] = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "127.0.0.0/8", "::/128", "::1/128"),  # RFC 1122 section 3.2.1.3, RFC 4291 section 2.5
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),  # RFC 1918, RFC 4193
        *("169.254.0.0/16", "fe80::/10", "100.64.0.0/10"),  # RFC 3927, RFC 4291 section 2.5.6, RFC 6598
        *("224.0.0.0/4", "240.0.0.0/4", "ff00::/8"),  # nobody's own: RFC 5771, RFC 1112 section 4, RFC 4291
    )
)


@dataclass(frozen=True, slots=True)
class RedirectRule:
    """Judges the redirects of one origination call; implements `domain.call.hunt.Redirects`."""

    dialled: E164
    secure: bool
    """The trunk's: the redirected call is TLS as well (row 68)."""
    suffix: str
    """`{PFX}`, lower case."""
    alias: bool = True
    """Whether names under twilio.com are the platform's too (design, decision 11)."""
    allow_private: bool = False
    """TRUNKLINE_ALLOW_PRIVATE."""

    def follow(self, contact: str, asked: Target) -> OriginationTarget | None:
        """The target that a 302 of `asked` names by its first Contact header; None where it is not allowed.

        Only the first URI counts (row 65), and it is read as an origination URI is: no `tel:`, `sips:` is TLS, and
        the dialled number stands in where it has no user. `edge` and `tnx` mean nothing here: the call leaves by the
        edge that it left by before (row 67).
        """
        uri = parse_origination_uri(_first_uri(contact))
        if uri is None or self._is_denied(uri.host.lower().removesuffix(".")):
            return None
        transport = Transport.TLS if self.secure else uri.transport
        away = asked.away if isinstance(asked, OriginationTarget) else None
        return OriginationTarget(None, replace(uri, edge=None), transport, uri.user or self.dialled, away)

    def admits(self, address: Flow, target: Target) -> bool:
        """Whether the target may be called at this address, which a name may have led to (row 66).

        A gateway of another edge may be: it asks the same of the addresses that it finds.
        """
        away = isinstance(target, OriginationTarget) and target.away is not None
        return away or self.allow_private or not is_private(address.address)

    def _is_denied(self, host: str) -> bool:
        if self._is_platform_name(host):
            return True
        if self.allow_private:
            return False
        return host == "localhost" or host.endswith(".localhost") or is_private(host)  # RFC 6761 section 6.3

    def _is_platform_name(self, host: str) -> bool:
        """`*.sip.{PFX}`, `*.pstn.{PFX}`, their bare parents, and the forms that name an edge (sip.md 2.1)."""
        for ending in (self.suffix, ALIAS_SUFFIX) if self.alias else (self.suffix,):
            if host.endswith(f".{ending}"):
                labels = host.removesuffix(f".{ending}").split(".")
                if edge_of(labels[-1]) is not None:
                    labels.pop()
                if labels and labels[-1] in _PLATFORM_LABELS:
                    return True
        return False


def _first_uri(contact: str) -> str:
    """The first URI of a Contact header; "" where there is none."""
    try:
        members = split_addresses(contact)
        return parse_name_addr(members[0].strip()).uri_text if members else ""
    except MalformedMessage:
        return ""


def is_private(host: str) -> bool:
    """Whether a host is an address that no public peer can have; False for a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in _PRIVATE)
