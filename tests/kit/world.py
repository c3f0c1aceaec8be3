"""One fake network on one fake clock: actors at addresses, datagrams that may get lost, streams that may break."""

from collections.abc import Callable
from itertools import count
from typing import Protocol

from tests.kit.clock import FakeClock
from tests.kit.wire import Address, Packet, Wire
from trunkline.kit.instant import Instant, later
from trunkline.kit.timer_queue import TimerQueue
from trunkline.protocol.sip.transaction.flow import Flow

_MOST_STEPS = 200_000


class Actor(Protocol):
    """Somebody with an address."""

    def receive(self, data: bytes, flow: Flow) -> None: ...

    def transport_failed(self, flow: Flow, error: str) -> None: ...

    def advance(self) -> None: ...

    def next_deadline(self) -> Instant | None: ...


class World:
    """Runs actors until nothing is left to happen. `wire` carries datagrams; streams lose nothing."""

    def __init__(self, wire: Wire | None = None) -> None:
        self.clock = FakeClock()
        self.wire = Wire(delay=(0.01, 0.01)) if wire is None else wire
        self._pipe = Wire(delay=(0.01, 0.01))
        self._actors: dict[Address, Actor] = {}
        self._actions: TimerQueue[Callable[[], None]] = TimerQueue()
        self._streams: dict[tuple[Address, Address], int] = {}
        self._connections = count(1)
        self.refusing: set[Address] = set()
        """Hosts that answer datagrams by ICMP."""
        self.trace: list[tuple[float, Address, Address, bytes]] | None = None
        """Every message as it was sent, when a test wants it."""

    @property
    def now(self) -> Instant:
        return self.clock.now

    def attach(self, address: Address, actor: Actor) -> None:
        self._actors[address] = actor

    def detach(self, address: Address) -> None:
        """Nobody lives there any more: what is sent there is lost."""
        self._actors.pop(address, None)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something at a later moment."""
        self._actions.arm(later(self.now, seconds), action)

    # ---- packets

    def transmit(self, source: Address, flow: Flow, data: bytes) -> None:
        """Send for the actor at `source`."""
        target = (flow.address, flow.port)
        if self.trace is not None:
            self.trace.append((self.clock.passed, source, target, data))
        if flow.transport == "UDP":
            if target in self.refusing:
                self.after(0.001, lambda: self._tell(source, flow, "connection refused"))
            else:
                self.wire.send(source, target, data, self.now)
            return
        connection = self._streams.get((source, target), 0)
        if flow.connection not in {0, connection} or (not connection and target not in self._actors):
            self.after(0.001, lambda: self._tell(source, flow, "no such connection"))
            return
        if not connection:
            connection = next(self._connections)
            self._streams[source, target] = self._streams[target, source] = connection
        self._pipe.send(source, target, data, self.now)

    def stream_between(self, one: Address, other: Address) -> int:
        """The number of the stream, 0 for none."""
        return self._streams.get((one, other), 0)

    def break_stream(self, one: Address, other: Address) -> None:
        """Both ends learn of it."""
        connection = self._streams.pop((one, other))
        del self._streams[other, one]
        self._tell(one, Flow("TCP", *other, connection), "connection reset")
        self._tell(other, Flow("TCP", *one, connection), "connection reset")

    def _tell(self, source: Address, flow: Flow, error: str) -> None:
        actor = self._actors.get(source)
        if actor is not None:
            actor.transport_failed(flow, error)

    def _arrive(self, packet: Packet, transport: str, connection: int) -> None:
        actor = self._actors.get(packet.target)
        if actor is not None:
            actor.receive(packet.data, Flow(transport, packet.source[0], packet.source[1], connection))

    # ---- time

    def next_deadline(self) -> Instant | None:
        instants = [self.wire.next_deadline(), self._pipe.next_deadline(), self._actions.next_deadline()]
        instants += [actor.next_deadline() for actor in self._actors.values()]
        return min((at for at in instants if at is not None), default=None)

    def step(self, limit: Instant) -> bool:
        """Go on to the next moment at which something happens; False when there is none up to `limit`."""
        at = self.next_deadline()
        if at is None or at > limit:
            return False
        now = self.clock.leap_to(max(at, self.now))
        while (packet := self.wire.take(now)) is not None:
            self._arrive(packet, "UDP", 0)
        while (packet := self._pipe.take(now)) is not None:
            connection = self._streams.get((packet.source, packet.target), 0)
            if connection:
                self._arrive(packet, "TCP", connection)
        while (action := self._actions.pop_due(now)) is not None:
            action()
        for actor in list(self._actors.values()):
            due = actor.next_deadline()
            if due is not None and due <= now:
                actor.advance()
        return True

    def run(self, seconds: float) -> None:
        """Let that much time pass."""
        limit = later(self.now, seconds)
        self.run_until(lambda: False, seconds)
        self.clock.leap_to(limit)

    def run_until(self, happened: Callable[[], bool], seconds: float = 300.0) -> bool:
        """Run until it happened, for at most that long; whether it did."""
        limit = later(self.now, seconds)
        for _ in range(_MOST_STEPS):
            if happened():
                return True
            if not self.step(limit):
                return happened()
        raise AssertionError("the world spins")

    def settle(self, seconds: float = 400.0) -> None:
        """Run until nothing is left to happen; asserts that there is such a moment within that time."""
        self.run_until(lambda: False, seconds)
        assert self.next_deadline() is None, f"something still waits after {seconds} s"
