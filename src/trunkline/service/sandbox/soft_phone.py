"""A SIP phone without sockets: one user agent, its calls, and the steps that each of them walks.

It has the five verbs of `platform.sipnet.endpoint.SipUser`; `on_event` takes what `poll` gives. Time is an argument.
"""

from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Final, assert_never

from trunkline.kit.ids import IdSource
from trunkline.kit.instant import Instant, later
from trunkline.kit.timer_queue import TimerQueue
from trunkline.protocol.sdp.errors import SdpError
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.digest.client import answer_challenge, choose_challenge
from trunkline.protocol.sip.digest.errors import UnanswerableChallenge
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.message.reason import REASONS
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.protocol.sip.ua.core import Headers, Identity
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
from trunkline.service.sandbox.behaviour import (
    Answer,
    Behaviour,
    EarlyMedia,
    HangUp,
    Ignore,
    Redirect,
    Refer,
    Refuse,
    Reinvite,
    Ring,
    Sound,
    Step,
    Wait,
)
from trunkline.service.sandbox.call_media import CallMedia
from trunkline.service.sandbox.media_port import MediaPort
from trunkline.service.sandbox.phone_call import CallOrder, Happening, Notice, PhoneCall
from trunkline.service.sandbox.sound import SOUNDS, Sounds

LONGEST_CALL_S: Final = 4 * 3600.0
"""A call whose peer has died unheard ends then."""
_RETRY_S: Final = 0.5
_MAX_NOTICES: Final = 256
_MAX_CHALLENGES: Final = 2
"""The second is for a nonce that went stale in between."""
_UNDERSTOOD: Final = frozenset({"OPTIONS", "INFO", "NOTIFY"})
_ALLOW: Final = "ACK,BYE,CANCEL,INFO,INVITE,NOTIFY,OPTIONS"


class NoMedia(Exception):
    """No port is free for a call's audio; it is refused."""


class _Due(Enum):
    STEP = auto()
    LIMIT = auto()


class _Deaf:
    """Peers' faults are none of a phone's business."""

    def anomaly(self, kind: str, flow: Flow, detail: str) -> None:
        pass


def _unwatched(call: PhoneCall, notice: Notice) -> None:
    pass


class SoftPhone:
    """Places calls, and takes those that come in by the behaviour that `choose` gives for their user part."""

    def __init__(
        self,
        ids: IdSource,
        local: LocalAddress,
        open_port: Callable[[], MediaPort],
        choose: Callable[[str], Behaviour],
        *,
        watch: Callable[[PhoneCall, Notice], None] = _unwatched,
        sounds: Sounds = SOUNDS,
        product: str = "Trunkline Sandbox",
        record_next: Callable[[], Path | None] = lambda: None,
    ) -> None:
        """`open_port` raises NoMedia; `watch` hears of everything that happens, at once; `record_next` names the
        recording of a call that comes in.
        """
        self._ua = UserAgent(ids, local, _Deaf(), identity=Identity(product, _ALLOW))
        self._ids = ids
        self._local = local
        self._open_port = open_port
        self._choose = choose
        self._watch = watch
        self._sounds = sounds
        self._record_next = record_next
        self._timers: TimerQueue[tuple[_Due, PhoneCall]] = TimerQueue()
        self._refusing = False
        self._now = Instant(0.0)
        self.calls: dict[str, PhoneCall] = {}
        """By sid: all whose session is not forgotten yet."""
        self.ignored = 0

    # ---- the five verbs

    def receive(self, data: bytes, flow: Flow, now: Instant) -> None:
        self._now = now
        self._ua.receive(data, flow, now)
        if data.startswith(b"SIP/2.0 ") and b" BYE\r\n" in data:
            self._bye_answered(data)

    def transport_failed(self, flow: Flow, error: str, now: Instant) -> None:
        self._now = now
        self._ua.transport_failed(flow, error, now)

    def advance(self, now: Instant) -> None:
        self._now = now
        self._ua.advance(now)
        while (due := self._timers.pop_due(now)) is not None:
            kind, call = due
            if kind is _Due.LIMIT:
                self.hang_up(call, now)
            else:
                call.timer = None
                self._walk(call, now)

    def next_deadline(self) -> Instant | None:
        ours, theirs = self._timers.next_deadline(), self._ua.next_deadline()
        if ours is None or theirs is None:
            return theirs if ours is None else ours
        return min(ours, theirs)

    def poll(self) -> Transmit | UaEvent | None:
        return self._ua.poll()

    # ---- verbs of the user

    def call(self, order: CallOrder, now: Instant, record_to: Path | None = None) -> PhoneCall:
        """Place a call, and record what is heard to a WAV file; raises NoMedia."""
        self._now = now
        peer = order.request_uri
        call = PhoneCall(self._ids.sid("SC"), peer, now, order.after_answer, order)
        call.record_to = record_to
        self._open_media(call)
        assert call.media is not None  # noqa: S101  opened above
        to_text = f"<{order.request_uri}>"
        offer = InviteOffer(order.request_uri, order.from_text, to_text, call.media.offer())
        self.calls[call.sid] = call
        self._tell(call, Happening.CALLED, peer)
        call.session = self._ua.invite(offer, order.flow, call, now)
        call.limit = self._timers.arm(later(now, order.patience_s), (_Due.LIMIT, call))
        return call

    def hang_up(self, call: PhoneCall, now: Instant) -> None:
        """End a call, whatever its state."""
        self._now = now
        session = call.session
        if call.over or session is None:
            return
        call.released_by_us = True
        self._ua.release(session, now)
        if call.answered or not call.is_outbound:
            self._end(call, 0 if call.answered else 480, "hung up")
        elif call.limit is not None:
            # CANCEL is on its way, or waits for the first 1xx; the final response ends the call.
            self._timers.cancel(call.limit)

    def hang_up_all(self, now: Instant) -> None:
        """Refuse new calls from now on and end those there are."""
        self._refusing = True
        for call in list(self.calls.values()):
            self.hang_up(call, now)

    def send_digits(self, call: PhoneCall, digits: str) -> None:
        """DTMF; raises ValueError where the peer takes none."""
        if call.media is not None and not call.over:
            call.media.port.send_digits(digits)

    @property
    def live(self) -> list[PhoneCall]:
        """Calls that are not over, or whose BYE nobody has answered yet."""
        return [call for call in self.calls.values() if not call.over or (self._said_bye(call) and not call.parted)]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is left at all: for tests."""
        return not (self.calls or self._ua.session_count or self._ua.transaction_count or len(self._timers))

    # ---- telling

    def _tell(self, call: PhoneCall, what: Happening, detail: str = "") -> None:
        notice = Notice(self._now, what, detail)
        if len(call.notices) < _MAX_NOTICES:
            call.notices.append(notice)
        self._watch(call, notice)

    def _end(self, call: PhoneCall, status: int, reason: str) -> None:
        """The call is over for its user; the session may go on for a while."""
        if call.over:
            return
        call.over_at = self._now
        if not call.answered:
            call.status = status
        call.reason = reason
        call.steps.clear()
        for timer in (call.timer, call.limit):
            if timer is not None:
                self._timers.cancel(timer)
        if call.media is not None:
            call.figures = call.media.port.figures()
            call.media.port.close()
        self._tell(call, Happening.RELEASED, reason)

    def _said_bye(self, call: PhoneCall) -> bool:
        session = call.session
        return session is not None and (session.bye_sent or session.bye_wanted)

    def _bye_answered(self, data: bytes) -> None:
        """The user agent keeps the transaction for its timers; whoever waits to leave need not."""
        response = parse(data)
        if not isinstance(response, Response) or response.status < 200:
            return
        key = (response.call_id, response.from_.tag)
        for call in self.calls.values():
            if call.session is not None and call.session.key == key and not call.parted:
                call.parted = True
                self._tell(call, Happening.PARTED)
                return

    # ---- steps

    def _walk(self, call: PhoneCall, now: Instant) -> None:
        while call.steps and not call.over:
            step = call.steps.popleft()
            if isinstance(step, Wait):
                call.timer = self._timers.arm(later(now, step.seconds), (_Due.STEP, call))
                return
            self._take(call, step, now)

    def _take(self, call: PhoneCall, step: Step, now: Instant) -> None:
        session = call.session
        assert session is not None  # noqa: S101  steps begin with the session
        match step:
            case Ring():
                self._ua.progress(session, 180, now)
                self._tell(call, Happening.RANG)
            case EarlyMedia(sound):
                self._early_media(call, session, sound, now)
            case Answer(sound, address):
                self._answer(call, session, sound, address, now)
            case Refuse(status):
                self._refuse(call, session, status, now)
            case Redirect(user):
                where = f"<sip:{user}@{self._local.host}:{self._local.port}>"
                self._refuse(call, session, 302, now, (("Contact", where),))
            case Reinvite():
                self._reinvite(call, session, now)
            case Refer(user):
                self._refer(call, session, user, now)
            case HangUp():
                self.hang_up(call, now)
            case Ignore() | Wait():
                pass  # seen to before a call is made of it, and by `_walk`
            case _:
                assert_never(step)

    def _early_media(self, call: PhoneCall, session: InviteSession, sound: Sound, now: Instant) -> None:
        body = self._answered_offer(call, session, "", now)
        if body is None:
            return
        self._play(call, sound)
        self._ua.progress(session, 183, now, body=body)
        self._tell(call, Happening.PROGRESSED, "183, early media")

    def _answer(self, call: PhoneCall, session: InviteSession, sound: Sound, address: str, now: Instant) -> None:
        body = self._answered_offer(call, session, address, now)
        if body is None:
            return
        self._play(call, sound)
        self._ua.accept(session, body, now)
        self._answered(call, now)

    def _answered_offer(self, call: PhoneCall, session: InviteSession, address: str, now: Instant) -> bytes | None:
        """The SDP of an answer, the same in 183 and 200 (RFC 3261 section 13.2.1); our offer where the INVITE had
        none. None: the INVITE has been refused.
        """
        try:
            media = call.media or self._open_media(call, address)
            if media.own:
                return media.own
            return media.answer(session.request.body) if session.request.body else media.offer()
        except SdpError as error:
            self._refuse(call, session, 488, now, detail=str(error))
        except NoMedia as error:
            self._refuse(call, session, 503, now, detail=str(error))
        return None

    def _refuse(
        self,
        call: PhoneCall,
        session: InviteSession,
        status: int,
        now: Instant,
        headers: Headers = (),
        detail: str = "",
    ) -> None:
        self._ua.refuse(session, status, now, headers=headers)
        call.released_by_us = True
        self._end(call, status, detail or _named(status))

    def _reinvite(self, call: PhoneCall, session: InviteSession, now: Instant) -> None:
        media = call.media
        if media is None:
            return
        if not session.confirmed or media.awaits_answer or session.reinvite_server is not None:
            call.steps.extendleft((Reinvite(), Wait(_RETRY_S)))  # the ACK is still to come, or theirs is pending
            return
        if self._ua.reinvite(session, media.offer(), now):
            self._tell(call, Happening.REINVITED, "ours")

    def _refer(self, call: PhoneCall, session: InviteSession, user: str, now: Instant) -> None:
        remote = session.request.to if session.is_uac else session.request.from_
        target = f"<sip:{user}@{remote.uri.host}>"
        self._ua.request_within(session, "REFER", call, now, headers=(("Refer-To", target),))
        self._tell(call, Happening.TOLD, f"REFER to {user}")

    # ---- media

    def _open_media(self, call: PhoneCall, shown: str = "") -> CallMedia:
        port = self._open_port()
        call.media = CallMedia(port, str(self._ids.number(2**31)), shown)
        if call.record_to is not None:
            port.record(call.record_to)
        return call.media

    def _play(self, call: PhoneCall, sound: Sound) -> None:
        if call.media is not None:
            call.media.port.play(self._sounds[sound]())

    def _answered(self, call: PhoneCall, now: Instant) -> None:
        call.answered_at = now
        call.status = 200
        if call.limit is not None:
            self._timers.cancel(call.limit)
        call.limit = self._timers.arm(later(now, LONGEST_CALL_S), (_Due.LIMIT, call))
        self._tell(call, Happening.ANSWERED)

    def _heed(self, call: PhoneCall, body: bytes, *, final: bool) -> bool:
        """Follow the peer's answer; False when it cannot be used."""
        media = call.media
        if media is None:
            return False
        try:
            if body:
                media.take_answer(body)
        except SdpError as error:
            self._tell(call, Happening.TOLD, f"unusable SDP: {error}")
            return False
        if final:
            media.settled()
        return media.connected

    # ---- events

    def on_event(self, event: object) -> None:
        """What the user agent tells."""
        match event:
            case InviteArrived(session, request, _):
                self._arrived(session, request)
            case RequestArrived(transaction, request, _, _):
                status = 200 if request.method in _UNDERSTOOD else 405
                self._ua.respond(transaction, status, self._now, headers=(("Allow", _ALLOW),))
            case ResponseArrived(PhoneCall() as call, request, response):
                status_text = _named(response.status) if response is not None else "no response"
                self._tell(call, Happening.TOLD, f"{request.method}: {status_text}")
            case SessionEnded(_, PhoneCall() as call):
                self._end(call, 0, "ended")
                self.calls.pop(call.sid, None)
            case _:
                about = getattr(event, "session", None)
                if isinstance(about, InviteSession) and isinstance(about.owner, PhoneCall):
                    self._within(about.owner, about, event)

    def _within(self, call: PhoneCall, session: InviteSession, event: object) -> None:
        match event:
            case InviteProgressed(_, response):
                self._progressed(call, response)
            case InviteAnswered(_, response):
                self._was_answered(call, response)
            case InviteRefused(_, response, failure):
                self._was_refused(call, session, response, failure)
            case LateAnswer():
                self._end(call, 487, "cancelled, answered meanwhile")
            case InviteCancelled():
                self._end(call, 487, "cancelled by the caller")
            case Acknowledged(_, ack):
                self._acknowledged(call, ack)
            case AckMissing():
                self.hang_up(call, self._now)
            case ReinviteArrived(_, request):
                self._reinvited(call, session, request)
            case ReinviteAcknowledged(_, ack):
                self._acknowledged(call, ack)
            case ReinviteAnswered(_, response):
                if not self._heed(call, response.body, final=True):
                    self.hang_up(call, self._now)
            case ReinviteRefused(_, response):
                self._reinvite_refused(call, response)
            case ByeArrived():
                self._end(call, 0, "hung up by the peer")
            case _:
                pass  # seen to in `on_event`

    # ---- calls that came in

    def _arrived(self, session: InviteSession, request: Request) -> None:
        user = request.uri.plain_user
        behaviour = self._choose(user)
        if behaviour == (Ignore(),) and session.invite_server is not None:
            self.ignored += 1
            self._ua.ignore(session.invite_server)
            return
        call = PhoneCall(self._ids.sid("SC"), user, self._now, behaviour, None)
        call.session = session
        session.owner = call
        self.calls[call.sid] = call
        self._tell(call, Happening.WAS_CALLED, f"by {request.from_.uri.plain_user or 'nobody'}")
        if self._refusing:
            self._refuse(call, session, 503, self._now)
            return
        call.record_to = self._record_next()
        self._ua.progress(session, 100, self._now)
        self._walk(call, self._now)

    def _acknowledged(self, call: PhoneCall, ack: Request) -> None:
        """An offer of ours in a 200 has its answer in the ACK (section 13.2.1)."""
        media = call.media
        if not call.over and media is not None and media.awaits_answer and not self._heed(call, ack.body, final=True):
            self.hang_up(call, self._now)

    def _reinvited(self, call: PhoneCall, session: InviteSession, request: Request) -> None:
        media = call.media
        if media is None:
            self._ua.refuse_reinvite(session, 488, self._now)
            return
        was_held = media.held
        try:
            body = media.answer(request.body) if request.body else media.offer()
        except SdpError:
            self._ua.refuse_reinvite(session, 488, self._now)
            return
        self._ua.accept_reinvite(session, body, self._now)
        if media.held != was_held:
            self._tell(call, Happening.HELD if media.held else Happening.RESUMED)
        else:
            self._tell(call, Happening.REINVITED, "theirs")

    # ---- calls that went out

    def _progressed(self, call: PhoneCall, response: Response) -> None:
        if response.status == 100:
            self._tell(call, Happening.TRYING)
            return
        if response.body:
            self._heed(call, response.body, final=False)
        what = Happening.RANG if response.status == 180 else Happening.PROGRESSED
        self._tell(call, what, f"{response.status} {response.reason}" + (", early media" if response.body else ""))

    def _was_answered(self, call: PhoneCall, response: Response) -> None:
        self._answered(call, self._now)
        if not self._heed(call, response.body, final=True) or call.order is None:
            self.hang_up(call, self._now)
            return
        self._play(call, call.order.sound)
        self._walk(call, self._now)

    def _was_refused(self, call: PhoneCall, session: InviteSession, response: Response | None, failure: str) -> None:
        if response is None:
            self._end(call, 0, failure)
        elif response.status not in {401, 407} or not self._authorized(call, session, response):
            detail = response.get("x-twilio-error")
            text = f"{response.status} {response.reason}"
            self._end(call, response.status, f"{text} ({detail})" if detail else text)

    def _authorized(self, call: PhoneCall, session: InviteSession, response: Response) -> bool:
        """Answer a challenge; False when it cannot be, or was already."""
        credential = call.order.credential if call.order is not None else None
        if credential is None or call.attempts >= _MAX_CHALLENGES or call.released_by_us:
            return False
        challenge_name, name = (
            ("proxy-authenticate", "Proxy-Authorization")
            if response.status == 407
            else ("www-authenticate", "Authorization")
        )
        try:
            challenge = choose_challenge(response.get_all(challenge_name))
        except UnanswerableChallenge:
            return False
        if call.attempts and not challenge.stale:
            return False
        call.attempts += 1
        uri = session.request.uri_text
        value = answer_challenge(challenge, "INVITE", uri, credential.username, credential.password, self._ids.token())
        self._ua.invite_again(session, name, value, self._now)
        self._tell(call, Happening.CHALLENGED, f"{response.status}, realm {challenge.realm}")
        return True

    def _reinvite_refused(self, call: PhoneCall, response: Response | None) -> None:
        if call.media is not None:
            call.media.settled()
        status = response.status if response is not None else 408
        self._tell(call, Happening.TOLD, f"new offer refused: {_named(status)}")
        if status in {408, 481}:  # section 14.1: the dialog is gone
            self.hang_up(call, self._now)
        elif status == 491 and call.timer is None and not call.over:
            # Section 14.1: whoever made the Call-ID waits 2.1 to 4 s, the other at most 2 s.
            wait_s = 2.1 + self._ids.number(190) / 100 if call.is_outbound else self._ids.number(200) / 100
            call.steps.extendleft((Reinvite(), Wait(wait_s)))
            self._walk(call, self._now)


def _named(status: int) -> str:
    return f"{status} {REASONS.get(status, 'Unknown')}"
