"""What routing reads of a request to a trunk's domain."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from trunkline.domain.trunk.address import IpAddress, Transport
from trunkline.domain.trunk.termination.caller_id import DiversionHeader, Identities


class Offer(StrEnum):
    """What the INVITE's body is, as far as routing cares."""

    ABSENT = "absent"
    FOREIGN = "foreign"
    """Of a type that is no SDP."""
    UNREADABLE = "unreadable"
    NO_CODEC = "no_codec"
    """Readable, without any codec that is allowed."""
    PLAIN = "plain"
    """RTP/AVP without SRTP beside it."""
    KEYLESS = "keyless"
    """RTP/SAVP without a usable crypto line, and no plain stream beside it."""
    SECURE = "secure"
    """RTP/SAVP with a usable crypto line, and no plain stream beside it."""
    EITHER = "either"
    """Both, as lines of their own; the trunk says which is taken."""


class RoutedRequest(Protocol):
    """What routing reads of an out-of-dialog request; each is read when its check comes, and most calls are challenged
    before the later ones."""

    @property
    def method(self) -> str: ...

    @property
    def user(self) -> str | None:
        """R-URI user as sent."""
        ...

    @property
    def host(self) -> str:
        """R-URI host."""
        ...

    @property
    def source(self) -> IpAddress: ...

    @property
    def transport(self) -> Transport: ...

    @property
    def deprecated_tls(self) -> bool:
        """It came over TLS 1.0 or 1.1."""
        ...

    @property
    def identities(self) -> Identities: ...

    @property
    def offer(self) -> Offer: ...

    @property
    def max_forwards(self) -> int | None:
        """None = the header is missing, which is allowed (RFC 3261 section 16.3)."""
        ...

    @property
    def contact_host(self) -> str | None:
        """None without a Contact, "" for one that is no SIP URI."""
        ...

    @property
    def diversions(self) -> tuple[DiversionHeader, ...]: ...


@dataclass(frozen=True, slots=True)
class TerminationRequest:
    """A RoutedRequest with everything read."""

    method: str
    user: str | None
    """R-URI user as sent."""
    host: str
    """R-URI host."""
    source: IpAddress
    transport: Transport
    identities: Identities
    offer: Offer
    max_forwards: int | None = None
    """None = the header is missing, which is allowed (RFC 3261 section 16.3)."""
    contact_host: str | None = None
    diversions: tuple[DiversionHeader, ...] = ()
    deprecated_tls: bool = False
