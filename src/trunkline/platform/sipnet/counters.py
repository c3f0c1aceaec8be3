"""What the endpoint counts."""

from dataclasses import dataclass, field
from typing import Final

OTHER: Final = "other"

MessageCounts = dict[str, dict[bytes, int]]
"""By transport, then by the first four octets of a request or the status of a response; b"" is everything else."""

METHODS: Final = {
    method[:4]: method.decode().strip()
    for method in (
        *(b"INVITE", b"ACK ", b"BYE ", b"CANCEL", b"OPTIONS", b"REGISTER", b"REFER", b"NOTIFY", b"SUBSCRIBE"),
        *(b"MESSAGE", b"INFO", b"UPDATE", b"PRACK", b"PUBLISH"),
    )
}
"""Names by their first four octets."""


def note(counts: MessageCounts, transport: str, data: bytes) -> None:
    """Count one message, without reading more of it than its first octets; strangers cannot make the table grow."""
    kind = data[:4]
    if kind == b"SIP/":
        kind = data[8:11]
    kinds = counts[transport if transport in counts else OTHER]
    if kind in kinds:
        kinds[kind] += 1
    elif kind in METHODS or (len(kind) == 3 and kind.isdigit() and 100 <= int(kind) <= 699):
        kinds[kind] = 1
    else:
        kinds[b""] = kinds.get(b"", 0) + 1


def _no_messages() -> MessageCounts:
    return {transport: {} for transport in ("UDP", "TCP", "TLS", OTHER)}


@dataclass(slots=True)
class SipCounters:
    """Since the start. Messages, but for the connection counts."""

    received: int = 0
    """Handed to the user agent."""
    sent: int = 0
    keepalives: int = 0
    """CRLF and NUL datagrams, and CRLFCRLF on streams."""
    shunned: int = 0
    """Dropped before parsing: too long, not SIP, or from a source in debt."""
    unsent: int = 0
    """Could not be sent: no route, buffer full, no such connection."""
    refused: int = 0
    """ICMP errors that named a destination of ours."""
    accepted: int = 0
    """Connections from outside."""
    turned_away: int = 0
    """Connections beyond the limits."""
    opened: int = 0
    """Connections of ours."""
    unframeable: int = 0
    """Connections closed because their octets could not be followed."""
    bugs: int = 0
    """Exceptions of ours that the bulkhead held."""
    heard: MessageCounts = field(default_factory=_no_messages)
    """What `received` counts, by kind."""
    told: MessageCounts = field(default_factory=_no_messages)
    """What the user agent wanted to be sent, by kind."""
