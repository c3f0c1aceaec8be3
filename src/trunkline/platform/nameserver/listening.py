"""The sockets of a name server: UDP, and TCP for whoever got a short answer (RFC 7766)."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final, cast, final

from trunkline.platform.nameserver.reply import LONGEST_TCP, Replies

MOST_CONNECTIONS: Final = 64
PATIENCE_S: Final = 5.0
"""How long a connection may be quiet, whatever it has sent before."""
_LONGEST_QUESTION: Final = 4096
_TRIES: Final = 10


@final
class Listener:
    """Open sockets of one address; `close` ends them and every connection."""

    __slots__ = ("_connections", "_replies", "_server", "_transport", "address")

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._connections: set[_Connection] = set()
        self._transport: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self.address: tuple[str, int] = ("", 0)

    async def open(self, host: str, port: int) -> None:
        """Raises OSError for an address that cannot be had. Port 0 takes one that both have free."""
        tries = _TRIES if port == 0 else 1
        while True:
            try:
                await self._open(host, port)
            except OSError:
                tries -= 1
                if not tries:  # else what TCP had free, UDP has not
                    raise
            else:
                return

    async def _open(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._server = await loop.create_server(self._connected, host, port, family=family)
        bound = self._server.sockets[0].getsockname()
        self.address = (bound[0], bound[1])
        try:
            self._transport, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self._replies), (host, self.address[1]), family=family
            )
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.abort()

    @property
    def connection_count(self) -> int:
        return len(self._connections)

    def _connected(self) -> asyncio.Protocol:
        return _Connection(self._replies, self._connections)


@final
class _Datagrams(asyncio.DatagramProtocol):
    """One datagram, one answer, nothing kept."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        response = self._replies.answer(data)
        if response is not None and self._transport is not None:
            self._transport.sendto(response, addr)


@final
class _Connection(asyncio.Protocol):
    """Questions with their length in front. One that stalls, or sends what is no question, is closed."""

    def __init__(self, replies: Replies, connections: "set[_Connection]") -> None:
        self._replies = replies
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._heard = b""
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if len(self._connections) >= MOST_CONNECTIONS:
            self.abort()
            return
        self._connections.add(self)
        self._wait(asyncio.get_running_loop().call_later)

    def _wait(self, call_later: Callable[..., asyncio.TimerHandle]) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = call_later(PATIENCE_S, self.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self._end is not None:
            self._end.cancel()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while len(self._heard) >= 2 and self._transport is not None and not self._transport.is_closing():
            length = int.from_bytes(self._heard[:2])
            if length > _LONGEST_QUESTION:
                self.abort()
                return
            if len(self._heard) < 2 + length:
                return
            question, self._heard = self._heard[2 : 2 + length], self._heard[2 + length :]
            if not self._reply(question):
                self.abort()
                return

    def _reply(self, question: bytes) -> bool:
        response = self._replies.answer(question, longest=LONGEST_TCP)
        if response is None or self._transport is None:
            return False
        self._transport.write(len(response).to_bytes(2) + response)
        self._wait(asyncio.get_running_loop().call_later)  # a question answered earns patience, octets do not
        return True

    def pause_writing(self) -> None:
        """It asks faster than it reads."""
        self.abort()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
