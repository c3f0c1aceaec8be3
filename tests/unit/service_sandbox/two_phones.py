"""Phones on one fake clock, joined by a wire that loses nothing; every message is kept with its time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tests.kit.clock import FakeClock
from tests.kit.ids import CountingIds
from tests.kit.media_port import FakePort
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.service.sandbox.behaviour import Behaviour, Refuse
from trunkline.service.sandbox.phone_core import NoMedia, PhoneCore
from trunkline.service.sandbox.soft_phone import SoftPhone

CALLER = ("127.0.0.1", 5081)
SANDBOX = ("127.0.0.1", 5090)

Address = tuple[str, int]


class Ports:
    """Where a phone's ports come from; `left` may be set to run out."""

    def __init__(self, first: int) -> None:
        self.opened: list[FakePort] = []
        self.left = 1000
        self._first = first

    def __call__(self) -> FakePort:
        if not self.left:
            raise NoMedia("no free pair of ports")
        self.left -= 1
        port = FakePort(local_port=self._first + 2 * len(self.opened))
        self.opened.append(port)
        return port


@dataclass(slots=True)
class Seen:
    """One message on the wire: seconds since the beginning, where to, what."""

    at: float
    to: Address
    data: bytes

    @property
    def message(self) -> Request | Response:
        return parse(self.data)

    @property
    def word(self) -> str:
        """The method, or the status."""
        message = self.message
        return message.method if isinstance(message, Request) else str(message.status)


def nobody(user: str) -> Behaviour:
    del user
    return (Refuse(480),)


class TwoPhones:
    """A caller and a sandbox phone. `run` lets time pass; `wire` may swallow messages."""

    def __init__(self, choose: Callable[[str], Behaviour], answers_caller: Callable[[str], Behaviour] = nobody) -> None:
        self.clock = FakeClock()
        self.caller_ports, self.sandbox_ports = Ports(41000), Ports(42000)
        self.caller = self._phone("a", CALLER, self.caller_ports, answers_caller)
        self.sandbox = self._phone("s", SANDBOX, self.sandbox_ports, choose)
        self.seen: list[Seen] = []
        self.swallow: Callable[[Seen], bool] = lambda _: False
        self._wire: deque[tuple[Address, Seen]] = deque()

    def _phone(self, name: str, at: Address, ports: Ports, choose: Callable[[str], Behaviour]) -> SoftPhone:
        return SoftPhone(PhoneCore(CountingIds(name), LocalAddress(*at), ports), choose)

    @property
    def now(self) -> Instant:
        return self.clock.now

    def pump(self) -> None:
        """Hand every message on until both are at rest."""
        while self._drain(self.caller, CALLER) or self._drain(self.sandbox, SANDBOX) or self._deliver():
            pass

    def _drain(self, phone: SoftPhone, own: Address) -> bool:
        output = phone.poll()
        if output is None:
            return False
        if isinstance(output, Transmit):
            seen = Seen(self.clock.passed, (output.flow.address, output.flow.port), output.data)
            self.seen.append(seen)
            if not self.swallow(seen):
                self._wire.append((own, seen))
        else:
            phone.on_event(output)
        return True

    def _deliver(self) -> bool:
        if not self._wire:
            return False
        source, seen = self._wire.popleft()
        phone = {CALLER: self.caller, SANDBOX: self.sandbox}.get(seen.to)
        if phone is not None:
            phone.receive(seen.data, Flow("UDP", *source), self.now)
        return True

    def run(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        self.pump()
        until = Instant(self.now + seconds)
        while True:
            due = [at for at in (self.caller.next_deadline(), self.sandbox.next_deadline()) if at is not None]
            if not due or min(due) > until:
                break
            self.clock.leap_to(max(self.now, min(due)))
            self.caller.advance(self.now)
            self.sandbox.advance(self.now)
            self.pump()
        self.clock.leap_to(until)

    def words(self, to: Address, *, methods: str = "") -> list[tuple[float, str]]:
        """What was sent to one of them, with its times; `methods` keeps responses to one method only."""
        return [
            (round(seen.at, 3), seen.word)
            for seen in self.seen
            if seen.to == to and (not methods or seen.message.cseq[1] == methods)
        ]

    def settle(self) -> None:
        """Everything must come to rest: 64*T1 and the timers that follow it."""
        self.run(200.0)
        assert self.caller.is_quiet
        assert self.sandbox.is_quiet
        assert all(port.closed for port in (*self.caller_ports.opened, *self.sandbox_ports.opened))
