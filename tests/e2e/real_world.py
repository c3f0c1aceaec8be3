"""The simulation's phones on real sockets and the real clock: `tests.kit.world.World` as far as they need it."""

import select
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.kit.platform import PLATFORM
from tests.kit.wire import Address
from trunkline.kit.instant import Instant, later
from trunkline.kit.timer_queue import TimerQueue
from trunkline.protocol.sip.transaction.flow import Flow

if TYPE_CHECKING:
    from tests.kit.world import Actor


class RealWorld:
    """What phones send to the simulation's platform goes to `gateway`. UDP only."""

    def __init__(self, gateway: Address) -> None:
        self._gateway = gateway
        self._actors: dict[Address, tuple[socket.socket, Actor]] = {}
        self._actions: TimerQueue[Callable[[], None]] = TimerQueue()

    @property
    def now(self) -> Instant:
        return Instant(time.monotonic())

    def attach(self, address: Address, actor: "Actor") -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind(address)
        sock.setblocking(False)
        self._actors[address] = (sock, actor)

    def transmit(self, source: Address, flow: Flow, data: bytes) -> None:
        target = (flow.address, flow.port)
        self._actors[source][0].sendto(data, self._gateway if target == PLATFORM else target)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self._actions.arm(later(self.now, seconds), action)

    def run_until(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Let the phones live until it happened, for at most that long; whether it did."""
        limit = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > limit:
                return False
            self._step()
        return True

    def run(self, seconds: float) -> None:
        self.run_until(lambda: False, seconds)

    def _step(self) -> None:
        for sock in select.select([sock for sock, _ in self._actors.values()], [], [], 0.01)[0]:
            actor = next(actor for found, actor in self._actors.values() if found is sock)
            for _ in range(100):
                try:
                    data, source = sock.recvfrom(65535)
                except BlockingIOError:
                    break
                actor.receive(data, Flow("UDP", source[0], source[1]))
        while (action := self._actions.pop_due(self.now)) is not None:
            action()
        for _, actor in self._actors.values():
            due = actor.next_deadline()
            if due is not None and due <= self.now:
                actor.advance()

    def close(self) -> None:
        for sock, _ in self._actors.values():
            sock.close()
