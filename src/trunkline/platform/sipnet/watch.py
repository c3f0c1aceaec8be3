"""Watching a datagram socket on any loop, ICMP errors and all."""

import asyncio
import select
import socket
from collections.abc import Callable


class Watch:
    """Calls `readable` whenever the socket has something, until closed.

    A pending ICMP error makes a socket report EPOLLERR, upon which uvloop (libuv) stops watching it for good. An epoll
    descriptor of our own around it is merely readable then, with either loop, at no measurable cost.
    """

    __slots__ = ("_loop", "_poll")

    def __init__(self, loop: asyncio.AbstractEventLoop, watched: socket.socket, readable: Callable[[], None]) -> None:
        self._loop = loop
        self._poll = select.epoll()
        self._poll.register(watched.fileno(), select.EPOLLIN)
        loop.add_reader(self._poll.fileno(), readable)

    def close(self) -> None:
        """Stop watching; closing twice is harmless, and the socket stays open."""
        if not self._poll.closed:
            self._loop.remove_reader(self._poll.fileno())
            self._poll.close()
