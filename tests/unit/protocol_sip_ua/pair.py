"""Two user agents face to face on one fake clock, without any network: what one sends, the other gets at once."""

from collections.abc import Callable
from typing import TypeVar

from tests.kit.clock import FakeClock
from tests.kit.ids import CountingIds
from tests.kit.platform import Peculiarities
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.protocol.sip.ua import event as ua
from trunkline.protocol.sip.ua.invite_offer import InviteOffer
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.protocol.sip.ua.user_agent import UserAgent

E = TypeVar("E")
OFFER, ANSWER = b"v=0 offer", b"v=0 answer"


class End:
    """One user agent with everything that it told and sent."""

    def __init__(self, clock: FakeClock, name: str, address: str, transport: str) -> None:
        self.clock = clock
        self.flow = Flow(transport, address, 5060, 1 if transport == "TCP" else 0)
        self.anomalies = Peculiarities()
        self.ua = UserAgent(CountingIds(name), LocalAddress(address, 5060), self.anomalies)
        self.events: list[ua.UaEvent] = []
        self.sent: list[str] = []
        """Methods and statuses in order."""

    def got(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def session(self) -> InviteSession:
        """Of the last event that has one."""
        for event in reversed(self.events):
            session = getattr(event, "session", None)
            if isinstance(session, InviteSession):
                return session
        raise AssertionError("no session yet")

    def take(self, data: bytes, source: Flow) -> None:
        self.ua.receive(data, source, self.clock.now)

    def assert_quiet(self) -> None:
        assert (self.ua.session_count, self.ua.transaction_count, self.ua.timer_count) == (0, 0, 0)


class Pair:
    """`left` calls, `right` is called; `lose` decides which octets are lost."""

    def __init__(self, transport: str = "UDP") -> None:
        self.clock = FakeClock()
        self.left = End(self.clock, "l", "192.0.2.1", transport)
        self.right = End(self.clock, "r", "192.0.2.2", transport)
        self.lose: Callable[[bytes], bool] = lambda data: False

    def run(self) -> None:
        """Exchange until both are silent."""
        moved = True
        while moved:
            moved = self._drain(self.left, self.right) or self._drain(self.right, self.left)

    def _drain(self, end: End, other: End) -> bool:
        moved = False
        while (output := end.ua.poll()) is not None:
            moved = True
            if not isinstance(output, Transmit):
                end.events.append(output)
                continue
            message = parse(output.data)
            end.sent.append(getattr(message, "method", "") or str(getattr(message, "status", "")))
            if not self.lose(output.data):
                other.take(output.data, end.flow)
        return moved

    def wait(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        until = self.clock.now + seconds
        while True:
            due = [at for at in (self.left.ua.next_deadline(), self.right.ua.next_deadline()) if at is not None]
            if not due or min(due) > until:
                break
            self.clock.leap_to(max(min(due), self.clock.now))
            self.left.ua.advance(self.clock.now)
            self.right.ua.advance(self.clock.now)
            self.run()
        self.clock.leap(until - self.clock.now)

    def invite(self, body: bytes = OFFER, owner: object = "caller") -> InviteSession:
        offer = InviteOffer("sip:bob@192.0.2.2", "<sip:alice@192.0.2.1>", "<sip:bob@192.0.2.2>", body)
        session = self.left.ua.invite(offer, self.right.flow, owner, self.clock.now)
        self.run()
        return session

    def answered(self) -> tuple[InviteSession, InviteSession]:
        """Both sides of an answered and acknowledged call."""
        calling = self.invite()
        called = self.right.session
        called.owner = "callee"
        self.right.ua.accept(called, ANSWER, self.clock.now)
        self.run()
        self.left.events.clear()
        self.right.events.clear()
        self.left.sent.clear()
        self.right.sent.clear()
        return calling, called

    def finish(self) -> None:
        """All that was begun ends within three minutes, and nothing is left."""
        self.wait(200.0)
        self.left.assert_quiet()
        self.right.assert_quiet()
