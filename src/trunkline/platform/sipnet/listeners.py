"""The TCP sockets that an endpoint accepts connections on, those of TLS among them."""

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import Final

from trunkline.protocol.sip.transaction.flow import Flow

_BACKLOG: Final = 512
_ACCEPTS: Final = 32
_BREATH_S: Final = 1.0
_IP_BIND_ADDRESS_NO_PORT: Final = 24

Address = tuple[str, int]


class Listeners:
    """`take` gets each connection, with the transport and the address that it came by."""

    def __init__(self, loop: asyncio.AbstractEventLoop, take: Callable[[socket.socket, Flow], None]) -> None:
        self._loop = loop
        self._take = take
        self._transports: dict[socket.socket, str] = {}

    def open(self, transport: str, bind: Address) -> Address:
        """Accept connections there; the address, with the port that was found for port 0. Raises OSError."""
        family = socket.AF_INET6 if ":" in bind[0] else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(bind)
            sock.listen(_BACKLOG)
        except OSError:
            sock.close()
            raise
        self._transports[sock] = transport
        self._loop.add_reader(sock.fileno(), self._acceptable, sock)
        name = sock.getsockname()
        return (name[0], name[1])

    def _acceptable(self, listener: socket.socket) -> None:
        for _ in range(_ACCEPTS):
            try:
                sock, name = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
                    self._breathe(listener)
                    return
                continue  # that caller hung up before it was accepted
            self._take(sock, Flow(self._transports[listener], name[0], name[1]))

    def _breathe(self, listener: socket.socket) -> None:
        # Out of descriptors: the listener stays readable, so look away instead of spinning.
        self._loop.remove_reader(listener.fileno())
        self._loop.call_later(_BREATH_S, self._look_again, listener)

    def _look_again(self, listener: socket.socket) -> None:
        if listener in self._transports:
            self._loop.add_reader(listener.fileno(), self._acceptable, listener)

    def lend_address(self, sock: socket.socket) -> None:
        """Bind a connection of ours to a listener's address: a gateway is known by one, and may use no other."""
        for listener in self._transports:
            if listener.family == sock.family:
                sock.setsockopt(socket.SOL_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
                sock.bind((listener.getsockname()[0], 0))
                return

    def close(self) -> None:
        for listener in self._transports:
            self._loop.remove_reader(listener.fileno())
            listener.close()
        self._transports.clear()
