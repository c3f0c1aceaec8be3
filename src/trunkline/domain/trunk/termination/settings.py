"""What routing must know of the platform itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    suffix: str
    """`{PFX}`, lower case."""
    alias: bool = True
    """Accept `.pstn.twilio.com` names (design, decision 11)."""
    allow_private: bool = False
    """Accept a loopback Contact, and a private target of a redirect (TRUNKLINE_ALLOW_PRIVATE)."""
    ipv6_media: bool | None = None
    """Whether the relay's media goes by IPv6, or by IPv4; None = by either."""
