"""Where a message came from and where one goes: a transport and a far address."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flow:
    """`transport` is UDP, TCP or TLS; `address` an IP address without brackets.

    `connection` numbers one accepted or opened stream; 0 means any stream to that address, opened when there is
    none (and always for UDP).
    """

    transport: str
    address: str
    port: int
    connection: int = 0

    @property
    def reliable(self) -> bool:
        """Whether the transport retransmits by itself (RFC 3261 section 17)."""
        return self.transport != "UDP"

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.transport.lower()}:{host}:{self.port}"
