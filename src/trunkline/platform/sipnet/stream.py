"""One TCP or TLS connection: framed reading, bounded writing, and what its age is judged by."""

import socket
from asyncio import TimerHandle
from dataclasses import dataclass, replace
from enum import Enum

from trunkline.kit.instant import Instant
from trunkline.platform.sipnet.tls_layer import TlsLayer
from trunkline.protocol.sip.message.frame import StreamFramer
from trunkline.protocol.sip.transaction.flow import Flow, TlsTerms


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Seconds, counts and octets."""

    connect_s: float = 4.0
    """A connection of ours that takes longer has failed, its TLS handshake included (design, decision 6)."""
    handshake_s: float = 5.0
    """A TLS caller must have finished its handshake by then (goals 13)."""
    half_open: int = 1_000
    """TLS callers within their handshake, all of them and of one source."""
    half_open_per_source: int = 50
    first_s: float = 30.0
    """A caller that has said nothing by then is disconnected."""
    partial_s: float = 10.0
    """A message begun must be whole by then."""
    idle_s: float = 600.0
    per_source: int = 100
    total: int = 5_000
    """Connections that callers may have, and as many of our own."""
    unsent: int = 256 * 1024
    """A peer that lets more pile up is disconnected."""


class StreamState(Enum):
    CONNECTING = "connecting"
    HANDSHAKING = "handshaking"
    """Connected, and TLS is being agreed on: nobody has been told of it yet."""
    OPEN = "open"
    CLOSED = "closed"


class Stream:
    """A socket and its two buffers. Only `Streams` and `Handshakes` change its state."""

    __slots__ = (
        "active_at", "flow", "framer", "heard", "inbound", "key", "opened_at", "partial_since", "sock", "state",
        "timer", "tls", "unsent",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, flow: Flow, state: StreamState, now: Instant, *, inbound: bool) -> None:
        self.sock = sock
        self.flow = flow
        self.key = flow.unconnected()
        """What it is found by."""
        self.tls: TlsLayer | None = None
        self.state = state
        self.inbound = inbound
        self.framer = StreamFramer()
        self.unsent = bytearray()
        self.opened_at = self.active_at = now
        self.partial_since: Instant | None = None
        self.heard = False
        self.timer: TimerHandle | None = None
        """Of its connecting and its handshake."""

    def disarm(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def say(self, terms: TlsTerms) -> None:
        """What the handshake has shown; before anybody has seen the flow."""
        self.flow = replace(self.flow, tls=terms)

    def overdue(self, limits: StreamLimits, now: Instant) -> str:
        """Why this connection is to be closed now, or ""."""
        if self.partial_since is not None and now - self.partial_since >= limits.partial_s:
            return "message not finished in time"
        if self.inbound and not self.heard and now - self.opened_at >= limits.first_s:
            return "nothing said"
        if now - self.active_at >= limits.idle_s:
            return IDLE
        return ""


IDLE = "idle"
