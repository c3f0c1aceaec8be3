"""The pump around a user agent: sockets feed it, its outputs are sent or handed on, one timer is armed for it.

Nothing here waits. This is the bulkhead: an exception from the user agent or its user is our bug, is logged, told to
`on_bug`, and costs one message or event, never the pump.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from math import ceil
from typing import Final, Protocol

import structlog

from trunkline.kit.instant import Instant
from trunkline.platform.setting.clock import now as monotonic
from trunkline.platform.sipnet.counters import SipCounters, note
from trunkline.platform.sipnet.handshakes import TlsContexts
from trunkline.platform.sipnet.ingress import IngressGuard
from trunkline.platform.sipnet.stream import StreamLimits
from trunkline.platform.sipnet.streams import Streams, unused
from trunkline.platform.sipnet.udp import Address, UdpSocket, is_address
from trunkline.protocol.sip.message.parse import MAX_DATAGRAM
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit

_log = structlog.get_logger(__name__)

_STREAMED: Final = frozenset({"TCP", "TLS"})
_MAX_FLOWS: Final = 10_000
# Loops count in milliseconds at best; a shorter timer would spin.
_SHORTEST_S: Final = 0.001
_GRID_S: Final = 0.01
"""Timers of SIP are of half a second and more, and each call leaves half a dozen behind: they come a little late, and
many at a time."""
_BREATH_S: Final = 0.1


class SipUser(Protocol):
    """What the pump drives: `protocol.sip.ua.UserAgent`, or anything with its five verbs."""

    def receive(self, data: bytes, flow: Flow, now: Instant) -> None: ...

    def transport_failed(self, flow: Flow, error: str, now: Instant) -> None: ...

    def advance(self, now: Instant) -> None: ...

    def next_deadline(self) -> Instant | None: ...

    def poll(self) -> object | None: ...


def _unheard(hint: object) -> None:
    pass


class SipEndpoint:
    """SIP over UDP, TCP and, given `contexts`, TLS for one user agent.

    `on_event` gets every output that is no `Transmit`; it may call the user agent's verbs. Whoever calls them from
    elsewhere calls `pump` afterwards. `on_bug` gets the octets or the event whose handling raised, so that the user
    can release that call. `open` binds, `close` unbinds; use both in a running loop.
    """

    def __init__(
        self,
        ua: SipUser,
        on_event: Callable[[object], None],
        *,
        clock: Callable[[], Instant] = monotonic,
        guard: IngressGuard | None = None,
        limits: StreamLimits | None = None,
        in_use: Callable[[], AbstractSet[Flow]] = unused,
        contexts: TlsContexts | None = None,
        on_bug: Callable[[object], None] = _unheard,
    ) -> None:
        self._ua = ua
        self._on_event = on_event
        self._on_bug = on_bug
        self._clock = clock
        self._limits = limits or StreamLimits()
        self._in_use = in_use
        self._contexts = contexts
        self.guard = guard or IngressGuard()
        self.stream_guard = self.guard.apart()
        """Whoever connects is who it says: datagrams in its name must not count against it."""
        self.counters = SipCounters()
        self._flows: dict[Address, Flow] = {}
        self._udp: dict[socket.AddressFamily, UdpSocket] = {}
        self._streams: Streams | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = Instant(0.0)
        self._pumping = False
        self._loop: asyncio.AbstractEventLoop | None = None

    # ---- life

    def open(self, bind: Sequence[tuple[str, str, int]]) -> list[Flow]:
        """Bind each (transport, address, port), at most one UDP socket a family; where each is. Raises OSError."""
        self._loop = asyncio.get_running_loop()
        self._streams = Streams(self, self._clock, self.counters, self._limits, self._in_use, self._contexts)
        try:
            return [self._bind(*where) for where in bind]
        except OSError:
            self.close()
            raise

    def _bind(self, transport: str, address: str, port: int) -> Flow:
        if transport == "UDP":
            udp = UdpSocket((address, port), self._datagram, self.settle, self._refused)
            self._udp[udp.family] = udp
            return Flow("UDP", *udp.address)
        if transport in _STREAMED and self._streams is not None:
            return Flow(transport, *self._streams.listen(transport, (address, port)))
        raise OSError(f"no transport {transport} here")

    def close(self) -> None:
        """Close every socket; what the user agent still wants to send is lost."""
        for udp in self._udp.values():
            udp.close()
        self._udp.clear()
        if self._streams is not None:
            self._streams.close()
            self._streams = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def kernel_drops(self) -> int:
        """Datagrams lost before we read them."""
        return sum(udp.drops for udp in self._udp.values())

    @property
    def waited_s(self) -> float:
        """How long a datagram has been left waiting in the kernel."""
        return max((udp.waited_s for udp in self._udp.values()), default=0.0)

    @property
    def half_open(self) -> int:
        """TLS callers within their handshake."""
        return 0 if self._streams is None else self._streams.half_open

    @property
    def connections(self) -> int:
        return 0 if self._streams is None else len(self._streams)

    # ---- in

    def _datagram(self, data: bytes, source: Address) -> None:
        if len(data) <= 4 and not data.strip(b"\r\n\0"):
            self.counters.keepalives += 1
            return
        if len(data) > MAX_DATAGRAM:
            self.counters.shunned += 1
            return
        flow = self._flows.get(source)
        if flow is None:
            flow = self._learn(source)
        self.receive(data, flow)

    def _learn(self, source: Address) -> Flow:
        # One Flow per source, so that tables keyed by flows compare by identity.
        if len(self._flows) >= _MAX_FLOWS:
            self._flows.clear()
        flow = self._flows[source] = Flow("UDP", source[0], source[1])
        return flow

    def receive(self, data: bytes, flow: Flow) -> None:
        """One datagram or one framed message of a stream."""
        now = self._clock()
        guard = self.stream_guard if flow.reliable else self.guard
        if not guard.admits(data, flow.address, now):
            self.counters.shunned += 1
            return
        self.counters.received += 1
        note(self.counters.heard, flow.transport, data)
        try:
            self._ua.receive(data, flow, now)
        except Exception as error:  # noqa: BLE001  the bulkhead of style section 8
            self._bug(error, "a message", data)

    def _refused(self, address: Address, error: str) -> None:
        self.counters.refused += 1
        self._fail(Flow("UDP", address[0], address[1]), error)

    def stream_failed(self, flow: Flow, error: str) -> None:
        """A connection broke, or could not be opened or found."""
        self._fail(flow, error)

    def _fail(self, flow: Flow, error: str) -> None:
        try:
            self._ua.transport_failed(flow, error, self._clock())
        except Exception as bug:  # noqa: BLE001  the bulkhead of style section 8
            self._bug(bug, "a transport failure", flow)

    def admits_stream(self, address: str) -> bool:
        """Whether a source may connect."""
        return not self.stream_guard.in_debt(address, self._clock())

    def unframeable(self, flow: Flow) -> None:
        """A stream could not be followed."""
        self.stream_guard.blame(flow.address, self._clock())

    def settle(self) -> None:
        """After a batch of inputs."""
        self.pump()

    def _due(self) -> None:
        self._timer = None
        try:
            self._ua.advance(self._clock())
        except Exception as error:  # noqa: BLE001  the bulkhead of style section 8
            self._bug(error, "a timer", None)
        self.pump()

    # ---- out

    def pump(self) -> None:
        """Send and hand on all that the user agent has put out, then arm the timer. Harmless when nested."""
        if self._pumping or self._loop is None:
            return
        self._pumping = True
        try:
            while (output := self._ua.poll()) is not None:
                self._emit(output)
        except Exception as error:  # noqa: BLE001  the bulkhead of style section 8; `poll` itself raised
            self._bug(error, "an output", None)
            self._loop.call_later(_BREATH_S, self.pump)
        finally:
            self._pumping = False
        self._arm()

    def _emit(self, output: object) -> None:
        try:
            if isinstance(output, Transmit):
                self._transmit(output)
            else:
                self._on_event(output)
        except Exception as error:  # noqa: BLE001  the bulkhead of style section 8
            self._bug(error, "an output", output)

    def _transmit(self, output: Transmit) -> None:
        flow = output.flow
        note(self.counters.told, flow.transport, output.data)
        if not is_address(flow.address):
            self._unsent(flow, "not an IP address")
        elif flow.transport == "UDP":
            udp = self._udp.get(socket.AF_INET6 if ":" in flow.address else socket.AF_INET)
            if udp is None:
                self._unsent(flow, "no socket of that family")
            elif udp.send(output.data, (flow.address, flow.port)):
                self.counters.sent += 1
            else:
                self.counters.unsent += 1
        elif self._speaks(flow.transport) and self._streams is not None:
            self._streams.send(flow, output.data)
        else:
            self._unsent(flow, f"no transport {flow.transport} here")

    def _speaks(self, transport: str) -> bool:
        return transport == "TCP" or (transport == "TLS" and self._contexts is not None)

    def _unsent(self, flow: Flow, error: str) -> None:
        self.counters.unsent += 1
        self._fail(flow, error)

    def _bug(self, error: Exception, what: str, hint: object) -> None:
        self.counters.bugs += 1
        _log.error("sip endpoint held a bug", handling=what, exc_info=error)
        try:
            self._on_bug(hint)
        except Exception as second:  # noqa: BLE001  the bulkhead must not leak either
            _log.error("bug handler crashed", exc_info=second)

    def _arm(self) -> None:
        # A timer that is armed for earlier wakes us for nothing once, which is cheaper than moving it each time.
        deadline = self._ua.next_deadline()
        if (
            deadline is None
            or self._loop is None
            or (self._timer is not None and self._armed_for <= deadline + _GRID_S)
        ):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for = at = Instant(ceil(deadline / _GRID_S) * _GRID_S)
        self._timer = self._loop.call_later(max(_SHORTEST_S, at - self._clock()), self._due)
