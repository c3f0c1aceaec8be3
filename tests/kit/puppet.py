"""A peer that does nothing by itself: a test writes each of its messages and reads each that reached it."""

from collections.abc import Callable

from tests.kit.platform import PLATFORM, TRUNK_HOST
from tests.kit.port import offer_sdp
from tests.kit.wire import Address
from tests.kit.world import World
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.message.message import Header, Request, Response
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow


class Puppet:
    """An actor of the world."""

    def __init__(self, world: World, address: Address, transport: str = "UDP") -> None:
        self.world = world
        self.address = address
        self.transport = transport
        self.requests: list[Request] = []
        self.responses: list[Response] = []
        self.arrivals: list[tuple[float, str]] = []
        """(seconds since the start, start line) of everything that came."""
        self.on_request: Callable[[Request], object] = lambda request: None
        self._branches = 0
        world.attach(address, self)

    # ---- actor

    def receive(self, data: bytes, flow: Flow) -> None:
        message = parse(data)
        self.arrivals.append((self.world.clock.passed, data.split(b"\r\n", 1)[0].decode()))
        if isinstance(message, Response):
            self.responses.append(message)
            return
        self.requests.append(message)
        self.on_request(message)

    def transport_failed(self, flow: Flow, error: str) -> None:
        pass

    def advance(self) -> None:
        pass

    def next_deadline(self) -> Instant | None:
        return None

    # ---- reading

    def got(self, method: str) -> list[Request]:
        """Every request of that method, repetitions included."""
        return [request for request in self.requests if request.method == method]

    def got_status(self, method: str) -> list[int]:
        """Every status of responses to that method."""
        return [response.status for response in self.responses if response.cseq[1] == method]

    def answer_to(self, method: str, status: int) -> Response:
        """The first such response."""
        return next(found for found in self.responses if (found.cseq[1], found.status) == (method, status))

    # ---- writing

    def send(self, data: bytes) -> None:
        self.world.transmit(self.address, Flow(self.transport, *PLATFORM), data)

    def respond(
        self, request: Request, status: int, tag: str = "puppet", sdp: bytes = b"", *headers: tuple[str, str]
    ) -> bytes:
        """Answer; gives the octets so that they can be repeated."""
        response = request.respond(status, to_tag="" if status == 100 else tag)
        if status != 100:
            response.add("Contact", f"<sip:{tag}@{self.address[0]}:{self.address[1]}>")
        for name, value in headers:
            response.add(name, value)
        if sdp:
            response.add("Content-Type", "application/sdp")
            response.body = sdp
        data = response.to_bytes()
        self.send(data)
        return data

    @property
    def sdp(self) -> bytes:
        """An answer or offer of this host."""
        return offer_sdp(self.address[0], codecs="0 101")

    def accept(self, request: Request, tag: str = "puppet") -> bytes:
        return self.respond(request, 200, tag, self.sdp)

    def branch(self) -> str:
        self._branches += 1
        return f"z9hG4bK-puppet{self._branches}"

    def via(self, branch: str = "") -> str:
        return f"SIP/2.0/{self.transport} {self.address[0]}:{self.address[1]};branch={branch or self.branch()};rport"

    def invite(self, number: str, *, call_id: str = "puppet-call", branch: str = "", host: str = TRUNK_HOST) -> Request:
        """Send an INVITE with an offer; gives it as the other side will read it."""
        request = self.composed(number, call_id=call_id, branch=branch, host=host)
        self.send(request.to_bytes())
        return request

    def composed(
        self, number: str, *, call_id: str = "puppet-call", branch: str = "", host: str = TRUNK_HOST
    ) -> Request:
        """The same, for a test to change before it is sent."""
        uri = f"sip:{number}@{host}"
        headers: list[Header] = [
            ("via", "Via", self.via(branch)),
            ("max-forwards", "Max-Forwards", "70"),
            ("from", "From", f"<sip:+12025550101@{self.address[0]}>;tag=puppet"),
            ("to", "To", f"<{uri}>"),
            ("call-id", "Call-ID", call_id),
            ("cseq", "CSeq", "1 INVITE"),
            ("contact", "Contact", f"<sip:puppet@{self.address[0]}:{self.address[1]}>"),
            ("content-type", "Content-Type", "application/sdp"),
        ]
        return Request("INVITE", uri, headers, offer_sdp(self.address[0]))

    def follow(
        self,
        invite: Request,
        method: str,
        *headers: tuple[str, str],
        to: str = "",
        cseq: int = 1,
        via: str = "",
        body: bytes = b"",
    ) -> Request:
        """Send ACK, CANCEL, BYE or re-INVITE of a call that this puppet made; `to` is the answer's To."""
        lines: list[Header] = [
            ("via", "Via", via or self.via()),
            ("max-forwards", "Max-Forwards", "70"),
            ("from", "From", invite.get("from") or ""),
            ("to", "To", to or invite.get("to") or ""),
            ("call-id", "Call-ID", invite.call_id),
            ("cseq", "CSeq", f"{cseq} {method}"),
        ]
        lines += [(name.lower(), name, value) for name, value in headers]
        return self._say(method, invite.uri_text, lines, body)

    def say_back(self, invite: Request, method: str, cseq: int, body: bytes = b"", tag: str = "puppet") -> Request:
        """Send a request in the dialog of a call that was made to this puppet."""
        headers: list[Header] = [
            ("via", "Via", self.via()),
            ("max-forwards", "Max-Forwards", "70"),
            ("from", "From", f"{invite.get('to')};tag={tag}"),
            ("to", "To", invite.get("from") or ""),
            ("call-id", "Call-ID", invite.call_id),
            ("cseq", "CSeq", f"{cseq} {method}"),
        ]
        return self._say(method, f"sip:{PLATFORM[0]}:{PLATFORM[1]}", headers, body)

    def _say(self, method: str, uri: str, headers: list[Header], body: bytes) -> Request:
        given = {header[0] for header in headers}
        if method == "INVITE" and "contact" not in given:
            headers.append(("contact", "Contact", f"<sip:puppet@{self.address[0]}:{self.address[1]}>"))
        if body and "content-type" not in given:
            headers.append(("content-type", "Content-Type", "application/sdp"))
        request = Request(method, uri, headers, body)
        self.send(request.to_bytes())
        return request
