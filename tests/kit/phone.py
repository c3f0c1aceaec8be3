"""A phone or a carrier's gateway: a user agent of its own that behaves by a script and keeps a ledger of its calls."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.kit.facts import PASSWORD, USER
from tests.kit.ids import CountingIds
from tests.kit.platform import PLATFORM, TRUNK_HOST, Peculiarities
from tests.kit.port import offer_sdp
from tests.kit.wire import Address
from tests.kit.world import World
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.invite_session import InviteSession, SessionState
from trunkline.protocol.sip.digest.client import answer_challenge, choose_challenge
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.protocol.sip.ua.event import (
    AckMissing,
    Acknowledged,
    ByeArrived,
    InviteAnswered,
    InviteArrived,
    InviteCancelled,
    InviteProgressed,
    InviteRefused,
    LateAnswer,
    ReinviteAcknowledged,
    ReinviteAnswered,
    ReinviteArrived,
    ReinviteRefused,
    RequestArrived,
    ResponseArrived,
    SessionEnded,
    UaEvent,
)
from trunkline.protocol.sip.ua.invite_offer import InviteOffer
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.protocol.sip.ua.user_agent import UserAgent

GIVES_UP_S = 200.0
"""No phone rings for ever: it answers 480 by itself at last."""


@dataclass(slots=True)
class Script:
    """How a phone behaves; times are seconds from the INVITE, `hang_up_after` and `reinvite_after` from the answer."""

    trying: bool = True
    ring_after: float | None = 0.1
    early_media: bool = False
    answer_after: float | None = 0.5
    refuse_with: int = 0
    """Answer with this instead of 200."""
    hang_up_after: float | None = None
    reinvite_after: float | None = None
    ask_after: float | None = None
    """A re-INVITE without an offer."""
    late: bool = False
    """Calls without an offer and answers the one that comes; `late_answer` is its answer."""
    late_answer: bytes | None = None
    cancel_after: float | None = None
    refuse_reinvite_with: int = 0


@dataclass(slots=True)
class PhoneCall:
    """One call as one phone saw it."""

    number: str
    script: Script
    session: InviteSession | None
    invited_at: Instant
    rang_at: Instant | None = None
    answered_at: Instant | None = None
    ended_at: Instant | None = None
    end: str = ""
    """`bye sent`, `bye received`, `cancel sent`, `cancelled`, `answered too late`, a status, or `timeout`."""
    statuses: list[int] = field(default_factory=list)
    sdp: bytes = b""
    """The last SDP that the other side gave."""
    headers: list[tuple[str, str]] = field(default_factory=list)
    """Of the refusal."""
    reinvites: list[int] = field(default_factory=list)
    """Final status of each re-INVITE sent; 0 for none."""
    reinvited: int = 0
    """Re-INVITEs received."""
    reoffers: list[bytes] = field(default_factory=list)
    """Their SDP."""
    late_answers: list[bytes] = field(default_factory=list)
    """SDP of the ACKs to re-INVITEs received."""

    @property
    def over(self) -> bool:
        return self.ended_at is not None


class Phone:
    """An actor of the world; `world` also carries its timers."""

    def __init__(self, world: World, address: Address, name: str, script: Script | None = None, seed: int = 0) -> None:
        self.world = world
        self.address = address
        self.script = script or Script()
        self.ua = UserAgent(CountingIds(name, seed), LocalAddress(address[0], address[1]), Peculiarities())
        self.calls: list[PhoneCall] = []
        self.gate: Callable[[bytes], bytes | None] = lambda data: data
        """Sees each message before it leaves; may change it, or keep it by giving None."""
        self.dead = False
        """Its host is gone: what it still believes does not count."""
        self.deaf = False
        """Hears nothing at all."""
        world.attach(address, self)

    # ---- actor

    def receive(self, data: bytes, flow: Flow) -> None:
        if not self.deaf:
            self.ua.receive(data, flow, self.world.now)
            self.pump()

    def transport_failed(self, flow: Flow, error: str) -> None:
        self.ua.transport_failed(flow, error, self.world.now)
        self.pump()

    def advance(self) -> None:
        self.ua.advance(self.world.now)
        self.pump()

    def next_deadline(self) -> Instant | None:
        return self.ua.next_deadline()

    def pump(self) -> None:
        while (output := self.ua.poll()) is not None:
            if isinstance(output, Transmit):
                data = self.gate(output.data)
                if data is not None:
                    self.world.transmit(self.address, output.flow, data)
            else:
                self._heard(output)

    def assert_quiet(self) -> None:
        """Knows that every call has ended, and holds nothing of any."""
        if self.dead:
            return
        assert all(call.over for call in self.calls), [call for call in self.calls if not call.over]
        assert self.ua.session_count == 0, self.ua.sessions()
        assert self.ua.transaction_count == 0
        assert self.ua.timer_count == 0

    @property
    def call_made(self) -> PhoneCall:
        """The only call."""
        assert len(self.calls) == 1
        return self.calls[0]

    # ---- calling

    def dial(
        self,
        number: str,
        script: Script | None = None,
        *,
        caller: str = "+12025550101",
        host: str = TRUNK_HOST,
        transport: str = "UDP",
        sdp: bytes | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> PhoneCall:
        """Call through the platform."""
        call = PhoneCall(number, script or Script(), None, self.world.now)
        uri = f"sip:{number}@{host}"
        body = offer_sdp(self.address[0]) if sdp is None and not call.script.late else sdp or b""
        offer = InviteOffer(
            uri, f'"Alice" <sip:{caller}@{self.address[0]}>', f"<{uri}>", body, headers, contact_user="alice"
        )
        call.session = self.ua.invite(offer, Flow(transport, *PLATFORM), call, self.world.now)
        self.calls.append(call)
        self.pump()
        if call.script.cancel_after is not None:
            self.world.after(call.script.cancel_after, lambda: self.cancel(call))
        return call

    def cancel(self, call: PhoneCall) -> None:
        """Give a call up that is not answered."""
        if not call.over and call.answered_at is None and call.session is not None:
            self.ua.release(call.session, self.world.now)
            self.pump()

    def hang_up(self, call: PhoneCall) -> None:
        """Say goodbye."""
        session = call.session
        if not call.over and session is not None and session.state is SessionState.CONFIRMED:
            self.ua.release(session, self.world.now)
            self._end(call, "bye sent")
            self.pump()

    def reinvite(self, call: PhoneCall, way: str = "sendonly") -> bool:
        """Put the other side on hold, or back."""
        assert call.session is not None
        sdp = offer_sdp(self.address[0], version=2 + len(call.reinvites), way=way)
        sent = self.ua.reinvite(call.session, sdp, self.world.now)
        self.pump()
        return sent

    def ask(self, call: PhoneCall) -> bool:
        """Send a re-INVITE without an offer; the offer that comes is answered."""
        assert call.session is not None
        sent = self.ua.reinvite(call.session, b"", self.world.now)
        self.pump()
        return sent

    # ---- events

    def _heard(self, event: UaEvent) -> None:
        match event:
            case InviteArrived(session=session, request=request):
                self._rung(session, request)
            case RequestArrived(transaction=transaction):
                self.ua.respond(transaction, 200, self.world.now)
            case SessionEnded(owner=PhoneCall() as call):
                self._end(call, "lost")
            case ResponseArrived() | SessionEnded():
                return
            case _:
                if isinstance(event.session.owner, PhoneCall):
                    self._told(event.session.owner, event)

    def _told(self, call: PhoneCall, event: UaEvent) -> None:
        match event:
            case InviteProgressed(response=response):
                call.statuses.append(response.status)
                if response.status >= 180 and call.rang_at is None:
                    call.rang_at = self.world.now
                call.sdp = response.body or call.sdp
            case InviteAnswered(session=session, response=response):
                call.statuses.append(response.status)
                call.sdp = response.body
                if session.state is SessionState.ANSWERED:
                    answer = call.script.late_answer
                    answer = offer_sdp(self.address[0], codecs="8 101") if answer is None else answer
                    self.ua.acknowledge(session, answer, self.world.now)
                self._talk(call)
            case InviteRefused(session=session, response=None):
                self._end(call, "cancel sent" if session.cancel_wanted else "timeout")
            case InviteRefused(session=session, response=Response() as response):
                self._refused(call, session, response)
            case InviteCancelled():
                self._end(call, "cancelled")
            case LateAnswer():
                self._end(call, "answered too late")
            case Acknowledged():
                self._confirmed(call)
            case AckMissing(session=session):
                self._end(call, "no ack")
                self.ua.release(session, self.world.now)
            case ByeArrived():
                self._end(call, "bye received")
            case ReinviteArrived(session=session, request=request):
                call.reoffers.append(request.body)
                self._reinvited(call, session)
            case ReinviteAcknowledged(ack=ack):
                call.late_answers.append(ack.body)
            case ReinviteAnswered(session=session, response=response):
                call.reinvites.append(response.status)
                call.sdp = response.body
                if session.reinvite_answered:
                    answer = offer_sdp(self.address[0], codecs="0 101", version=2 + len(call.reinvites))
                    self.ua.acknowledge(session, answer, self.world.now)
            case ReinviteRefused(response=refusal):
                call.reinvites.append(0 if refusal is None else refusal.status)
            case _:
                return

    def _refused(self, call: PhoneCall, session: InviteSession, response: Response) -> None:
        call.statuses.append(response.status)
        if response.status == 407 and call.statuses.count(407) < 3 and not session.cancel_wanted:
            challenge = choose_challenge(response.get_all("proxy-authenticate"))
            answer = answer_challenge(challenge, "INVITE", session.request.uri_text, USER, PASSWORD, "0a4f113b")
            self.ua.invite_again(session, "Proxy-Authorization", answer, self.world.now)
            return
        call.headers = [(name, value) for _, name, value in response.headers]
        self._end(call, "cancel sent" if session.cancel_wanted else str(response.status))

    def _talk(self, call: PhoneCall) -> None:
        call.answered_at = self.world.now
        if call.script.hang_up_after is not None:
            self.world.after(call.script.hang_up_after, lambda: self.hang_up(call))
        if call.script.reinvite_after is not None:
            self.world.after(call.script.reinvite_after, lambda: self._reinvite_if_up(call))

        if call.script.ask_after is not None:
            self.world.after(call.script.ask_after, lambda: self._ask_if_up(call))

    def _ask_if_up(self, call: PhoneCall) -> None:
        if not call.over:
            self.ask(call)

    def _reinvite_if_up(self, call: PhoneCall) -> None:
        if not call.over:
            self.reinvite(call)

    def _confirmed(self, call: PhoneCall) -> None:
        if not call.over:
            self._talk(call)

    def _end(self, call: PhoneCall, how: str) -> None:
        if call.ended_at is None:
            call.ended_at = self.world.now
            call.end = how

    # ---- being called

    def _rung(self, session: InviteSession, request: Request) -> None:
        script = self.script
        call = PhoneCall(request.uri.plain_user, script, session, self.world.now, sdp=request.body)
        session.owner = call
        self.calls.append(call)
        if script.trying:
            self.ua.progress(session, 100, self.world.now)
        if script.ring_after is not None:
            self.world.after(script.ring_after, lambda: self._ring(call, session))
        if script.answer_after is not None:
            self.world.after(script.answer_after, lambda: self._answer(call, session))

        else:
            self.world.after(GIVES_UP_S, lambda: self._give_up(call, session))

    def _give_up(self, call: PhoneCall, session: InviteSession) -> None:
        if not call.over:
            self.ua.refuse(session, 480, self.world.now)
            self._end(call, "refused 480")
            self.pump()

    def _ring(self, call: PhoneCall, session: InviteSession) -> None:
        if not call.over:
            call.rang_at = self.world.now
            if call.script.early_media:
                self.ua.progress(session, 183, self.world.now, body=offer_sdp(self.address[0], codecs="0 101"))
            else:
                self.ua.progress(session, 180, self.world.now)
            self.pump()

    def _answer(self, call: PhoneCall, session: InviteSession) -> None:
        if call.over:
            return
        if call.script.refuse_with:
            self.ua.refuse(session, call.script.refuse_with, self.world.now)
            self._end(call, f"refused {call.script.refuse_with}")
        else:
            self.ua.accept(session, offer_sdp(self.address[0], codecs="0 101"), self.world.now)
        self.pump()

    def _reinvited(self, call: PhoneCall, session: InviteSession) -> None:
        call.reinvited += 1
        if call.script.refuse_reinvite_with:
            self.ua.refuse_reinvite(session, call.script.refuse_reinvite_with, self.world.now)
        else:
            self.ua.accept_reinvite(session, offer_sdp(self.address[0], codecs="0 101"), self.world.now)
