"""Pairs of UDP ports out of the media range: random, skipping busy ones, resting after use (features.md row 88)."""

import errno
import socket
from collections import deque
from collections.abc import Callable
from secrets import randbelow

from trunkline.kit.instant import Instant, later
from trunkline.service.relay.errors import Refusal
from trunkline.service.relay.udp_socket import bound, make_room

BUSY_S = 30.0
"""How long a pair that somebody else holds is left alone."""
_MOST_TRIES = 200
_NO_SOCKETS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

Pair = tuple[socket.socket, socket.socket]


class PortPool:
    """Hands out bound sockets: the even port for RTP, the one above it for RTCP (RFC 3550 section 11)."""

    __slots__ = ("_bind", "_busy", "_choose", "_free", "_host", "_quarantine_s", "_resting")

    def __init__(
        self,
        host: str,
        ports: tuple[int, int],
        quarantine_s: float,
        bind: Callable[[str, int], socket.socket] = bound,
        choose: Callable[[int], int] = randbelow,
    ) -> None:
        first, last = ports
        self._host = host
        self._quarantine_s = quarantine_s
        self._bind = bind
        self._choose = choose
        self._free = list(range(first + first % 2, last, 2))
        self._resting: deque[tuple[Instant, int]] = deque()
        self._busy: deque[tuple[Instant, int]] = deque()

    def __len__(self) -> int:
        """Pairs that could be handed out now."""
        return len(self._free)

    def take(self, now: Instant) -> Pair:
        """A bound pair; raises Refusal when none is left."""
        self._wake(now)
        for _ in range(_MOST_TRIES):
            if not self._free:
                break
            port = self._pick()
            pair = self._try(port)
            if pair is not None:
                return pair
            self._busy.append((later(now, BUSY_S), port))
        raise Refusal("Ran out of ports")

    def give_back(self, port: int, now: Instant) -> None:
        """The pair of this even port was closed; it rests before anybody gets it again."""
        self._resting.append((later(now, self._quarantine_s), port))

    def _pick(self) -> int:
        """A random free port, in constant time: the last one takes its place."""
        free = self._free
        at = self._choose(len(free))
        port = free[at]
        free[at] = free[-1]
        free.pop()
        return port

    def _try(self, port: int) -> Pair | None:
        try:
            rtp = self._bind(self._host, port)
            try:
                rtcp = self._bind(self._host, port + 1)
            except OSError:
                rtp.close()
                raise
        except OSError as error:
            if error.errno in _NO_SOCKETS:
                self._free.append(port)
                raise Refusal(f"Ran out of sockets: {error.strerror}") from error
            return None
        make_room(rtp)
        return rtp, rtcp

    def _wake(self, now: Instant) -> None:
        for waiting in (self._resting, self._busy):
            while waiting and waiting[0][0] <= now:
                self._free.append(waiting.popleft()[1])
