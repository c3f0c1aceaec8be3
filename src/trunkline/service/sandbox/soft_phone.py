"""A SIP phone without sockets: one user agent, its calls, and the steps that each of them walks.

It has the five verbs of `platform.sipnet.endpoint.SipUser`; `on_event` takes what `poll` gives. Time is an argument.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.errors import MalformedMessage, UnframeableMessage
from trunkline.protocol.sip.message.message import Response
from trunkline.protocol.sip.message.parse import parse
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
from trunkline.service.sandbox.answering import Answering
from trunkline.service.sandbox.behaviour import Behaviour
from trunkline.service.sandbox.calling import Calling
from trunkline.service.sandbox.phone_call import CallOrder, Happening, PhoneCall
from trunkline.service.sandbox.phone_core import ALLOW, Due, PhoneCore, named
from trunkline.service.sandbox.steps import Steps

_UNDERSTOOD: Final = frozenset({"OPTIONS", "INFO", "NOTIFY"})


class SoftPhone:
    """Places calls, and takes those that come in by the behaviour that `choose` gives for their user part."""

    __slots__ = ("_answering", "_calling", "_core", "_steps")

    def __init__(self, core: PhoneCore, choose: Callable[[str], Behaviour]) -> None:
        self._core = core
        self._steps = Steps(core)
        self._answering = Answering(core, self._steps, choose)
        self._calling = Calling(core, self._steps)

    # ---- the five verbs

    def receive(self, data: bytes, flow: Flow, now: Instant) -> None:
        self._core.now = now
        self._core.ua.receive(data, flow, now)
        if data.startswith(b"SIP/2.0 ") and b" BYE\r\n" in data:
            self._bye_answered(data)

    def transport_failed(self, flow: Flow, error: str, now: Instant) -> None:
        self._core.now = now
        self._core.ua.transport_failed(flow, error, now)
        for call in self._core.calls.values():
            if call.over and _awaits_parting(call) and _leads_to(call, flow):
                self._part(call)  # nobody is there to confirm our BYE

    def advance(self, now: Instant) -> None:
        core = self._core
        core.now = now
        core.ua.advance(now)
        while (due := core.timers.pop_due(now)) is not None:
            kind, call = due
            if kind is Due.LIMIT:
                core.hang_up(call)
            else:
                self._steps.walk(call)

    def next_deadline(self) -> Instant | None:
        ours, theirs = self._core.timers.next_deadline(), self._core.ua.next_deadline()
        if ours is None or theirs is None:
            return theirs if ours is None else ours
        return min(ours, theirs)

    def poll(self) -> Transmit | UaEvent | None:
        return self._core.ua.poll()

    # ---- verbs of the user

    def call(self, order: CallOrder, now: Instant, record_to: Path | None = None) -> PhoneCall:
        """Place a call, and record what is heard to a WAV file; raises NoMedia."""
        self._core.now = now
        return self._calling.call(order, record_to)

    def hang_up(self, call: PhoneCall, now: Instant) -> None:
        """End a call, whatever its state."""
        self._core.now = now
        self._core.hang_up(call)

    def hang_up_all(self, now: Instant) -> None:
        """Refuse new calls from now on and end those there are."""
        self._core.refusing = True
        for call in list(self._core.calls.values()):
            self.hang_up(call, now)

    def send_digits(self, call: PhoneCall, digits: str) -> None:
        """DTMF; raises ValueError where the peer takes none."""
        if call.media is not None and not call.over:
            call.media.port.send_digits(digits)

    def keep_in_mind(self, digits: str) -> None:
        """For the next call whose behaviour keys something in, or the one that waits for it."""
        self._core.keypad = digits

    # ---- looking in

    @property
    def live(self) -> list[PhoneCall]:
        """Calls that are not over, or whose BYE nobody has answered yet."""
        return [call for call in self._core.calls.values() if not call.over or _awaits_parting(call)]

    @property
    def ignored(self) -> int:
        """INVITEs that were met with silence, repeats included."""
        return self._answering.ignored

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is left at all."""
        core = self._core
        return not (core.calls or core.ua.session_count or core.ua.transaction_count or len(core.timers))

    # ---- what comes

    def _bye_answered(self, data: bytes) -> None:
        """The user agent keeps the transaction for its timers; whoever waits to leave need not."""
        try:
            response = parse(data)
            key = (response.call_id, response.from_.tag)
        except (MalformedMessage, UnframeableMessage):
            return
        if not isinstance(response, Response) or response.status < 200:
            return
        call = self._core.calls.get(key)
        if call is not None and not call.parted:
            self._part(call)

    def _part(self, call: PhoneCall) -> None:
        call.parted = True
        self._core.tell(call, Happening.PARTED)

    def on_event(self, event: object) -> None:
        """What the user agent tells."""
        core = self._core
        match event:
            case InviteArrived(session, request, _):
                self._answering.arrived(session, request)
            case RequestArrived(transaction, request, _, _):
                if request.method in _UNDERSTOOD:
                    core.ua.respond(transaction, 200, core.now, headers=(("Allow", ALLOW),))
                else:
                    core.ua.respond(transaction, 405, core.now)
            case ResponseArrived(PhoneCall() as call, request, response):
                outcome = named(response.status) if response is not None else "no response"
                core.tell(call, Happening.TOLD, f"{request.method}: {outcome}")
            case SessionEnded(session, PhoneCall() as call):
                core.end(call, 0, "ended")
                core.calls.pop(session.key, None)
            case _:
                about = getattr(event, "session", None)
                if isinstance(about, InviteSession) and isinstance(about.owner, PhoneCall):
                    self._within(about.owner, about, event)

    def _within(self, call: PhoneCall, session: InviteSession, event: object) -> None:
        core = self._core
        match event:
            case InviteProgressed(_, response):
                self._calling.progressed(call, response)
            case InviteAnswered(_, response):
                self._calling.answered(call, response)
            case InviteRefused(_, response, failure):
                self._calling.refused(call, session, response, failure)
            case LateAnswer():
                core.end(call, 487, "cancelled, answered meanwhile")
            case InviteCancelled():
                core.end(call, 487, "cancelled by the caller")
            case Acknowledged(_, ack) | ReinviteAcknowledged(_, ack):
                self._answering.acknowledged(call, ack)
            case AckMissing():
                core.hang_up(call)
            case ReinviteArrived(_, request):
                self._answering.reinvited(call, session, request)
            case ReinviteAnswered(_, response):
                self._calling.reinvite_answered(call, response)
            case ReinviteRefused(response=response):
                self._calling.reinvite_refused(call, response)
            case ByeArrived():
                core.end(call, 0, "hung up by the peer")
            case _:
                pass  # seen to in `on_event`


def _awaits_parting(call: PhoneCall) -> bool:
    session = call.session
    return session is not None and not call.parted and (session.bye_sent or session.bye_wanted)


def _leads_to(call: PhoneCall, flow: Flow) -> bool:
    dialog = call.session.dialog if call.session is not None else None
    if dialog is None:
        return False
    hop = dialog.next_hop()
    return (hop.transport, hop.address, hop.port) == (flow.transport, flow.address, flow.port)
