"""What the endpoint counts."""

from dataclasses import dataclass


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
