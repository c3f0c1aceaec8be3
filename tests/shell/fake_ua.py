"""A user agent for the pump's tests: remembers what it was fed, puts out what it is told to."""

import asyncio
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

import uvloop

from tests.shell.virtual_loop import VirtualLoop
from trunkline.kit.instant import Instant, later
from trunkline.platform.sipnet.endpoint import SipEndpoint
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit

T = TypeVar("T")
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.SelectorEventLoop,
    "uvloop": uvloop.new_event_loop,
    "virtual": VirtualLoop,
}


def run_on(loop: str, test: Callable[[], Awaitable[T]]) -> T:
    """Run an async test on that loop; no test here needs ten seconds of real time."""

    async def main() -> T:
        if loop == "virtual":
            return await test()
        return await asyncio.wait_for(test(), 10)

    with asyncio.Runner(loop_factory=LOOPS[loop], debug=loop == "asyncio") as runner:
        return runner.run(main())


def sip(body: str = "", method: str = "OPTIONS") -> bytes:
    """Something framed like a message; only the stack above would read it."""
    return f"{method} sip:127.0.0.1 SIP/2.0\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


class FakeUa:
    """`answer` makes outputs of each message; `changed` is set at every input."""

    def __init__(self, answer: Callable[[bytes, Flow], list[object]] | None = None) -> None:
        self.received: list[tuple[bytes, Flow]] = []
        self.failed: list[tuple[Flow, str]] = []
        self.advanced: list[Instant] = []
        self.outputs: deque[object] = deque()
        self.deadline: Instant | None = None
        self.changed = asyncio.Event()
        self._answer = answer

    def receive(self, data: bytes, flow: Flow, now: Instant) -> None:
        self.received.append((data, flow))
        self.changed.set()
        if self._answer is not None:
            self.outputs.extend(self._answer(data, flow))

    def transport_failed(self, flow: Flow, error: str, now: Instant) -> None:
        self.failed.append((flow, error))
        self.changed.set()

    def advance(self, now: Instant) -> None:
        self.advanced.append(now)
        if self.deadline is not None and self.deadline <= now:
            self.deadline = None
        self.changed.set()

    def next_deadline(self) -> Instant | None:
        return self.deadline

    def poll(self) -> object | None:
        return self.outputs.popleft() if self.outputs else None

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for inputs until the condition holds."""
        while not condition():
            self.changed.clear()
            await self.changed.wait()


def echo(data: bytes, flow: Flow) -> list[object]:
    return [Transmit(flow, b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n")]


def loop_clock() -> Instant:
    return Instant(asyncio.get_running_loop().time())


def in_seconds(seconds: float) -> Instant:
    return later(loop_clock(), seconds)


def udp_peer(address: str = "127.0.0.1") -> socket.socket:
    """A non-blocking socket of somebody else's."""
    peer = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    peer.setblocking(False)
    peer.bind((address, 0))
    return peer


async def readable(peer: socket.socket) -> None:
    """Wait until a socket has something (on the virtual loop as well)."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(peer.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(peer.fileno())


def closed_port() -> int:
    """A UDP and TCP port of 127.0.0.9 where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.9", 0))
        return int(probe.getsockname()[1])


class Opened:
    """An endpoint bound to a free port, closed at the end of the block."""

    def __init__(self, endpoint: SipEndpoint, *transports: str) -> None:
        self.endpoint = endpoint
        self.flows = endpoint.open([(transport, "127.0.0.1", 0) for transport in transports or ("UDP",)])

    def __enter__(self) -> tuple[str, int]:
        return (self.flows[0].address, self.flows[0].port)

    def __exit__(self, *_: object) -> None:
        self.endpoint.close()
