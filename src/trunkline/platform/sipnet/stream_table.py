"""The connections there are: by number, by the address that they lead to, and how many each source has."""

import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv6Network

from trunkline.kit.instant import Instant
from trunkline.platform.sipnet.stream import Stream, StreamState
from trunkline.protocol.sip.transaction.flow import Flow


def source_of(address: str) -> str:
    """Who an address stands for: whoever has one of IPv6 has its whole /64 to speak from (RFC 4291 section 2.5.4)."""
    return str(IPv6Network((address.partition("%")[0], 64), strict=False)) if ":" in address else address


class StreamTable:
    """Numbers begin at 1 and never come again."""

    __slots__ = ("_by_key", "_numbered", "_of_source", "_streams", "inbound")

    def __init__(self) -> None:
        self._streams: dict[int, Stream] = {}
        self._by_key: dict[Flow, int] = {}
        self._of_source: Counter[str] = Counter()
        self._numbered = 0
        self.inbound = 0
        """How many were accepted."""

    def __len__(self) -> int:
        return len(self._streams)

    @property
    def outbound(self) -> int:
        """How many are our own: callers cannot take their room."""
        return len(self._streams) - self.inbound

    def __iter__(self) -> Iterator[Stream]:
        """All of them as they are now: some may be removed meanwhile."""
        return iter(list(self._streams.values()))

    def add(self, sock: socket.socket, key: Flow, state: StreamState, now: Instant, *, inbound: bool) -> Stream:
        """Of several to one address the youngest is found by it."""
        self._numbered += 1
        stream = Stream(sock, replace(key, connection=self._numbered), state, now, inbound=inbound)
        self._streams[self._numbered] = stream
        self._by_key[key] = self._numbered
        if inbound:
            self.inbound += 1
            self._of_source[source_of(key.address)] += 1
        return stream

    def find(self, flow: Flow) -> Stream | None:
        """That connection; with connection 0, one to that address."""
        return self._streams.get(flow.connection or self._by_key.get(flow, 0))

    def from_source(self, address: str) -> int:
        """How many connections came from there."""
        return self._of_source[source_of(address)]

    def remove(self, stream: Stream) -> None:
        flow = stream.flow
        del self._streams[flow.connection]
        if self._by_key.get(stream.key) == flow.connection:
            del self._by_key[stream.key]
        if stream.inbound:
            self.inbound -= 1
            source = source_of(flow.address)
            self._of_source[source] -= 1
            if not self._of_source[source]:
                del self._of_source[source]
