"""All RTP endpoints of one process: their ports, and the one ticker that paces them.

No task and no timer per call: the ticker drives the endpoints in four groups 5 ms apart, so that their packets do not
leave in one burst, and the loop's readers drain the sockets.
"""

import asyncio
import errno
import secrets
import socket
from typing import Final, final

from trunkline.platform.media.rtp_endpoint import RtpEndpoint
from trunkline.platform.sipnet.watch import Watch

TICK_S: Final = 0.02
GROUPS: Final = 4
MAX_LATE_S: Final = 0.2
"""A ticker that is later than this gives up the ticks it missed: old audio is of no use."""


class NoFreePort(Exception):
    """No pair of ports of the range could be bound."""


@final
class RtpEngine:
    """The endpoints of one process, their ticker and the buffer that they share. Used on its loop only."""

    __slots__ = ("_buffer", "_due", "_endpoints", "_group", "_handle", "_watches", "loop", "ticks_missed")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._buffer = bytearray(2048)
        self.ticks_missed = 0
        """Times of 5 ms that were given up because the loop was more than 200 ms late."""
        self._endpoints: tuple[dict[RtpEndpoint, None], ...] = tuple({} for _ in range(GROUPS))
        self._watches: dict[RtpEndpoint, tuple[Watch, Watch]] = {}
        self._group = 0
        self._due = 0.0
        self._handle: asyncio.TimerHandle | None = None

    def open(self, local_ip: str, ports: tuple[int, int] = (10000, 60000)) -> RtpEndpoint:
        """Binds a random even port of the range and the one above it; raises `NoFreePort`."""
        rtp, rtcp = sockets = _bound_pair(local_ip, *ports)
        endpoint = RtpEndpoint(self.loop, self._buffer, sockets, self._forget)
        min(self._endpoints, key=len)[endpoint] = None
        self._watches[endpoint] = (
            Watch(self.loop, rtp, endpoint.drain_rtp),
            Watch(self.loop, rtcp, endpoint.drain_rtcp),
        )
        if self._handle is None:
            self._due = self.loop.time()
            self._arm()
        return endpoint

    def __len__(self) -> int:
        return sum(map(len, self._endpoints))

    def _forget(self, endpoint: RtpEndpoint) -> None:
        for group in self._endpoints:
            group.pop(endpoint, None)
        for watch in self._watches.pop(endpoint, ()):
            watch.close()
        if not len(self) and self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def close(self) -> None:
        """Closes every endpoint."""
        for group in self._endpoints:
            for endpoint in tuple(group):
                endpoint.close()

    def _arm(self) -> None:
        self._due += TICK_S / GROUPS
        self._handle = self.loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        late = self.loop.time() - self._due
        if late > MAX_LATE_S:
            missed = int(late / (TICK_S / GROUPS))
            self.ticks_missed += missed
            self._due += missed * TICK_S / GROUPS
        self._arm()  # before the work, so that nothing in it can stop the clock
        self._group = (self._group + 1) % GROUPS
        for endpoint in tuple(self._endpoints[self._group]):
            endpoint.tick()


def _bound_pair(local_ip: str, low: int, high: int) -> tuple[socket.socket, socket.socket]:
    first = low + low % 2
    pairs = (high - first + 1) // 2
    if pairs < 1:
        raise NoFreePort(f"no even port and its odd one between {low} and {high}")
    start = secrets.randbelow(pairs)
    for step in range(pairs):
        pair = _bound_at(local_ip, first + 2 * ((start + step) % pairs))
        if pair is not None:
            return pair
    raise NoFreePort(f"no free pair of ports between {low} and {high} at {local_ip}")


def _bound_at(local_ip: str, port: int) -> tuple[socket.socket, socket.socket] | None:
    """The pair that begins at this port, None if one of the two is taken; raises `NoFreePort` if no other would do."""
    family = socket.AF_INET6 if ":" in local_ip else socket.AF_INET
    opened: list[socket.socket] = []
    try:
        for at in (port, port + 1):
            one = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
            opened.append(one)
            one.bind((local_ip, at))
    except OSError as error:
        for one in opened:
            one.close()
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise NoFreePort(f"cannot bind {local_ip}: {error.strerror}") from error
        return None
    return opened[0], opened[1]
