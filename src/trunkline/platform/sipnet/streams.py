"""All TCP and TLS connections of an endpoint: accepting, connecting, reading, writing, and ending the overdue ones."""

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Final, Protocol

from trunkline.kit.instant import Instant
from trunkline.platform.sipnet.counters import SipCounters
from trunkline.platform.sipnet.handshakes import Handshakes, TlsContexts
from trunkline.platform.sipnet.listeners import Address, Listeners
from trunkline.platform.sipnet.stream import IDLE, Stream, StreamLimits, StreamState
from trunkline.platform.sipnet.stream_socket import connecting_socket, prepare
from trunkline.platform.sipnet.stream_table import StreamTable
from trunkline.platform.sipnet.tls_layer import NotTls, TlsFault, TlsLayer
from trunkline.protocol.sip.message.errors import UnframeableMessage
from trunkline.protocol.sip.message.frame import PING, PONG
from trunkline.protocol.sip.transaction.flow import Flow

_OCTETS: Final = 64 * 1024
_SWEEP_S: Final = 1.0

_UNSEEN: Final = frozenset({StreamState.CONNECTING, StreamState.HANDSHAKING})


class StreamUser(Protocol):
    """Who the connections work for: the endpoint."""

    def admits_stream(self, address: str) -> bool: ...

    def receive(self, data: bytes, flow: Flow) -> None: ...

    def stream_failed(self, flow: Flow, error: str) -> None: ...

    def unframeable(self, flow: Flow) -> None: ...

    def settle(self) -> None:
        """Called after each batch of the above."""
        ...


def unused() -> AbstractSet[Flow]:
    return frozenset()


class Streams:
    """`in_use` gives the flows of dialogs that live: an idle connection that carries one is kept."""

    def __init__(
        self,
        user: StreamUser,
        clock: Callable[[], Instant],
        counters: SipCounters,
        limits: StreamLimits,
        in_use: Callable[[], AbstractSet[Flow]] = unused,
        contexts: TlsContexts | None = None,
    ) -> None:
        self._user = user
        self._clock = clock
        self._counters = counters
        self._limits = limits
        self._in_use = in_use
        self._loop = asyncio.get_running_loop()
        self._handshakes = None if contexts is None else Handshakes(self._loop, contexts, limits, self)
        self._listeners = Listeners(self._loop, self._take)
        self._table = StreamTable()
        self._sweeping: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many connections there are, opening ones included."""
        return len(self._table)

    @property
    def half_open(self) -> int:
        """TLS callers within their handshake."""
        return 0 if self._handshakes is None else len(self._handshakes)

    # ---- accepting

    def listen(self, transport: str, bind: Address) -> Address:
        """Accept connections there; the address, with the port that was found for port 0. Raises OSError."""
        if transport == "TLS" and self._handshakes is None:
            raise OSError("no certificates for TLS here")
        return self._listeners.open(transport, bind)

    def _take(self, sock: socket.socket, key: Flow) -> None:
        address, handshakes = key.address, self._handshakes if key.transport == "TLS" else None
        full = self._table.inbound >= self._limits.total or self._table.from_source(address) >= self._limits.per_source
        full = full or (handshakes is not None and not handshakes.admits(address))
        if full or not self._user.admits_stream(address):
            self._counters.turned_away += 1
            sock.close()
            return
        self._counters.accepted += 1
        prepare(sock)
        stream = self._add(sock, key, StreamState.OPEN if handshakes is None else StreamState.HANDSHAKING, inbound=True)
        if handshakes is not None:
            handshakes.accept(stream)
        self._loop.add_reader(sock.fileno(), self._readable, stream)

    def _add(self, sock: socket.socket, key: Flow, state: StreamState, *, inbound: bool) -> Stream:
        stream = self._table.add(sock, key, state, self._clock(), inbound=inbound)
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(_SWEEP_S, self._sweep)
        return stream

    # ---- sending

    def send(self, flow: Flow, data: bytes) -> None:
        """Send on that connection; with connection 0, on any to that address, opening one where there is none."""
        stream = self._table.find(flow)
        if stream is None:
            if flow.connection:
                self._counters.unsent += 1
                self._user.stream_failed(flow, "connection is gone")
                return
            stream = self._connect(flow)
            if stream is None:
                return
        self._counters.sent += 1
        self._write(stream, data)

    def _write(self, stream: Stream, data: bytes) -> None:
        stream.active_at = self._clock()
        if stream.tls is None:
            self._put(stream, data)
            return
        try:
            stream.tls.send(data)
        except TlsFault as fault:
            self.lose(stream, str(fault))
            return
        if stream.tls.waiting > self._limits.unsent:
            self._close(stream, "peer does not read")
        self.flush(stream)

    def flush(self, stream: Stream) -> None:
        """Send what the TLS layer has for the wire."""
        if stream.tls is not None and (data := stream.tls.outgoing()) and stream.state is not StreamState.CLOSED:
            self._put(stream, data)

    def _put(self, stream: Stream, data: bytes) -> None:
        if stream.unsent or stream.state is StreamState.CONNECTING:
            self._keep(stream, data)
            return
        try:
            sent = stream.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._close(stream, error.strerror or str(error))
            return
        if sent < len(data):
            self._loop.add_writer(stream.sock.fileno(), self._writable, stream)
            self._keep(stream, data[sent:])

    def _keep(self, stream: Stream, data: bytes) -> None:
        stream.unsent += data
        if len(stream.unsent) > self._limits.unsent:
            self._close(stream, "peer does not read")

    def _writable(self, stream: Stream) -> None:
        if stream.state is StreamState.CONNECTING and not self._connected(stream):
            self._user.settle()
            return
        if stream.unsent:
            try:
                sent = stream.sock.send(stream.unsent)
            except BlockingIOError:
                return
            except OSError as error:
                self._close(stream, error.strerror or str(error))
                self._user.settle()
                return
            del stream.unsent[:sent]
        if not stream.unsent and stream.state is not StreamState.CLOSED:
            self._loop.remove_writer(stream.sock.fileno())

    # ---- connecting

    def _connect(self, flow: Flow) -> Stream | None:
        try:
            if self._table.outbound >= self._limits.total:
                raise OSError(errno.EMFILE, "too many connections")
            sock = connecting_socket(flow, self._listeners.lend_address)
        except OSError as error:
            self._counters.unsent += 1
            self._user.stream_failed(flow, error.strerror or str(error))
            return None
        self._counters.opened += 1
        stream = self._add(sock, flow, StreamState.CONNECTING, inbound=False)
        if flow.transport == "TLS":
            stream.tls = TlsLayer()
        stream.timer = self._loop.call_later(self._limits.connect_s, self._connect_overdue, stream)
        self._loop.add_writer(sock.fileno(), self._writable, stream)
        return stream

    def _connected(self, stream: Stream) -> bool:
        number = stream.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._close(stream, os.strerror(number))
            return False
        stream.state = StreamState.OPEN
        self._loop.add_reader(stream.sock.fileno(), self._readable, stream)
        if stream.tls is not None and self._handshakes is not None:
            self._handshakes.connect(stream, stream.tls)
        else:
            stream.disarm()
        return stream.state is not StreamState.CLOSED

    def _connect_overdue(self, stream: Stream) -> None:
        if stream.state in _UNSEEN:
            self._close(stream, "no connection in time")
            self._user.settle()

    # ---- reading

    def _readable(self, stream: Stream) -> None:
        self._read(stream)
        self._user.settle()

    def _read(self, stream: Stream) -> None:
        try:
            data = stream.sock.recv(_OCTETS)
        except BlockingIOError:
            return
        except OSError as error:
            self._close(stream, error.strerror or str(error))
            return
        if not data:
            self._close(stream, "closed by peer")
            return
        now = self._clock()
        stream.active_at = now
        if stream.tls is None:
            self._take_in(stream, data, now)
            return
        plain = self._decrypted(stream, stream.tls, data)
        if plain:
            self._take_in(stream, plain, now)
        if stream.tls.ended:
            self._close(stream, "closed by peer")

    def _decrypted(self, stream: Stream, tls: TlsLayer, data: bytes) -> bytes:
        try:
            plain = tls.receive(data)
            if stream.state is StreamState.HANDSHAKING and self._handshakes is not None:
                self._handshakes.advance(stream, tls)
        except NotTls as fault:
            self._user.unframeable(stream.flow)
            self._close(stream, str(fault))
            return b""
        except TlsFault as fault:
            self.lose(stream, str(fault))
            return b""
        self.flush(stream)
        return plain if stream.state is StreamState.OPEN else b""

    def _take_in(self, stream: Stream, data: bytes, now: Instant) -> None:
        try:
            messages = stream.framer.feed(data)
        except UnframeableMessage as error:
            self._lose_track(stream, error)
            return
        if not stream.framer.pending:
            stream.partial_since = None
        elif messages or stream.partial_since is None:
            stream.partial_since = now
        self._hand_up(stream, messages)

    def _hand_up(self, stream: Stream, messages: list[bytes]) -> None:
        pongs = 0
        for message in messages:
            stream.heard = True
            if message == PING:
                pongs += 1
                continue
            self._user.receive(message, stream.flow)
            if stream.state is StreamState.CLOSED:
                return
        if pongs:
            self._counters.keepalives += pongs
            self._write(stream, PONG * pongs)  # RFC 5626 section 4.4.1; at once, or 64 kB would cost 16,384 writes
            if stream.state is StreamState.CLOSED:
                return
        if stream.framer.fault is not None:
            self._lose_track(stream, stream.framer.fault)

    def _lose_track(self, stream: Stream, fault: UnframeableMessage) -> None:
        self._counters.unframeable += 1
        self._user.unframeable(stream.flow)
        self._close(stream, str(fault))

    # ---- ending

    def _sweep(self) -> None:
        now = self._clock()
        in_use: AbstractSet[Flow] | None = None
        for stream in self._table:
            reason = stream.overdue(self._limits, now)
            if reason == IDLE:
                in_use = self._in_use() if in_use is None else in_use
                if stream.flow in in_use or stream.key in in_use:
                    stream.active_at = now
                    continue
            if reason:
                self._close(stream, reason)
        self._sweeping = self._loop.call_later(_SWEEP_S, self._sweep) if self._table else None
        self._user.settle()

    def lose(self, stream: Stream, reason: str) -> None:
        """Close a TLS connection that failed, after telling the far end why."""
        self.flush(stream)
        self._close(stream, reason)

    def _close(self, stream: Stream, reason: str) -> None:
        unseen = stream.state in _UNSEEN
        if not self._drop(stream) or (unseen and stream.inbound):
            return
        # Nobody has seen the number of a connection that was not finished: what failed is the address.
        self._user.stream_failed(stream.key if unseen else stream.flow, reason)

    def _drop(self, stream: Stream) -> bool:
        if stream.state is StreamState.CLOSED:
            return False
        if self._handshakes is not None:
            self._handshakes.forget(stream)
        stream.state = StreamState.CLOSED
        stream.disarm()
        number = stream.sock.fileno()
        self._loop.remove_reader(number)
        self._loop.remove_writer(number)
        if stream.tls is not None and not stream.unsent:
            with suppress(OSError):
                stream.sock.send(stream.tls.farewell())
        stream.sock.close()
        self._table.remove(stream)
        return True

    def close(self) -> None:
        """Close everything without a word to the user."""
        self._listeners.close()
        for stream in self._table:
            self._drop(stream)
        if self._sweeping is not None:
            self._sweeping.cancel()
