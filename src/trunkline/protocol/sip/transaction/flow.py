"""Where a message came from and where one goes: a transport and a far address."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TlsTerms:
    """What is asked of the far end of a TLS connection that we open, and said of one that it opened."""

    name: str = ""
    """Who the far end is to be: the host of the URI, told by SNI; "" = an address alone."""
    verified: bool = False
    """Its certificate is to name it and to come from somebody we trust (RFC 5922 section 7.2)."""
    deprecated: bool = False
    """TLS 1.0 and 1.1: may be spoken on a connection of ours; is spoken on one that was accepted."""


@dataclass(frozen=True, slots=True)
class Flow:
    """`transport` is UDP, TCP or TLS; `address` an IP address without brackets.

    `connection` numbers one accepted or opened stream; 0 means any stream to that address, opened when there is
    none (and always for UDP). Only a stream of the same `tls` will do; None asks nothing of the far end.
    """

    transport: str
    address: str
    port: int
    connection: int = 0
    tls: TlsTerms | None = None

    @property
    def reliable(self) -> bool:
        """Whether the transport retransmits by itself (RFC 3261 section 17)."""
        return self.transport != "UDP"

    def unconnected(self) -> "Flow":
        """The same far end over any stream."""
        return Flow(self.transport, self.address, self.port, 0, self.tls)

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.transport.lower()}:{host}:{self.port}"
