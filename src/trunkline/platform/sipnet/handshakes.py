"""TLS handshakes under way: which context each gets, how many there may be, how long one may take."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Protocol

from trunkline.platform.sipnet.client_hello import ClientHello
from trunkline.platform.sipnet.stream import Stream, StreamLimits, StreamState
from trunkline.platform.sipnet.stream_table import source_of
from trunkline.platform.sipnet.tls_layer import TlsFault, TlsLayer
from trunkline.protocol.sip.transaction.flow import TlsTerms

ANYBODY = TlsTerms()

ContextChosen = Callable[[ssl.SSLContext], None]


class TlsContexts(Protocol):
    """Whose certificates, versions and ciphers a connection gets."""

    def for_caller(self, hello: ClientHello, address: str, chosen: ContextChosen) -> None:
        """Calls back at once or later; a caller that is never chosen for is gone after `handshake_s`."""
        ...

    def for_callee(self, terms: TlsTerms) -> ssl.SSLContext: ...


class StreamEnds(Protocol):
    """What a handshake does to its connection."""

    def flush(self, stream: Stream) -> None:
        """Send what the TLS layer has for the wire."""
        ...

    def lose(self, stream: Stream, reason: str) -> None:
        """Close it, goodbye included."""
        ...


class Handshakes:
    """A half-open connection is one that has not finished its handshake; only accepted ones are counted."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, contexts: TlsContexts, limits: StreamLimits, streams: StreamEnds
    ) -> None:
        self._loop = loop
        self._contexts = contexts
        self._limits = limits
        self._streams = streams
        self._per_source: Counter[str] = Counter()
        self._half_open = 0

    def __len__(self) -> int:
        """Half-open connections."""
        return self._half_open

    def admits(self, address: str) -> bool:
        """Whether one more may begin; asked before anything is read of it."""
        return (
            self._half_open < self._limits.half_open
            and self._per_source[source_of(address)] < self._limits.half_open_per_source
        )

    def accept(self, stream: Stream) -> None:
        """Wait for the ClientHello of a connection just accepted."""
        stream.tls = TlsLayer()
        self._half_open += 1
        self._per_source[source_of(stream.flow.address)] += 1
        stream.timer = self._loop.call_later(self._limits.handshake_s, self._overdue, stream)

    def _overdue(self, stream: Stream) -> None:
        if stream.state is StreamState.HANDSHAKING:
            self._streams.lose(stream, "no handshake in time")

    def connect(self, stream: Stream, tls: TlsLayer) -> None:
        """Say our ClientHello on a connection of ours; the timer of its connecting goes on."""
        terms = stream.flow.tls or ANYBODY
        stream.state = StreamState.HANDSHAKING
        try:
            tls.begin(self._contexts.for_callee(terms), server_side=False, name=terms.name)
        except (TlsFault, OSError) as fault:
            self._streams.lose(stream, str(fault))
            return
        self._streams.flush(stream)

    def advance(self, stream: Stream, tls: TlsLayer) -> None:
        """After octets of the far end: ask for a context, or find the handshake finished. Raises TlsFault."""
        if tls.established:
            self._finish(stream, tls)
        elif not tls.begun and (hello := tls.hello()) is not None:
            self._contexts.for_caller(hello, stream.flow.address, partial(self._begin, stream, tls))

    def _begin(self, stream: Stream, tls: TlsLayer, context: ssl.SSLContext) -> None:
        if stream.state is not StreamState.HANDSHAKING or tls.begun:
            return  # gone while the context was being looked for
        try:
            tls.begin(context, server_side=True)
        except TlsFault as fault:
            self._streams.lose(stream, str(fault))
            return
        self._streams.flush(stream)

    def _finish(self, stream: Stream, tls: TlsLayer) -> None:
        self.forget(stream)
        stream.disarm()
        stream.state = StreamState.OPEN
        if stream.inbound and tls.deprecated:
            stream.say(TlsTerms(deprecated=True))

    def forget(self, stream: Stream) -> None:
        """The handshake of this connection is over, or the connection is; before its state changes."""
        if stream.inbound and stream.state is StreamState.HANDSHAKING:
            source = source_of(stream.flow.address)
            self._half_open -= 1
            self._per_source[source] -= 1
            if not self._per_source[source]:
                del self._per_source[source]
