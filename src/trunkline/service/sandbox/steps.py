"""A call walks the steps of its behaviour, each at its time."""

from typing import Final, assert_never

from trunkline.protocol.sdp.errors import SdpError
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.service.sandbox.behaviour import (
    Answer,
    EarlyMedia,
    HangUp,
    Ignore,
    KeyIn,
    Redirect,
    Refer,
    Refuse,
    Reinvite,
    Ring,
    Sound,
    Step,
    Wait,
)
from trunkline.service.sandbox.phone_call import Happening, PhoneCall
from trunkline.service.sandbox.phone_core import NoMedia, PhoneCore

_RETRY_S: Final = 0.5


class Steps:
    """Takes one step after the other, until one has to wait or the call is over."""

    __slots__ = ("_core",)

    def __init__(self, core: PhoneCore) -> None:
        self._core = core

    def walk(self, call: PhoneCall) -> None:
        """Go on from where the call stands."""
        while call.steps and not call.over:
            step = call.steps.popleft()
            if isinstance(step, Wait):
                self._core.arm(call, step.seconds)
                return
            self._take(call, step)

    def put_off(self, call: PhoneCall, step: Step, seconds: float) -> None:
        """Take this step a little later, before those that are left."""
        call.steps.extendleft((step, Wait(seconds)))

    def _take(self, call: PhoneCall, step: Step) -> None:
        core, session = self._core, call.session
        assert session is not None  # noqa: S101  steps begin with the session
        match step:
            case Ring():
                core.ua.progress(session, 180, core.now)
                core.tell(call, Happening.RANG)
            case EarlyMedia(sound):
                self._early_media(call, session, sound)
            case Answer(sound, address):
                self._answer(call, session, sound, address)
            case Refuse(status):
                core.refuse(call, session, status)
            case Redirect(user):
                core.refuse(call, session, 302, (("Contact", core.local.contact("UDP", user)),))
            case Reinvite(hold):
                self._reinvite(call, session, hold=hold)
            case Refer(user):
                self._refer(call, session, user)
            case KeyIn():
                self._key_in(call)
            case HangUp():
                core.hang_up(call)
            case Ignore() | Wait():
                pass  # seen to before a call is made of it, and by `walk`
            case _:
                assert_never(step)

    def _key_in(self, call: PhoneCall) -> None:
        """What there is to key in, now and as long as the call lasts."""
        core, digits = self._core, self._core.keypad
        if digits and call.media is not None:
            core.keypad = ""
            try:
                call.media.port.send_digits(digits)
            except ValueError as error:
                core.tell(call, Happening.TOLD, str(error))
            else:
                core.tell(call, Happening.TOLD, f"{len(digits)} digits keyed in")
        self.put_off(call, KeyIn(), _RETRY_S)

    def _early_media(self, call: PhoneCall, session: InviteSession, sound: Sound) -> None:
        body = self._sdp(call, session, "")
        if body is not None:
            self._core.play(call, sound)
            self._core.ua.progress(session, 183, self._core.now, body=body)
            self._core.tell(call, Happening.PROGRESSED, "183, early media")

    def _answer(self, call: PhoneCall, session: InviteSession, sound: Sound, address: str) -> None:
        body = self._sdp(call, session, address)
        if body is not None:
            self._core.play(call, sound)
            self._core.ua.accept(session, body, self._core.now)
            self._core.answered(call)

    def _sdp(self, call: PhoneCall, session: InviteSession, address: str) -> bytes | None:
        """The SDP of an answer, the same in 183 and 200 (RFC 3261 section 13.2.1); our offer where the INVITE had
        none. None: the INVITE has been refused.
        """
        core = self._core
        try:
            media = call.media or core.open_media(call, address)
            if media.own:
                return media.own
            return media.answer(session.request.body) if session.request.body else media.offer()
        except SdpError as error:
            core.refuse(call, session, 488, detail=f"unusable SDP: {error}")
        except NoMedia as error:
            core.refuse(call, session, 503, detail=str(error))
        return None

    def _reinvite(self, call: PhoneCall, session: InviteSession, *, hold: bool) -> None:
        media = call.media
        if media is None:
            return
        if not session.confirmed or media.awaits_answer or session.reinvite_server is not None:
            self.put_off(call, Reinvite(hold), _RETRY_S)  # the ACK is still to come, or an offer of theirs is pending
        elif self._core.ua.reinvite(session, media.offer(hold=hold), self._core.now):
            self._core.tell(call, Happening.REINVITED, "ours, to hold" if hold else "ours")

    def _refer(self, call: PhoneCall, session: InviteSession, user: str) -> None:
        remote = session.request.to if session.is_uac else session.request.from_
        headers = (("Refer-To", f"<sip:{user}@{remote.uri.host}>"),)
        if self._core.ua.request_within(session, "REFER", call, self._core.now, headers=headers):
            self._core.tell(call, Happening.TOLD, f"REFER to {user}")
