"""Messages by hand, for peers that do what no phone of ours does."""

from collections.abc import Callable
from pathlib import Path

from tests.kit.clock import FakeClock
from tests.kit.ids import CountingIds
from tests.kit.media_port import FakePort
from tests.unit.service_sandbox.two_phones import SANDBOX, Address, Ports, Seen, nobody
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.service.sandbox.behaviour import Behaviour, Sound
from trunkline.service.sandbox.phone_call import CallOrder, Credential, PhoneCall
from trunkline.service.sandbox.phone_core import PhoneCore, unrecorded
from trunkline.service.sandbox.soft_phone import SoftPhone

PEER: Address = ("127.0.0.1", 5099)
PEER_FLOW = Flow("UDP", *PEER)
OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.9\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\n"
    b"m=audio 43000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)


def request(
    method: str,
    user: str = "echo",
    *,
    body: bytes = b"",
    to_tag: str = "",
    cseq: int = 1,
    branch: str = "1",
    call_id: str = "by-hand",
) -> bytes:
    """A request of the peer's, well formed."""
    tag = f";tag={to_tag}" if to_tag else ""
    content = "Content-Type: application/sdp\r\n" if body else ""
    head = (
        f"{method} sip:{user}@{SANDBOX[0]}:{SANDBOX[1]} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {PEER[0]}:{PEER[1]};branch=z9hG4bK-{branch};rport\r\n"
        f"Max-Forwards: 70\r\n"
        f"From: <sip:+12025550100@{PEER[0]}>;tag=peer\r\n"
        f"To: <sip:{user}@{SANDBOX[0]}>{tag}\r\n"
        f"Call-ID: {call_id}\r\n"
        f"CSeq: {cseq} {method}\r\n"
        f"Contact: <sip:{PEER[0]}:{PEER[1]}>\r\n"
        f"{content}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Alone:
    """One phone of ours; its peer is the test, which sees every message and answers as it likes."""

    def __init__(
        self, choose: Callable[[str], Behaviour] = nobody, record_next: Callable[[], Path | None] = unrecorded
    ) -> None:
        self.clock = FakeClock()
        self.ports = Ports(42000)
        core = PhoneCore(CountingIds("s"), LocalAddress(*SANDBOX), self.ports, record_next=record_next)
        self.phone = SoftPhone(core, choose)
        self.seen: list[Seen] = []

    @property
    def now(self) -> Instant:
        return self.clock.now

    @property
    def port(self) -> FakePort:
        """The first one opened."""
        return self.ports.opened[0]

    def pump(self) -> None:
        while (output := self.phone.poll()) is not None:
            if isinstance(output, Transmit):
                to = (output.flow.address, output.flow.port)
                self.seen.append(Seen(self.clock.passed, to, output.data))
            else:
                self.phone.on_event(output)

    def send(self, data: bytes) -> None:
        """From the peer to the phone."""
        self.phone.receive(data, PEER_FLOW, self.now)
        self.pump()

    def respond(self, status: int, *headers: tuple[str, str], body: bytes = b"", to: Seen | None = None) -> None:
        """Answer a request of the phone's, the latest if none is named."""
        request = (to or self.seen[-1]).message
        assert isinstance(request, Request)
        response = request.respond(status, to_tag="peer" if status > 100 else "")
        for name, value in (*headers, ("Contact", f"<sip:{PEER[0]}:{PEER[1]}>")):
            response.add(name, value)
        if body:
            response.add("Content-Type", "application/sdp")
            response.body = body
        self.send(response.to_bytes())

    def call(
        self, *, credential: Credential | None = None, after: Behaviour = (), record_to: Path | None = None
    ) -> PhoneCall:
        """Have the phone call the peer."""
        order = CallOrder(f"sip:them@{PEER[0]}", "<sip:us@127.0.0.1>", PEER_FLOW, Sound.TONE, credential, after)
        placed = self.phone.call(order, self.now, record_to)
        self.pump()
        return placed

    def run(self, seconds: float) -> None:
        until = Instant(self.now + seconds)
        while (due := self.phone.next_deadline()) is not None and due <= until:
            self.clock.leap_to(max(self.now, due))
            self.phone.advance(self.now)
            self.pump()
        self.clock.leap_to(until)

    @property
    def words(self) -> list[str]:
        return [seen.word for seen in self.seen]

    def last(self, word: str) -> Seen:
        """The latest message that is this method or status."""
        return next(seen for seen in reversed(self.seen) if seen.word == word)

    def settle(self) -> None:
        self.run(200.0)
        assert self.phone.is_quiet
        assert all(port.closed for port in self.ports.opened)
