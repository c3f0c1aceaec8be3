"""The phone of the platform without sockets: one user agent, and the talk of each call.

It has the five verbs of `platform.sipnet.endpoint.SipUser`; `on_event` takes what `poll` gives.
"""

from collections.abc import Callable
from functools import partial
from math import ceil
from typing import Final, Protocol, assert_never

from trunkline.domain.trunk.own_call import OwnCall
from trunkline.domain.validation.dialogue import (
    LONGEST_S,
    CheckCode,
    CodeVerdict,
    Command,
    GiveUp,
    HangUp,
    KeyIn,
    Phase,
    Play,
)
from trunkline.kit.ids import AccountSid, CallSid, IdSource
from trunkline.kit.instant import Instant
from trunkline.kit.timer_queue import TimerQueue
from trunkline.platform.media.audio import Silence
from trunkline.platform.media.call_media import CallMedia
from trunkline.platform.media.media_port import MediaPort
from trunkline.platform.store.caller_id_validation import ValidationOrder
from trunkline.protocol.sdp.errors import SdpError
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.protocol.sip.ua.core import Identity
from trunkline.protocol.sip.ua.event import (
    ByeAnswered,
    ByeArrived,
    InviteAnswered,
    InviteArrived,
    InviteRefused,
    ReinviteArrived,
    RequestArrived,
    SessionEnded,
    UaEvent,
)
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.voice.placing import Placing
from trunkline.service.voice.prompt import prompt_source
from trunkline.service.voice.validation_call import ValidationCall

ALLOW: Final = "ACK,BYE,CANCEL,INVITE,OPTIONS"
_SESSION_ID_BITS: Final = 31


class Book(Protocol):
    """Where requests are settled; nothing here waits."""

    def check(self, call_sid: str, code: str, done: Callable[[CodeVerdict], None]) -> None:
        """`done` is called once, unless the process ends before."""
        ...

    def fail(self, call_sid: str, reason: str) -> None: ...


class _Deaf:
    """Peers' faults are the gateway's business, which is the only peer."""

    def anomaly(self, kind: str, flow: Flow, detail: str) -> None:
        pass


class Line:
    """Calls numbers and asks for their codes."""

    __slots__ = ("_book", "_calls", "_clock", "_ids", "_open_port", "_placing", "_timers", "_ua", "_unaware", "_wake")

    def __init__(
        self,
        ids: IdSource,
        local: LocalAddress,
        placing: Placing,
        book: Book,
        open_port: Callable[[], MediaPort],
        clock: Callable[[], Instant],
        wake: Callable[[], None],
    ) -> None:
        """`wake` has the pump look again: digits and verdicts come from outside it."""
        self._ua = UserAgent(ids, local, _Deaf(), identity=Identity("Trunkline Voice", ALLOW))
        self._ids = ids
        self._placing = placing
        self._book = book
        self._open_port = open_port
        self._clock = clock
        self._wake = wake
        self._timers: TimerQueue[ValidationCall] = TimerQueue()
        self._calls: dict[str, ValidationCall] = {}
        """By Call SID: those whose session is not forgotten yet."""
        self._unaware: set[str] = set()
        """Those whose far end may still think that there is a call."""

    # ---- the five verbs

    def receive(self, data: bytes, flow: Flow, now: Instant) -> None:
        self._ua.receive(data, flow, now)

    def transport_failed(self, flow: Flow, error: str, now: Instant) -> None:
        self._ua.transport_failed(flow, error, now)

    def advance(self, now: Instant) -> None:
        self._ua.advance(now)
        while (call := self._timers.pop_due(now)) is not None:
            call.timer = None
            call.dialogue.advance(now)
            self._drive(call, now)

    def next_deadline(self) -> Instant | None:
        ours, theirs = self._timers.next_deadline(), self._ua.next_deadline()
        if ours is None or theirs is None:
            return theirs if ours is None else ours
        return min(ours, theirs)

    def poll(self) -> Transmit | UaEvent | None:
        return self._ua.poll()

    # ---- verbs of the user

    def call(self, order: ValidationOrder) -> None:
        """Call a number; raises OSError where no port is free."""
        now = self._clock()
        port = self._open_port()
        call = ValidationCall(order, CallMedia(port, str(self._ids.number(1 << _SESSION_ID_BITS))), now)
        port.on_digit = partial(self._heard, call)
        own = OwnCall(CallSid(order.call_sid), AccountSid(order.account_sid), ceil(LONGEST_S))
        offer, flow = self._placing.invite(own, order.phone_number, call.media.offer())
        call.session = self._ua.invite(offer, flow, call, now)
        self._calls[order.call_sid] = call
        self._unaware.add(order.call_sid)
        self._drive(call, now)
        self._wake()

    def stop(self, reason: str) -> None:
        """End every call."""
        now = self._clock()
        for call in list(self._calls.values()):
            call.dialogue.stop(reason)
            self._drive(call, now)
        self._wake()

    def __len__(self) -> int:
        """Calls whose talk is not over."""
        return sum(call.dialogue.phase is not Phase.OVER for call in self._calls.values())

    @property
    def is_quiet(self) -> bool:
        """Whether every peer knows that its call is over."""
        return not self._unaware

    # ---- what comes

    def _heard(self, call: ValidationCall, digit: str) -> None:
        now = self._clock()
        if call.dialogue.phase is Phase.ASKING:
            call.media.port.play(Silence())
        call.dialogue.heard(digit, now)
        self._drive(call, now)
        self._wake()

    def _checked(self, call: ValidationCall, verdict: CodeVerdict) -> None:
        now = self._clock()
        call.dialogue.checked(verdict, now)
        self._drive(call, now)
        self._wake()

    def on_event(self, event: object) -> None:
        """What the user agent tells."""
        now = self._clock()
        match event:
            case InviteArrived(session):
                self._ua.refuse(session, 404, now)  # nobody is to be called here
            case RequestArrived(transaction, request):
                if request.method == "OPTIONS":
                    self._ua.respond(transaction, 200, now, headers=(("Allow", ALLOW),))
                else:
                    self._ua.respond(transaction, 405, now)
            case SessionEnded(_, ValidationCall() as call):
                self._gone(call, "the call is gone", now)
                self._calls.pop(call.order.call_sid, None)
            case _:
                about = getattr(event, "session", None)
                if isinstance(about, InviteSession) and isinstance(about.owner, ValidationCall):
                    self._within(about.owner, about, event, now)

    def _within(self, call: ValidationCall, session: InviteSession, event: object, now: Instant) -> None:
        match event:
            case InviteAnswered(_, response):
                self._answered(call, response, now)
            case InviteRefused(_, response, failure):
                self._gone(call, failure if response is None else f"{response.status} {response.reason}", now)
            case ByeArrived():
                self._gone(call, "hung up by the called one", now)
            case ByeAnswered():
                self._unaware.discard(call.order.call_sid)
            case ReinviteArrived(_, request):
                self._reinvited(call, session, request, now)
            case _:
                pass  # progress, late answers and their like change nothing here

    def _answered(self, call: ValidationCall, response: Response, now: Instant) -> None:
        try:
            call.media.take_answer(response.body)
        except SdpError as fault:
            self._left(call, f"unusable SDP: {fault}", now)
            return
        call.media.settled()
        call.media.port.play(Silence())
        call.dialogue.answered(now)
        self._drive(call, now)

    def _reinvited(self, call: ValidationCall, session: InviteSession, request: Request, now: Instant) -> None:
        """Hold, or another address: answered as any phone does."""
        try:
            body = call.media.answer(request.body) if request.body else call.media.offer()
        except SdpError:
            self._ua.refuse_reinvite(session, 488, now)
        else:
            self._ua.accept_reinvite(session, body, now)

    def _gone(self, call: ValidationCall, reason: str, now: Instant) -> None:
        self._unaware.discard(call.order.call_sid)
        self._left(call, reason, now)

    def _left(self, call: ValidationCall, reason: str, now: Instant) -> None:
        call.dialogue.left(reason, now)
        self._drive(call, now)

    # ---- what the talk wants

    def _drive(self, call: ValidationCall, now: Instant) -> None:
        while (command := call.dialogue.poll()) is not None:
            self._carry_out(call, command, now)
        if call.timer is not None:
            self._timers.cancel(call.timer)
        deadline = call.dialogue.deadline
        call.timer = None if deadline is None else self._timers.arm(deadline, call)

    def _carry_out(self, call: ValidationCall, command: Command, now: Instant) -> None:
        port, call_sid = call.media.port, call.order.call_sid
        match command:
            case Play(prompt):
                port.play(prompt_source(prompt))
            case KeyIn(digits):
                self._key_in(port, digits)
            case CheckCode(code):
                self._book.check(call_sid, code, partial(self._checked, call))
            case GiveUp(reason):
                self._book.fail(call_sid, reason)
            case HangUp():
                port.close()
                if call.session is not None:
                    self._ua.release(call.session, now)
            case _:
                assert_never(command)

    def _key_in(self, port: MediaPort, digits: str) -> None:
        try:
            port.send_digits(digits)
        except ValueError:
            return  # a peer without telephone-events has no use for them, and its own digits will not come either
