"""Calls that come in, and the offers that peers make within a call."""

from collections.abc import Callable

from trunkline.protocol.sdp.errors import SdpError
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Request
from trunkline.service.sandbox.behaviour import Behaviour, Ignore
from trunkline.service.sandbox.phone_call import Happening, PhoneCall
from trunkline.service.sandbox.phone_core import PhoneCore
from trunkline.service.sandbox.steps import Steps


class Answering:
    """Gives each INVITE its behaviour by the user part of its Request-URI."""

    __slots__ = ("_choose", "_core", "_steps", "ignored")

    def __init__(self, core: PhoneCore, steps: Steps, choose: Callable[[str], Behaviour]) -> None:
        self._core = core
        self._steps = steps
        self._choose = choose
        self.ignored = 0
        """INVITEs that were met with silence, repeats included."""

    def arrived(self, session: InviteSession, request: Request) -> None:
        core = self._core
        user = request.uri.plain_user
        behaviour = self._choose(user)
        if behaviour == (Ignore(),) and session.invite_server is not None:
            self.ignored += 1
            core.ua.ignore(session.invite_server)
            return
        call = PhoneCall(core.ids.sid("SC"), user, core.now, behaviour, None)
        call.session = session
        session.owner = call
        core.calls[session.key] = call
        core.tell(call, Happening.WAS_CALLED, f"by {request.from_.uri.plain_user or 'nobody'}")
        if core.refusing:
            core.refuse(call, session, 503)
            return
        call.record_to = core.record_next()
        core.ua.progress(session, 100, core.now)
        self._steps.walk(call)

    def acknowledged(self, call: PhoneCall, ack: Request) -> None:
        """An offer of ours in a 200 has its answer in the ACK (RFC 3261 section 13.2.1)."""
        media = call.media
        if call.over or media is None or not media.awaits_answer:
            return
        if not self._core.heed(call, ack.body, final=True):
            self._core.hang_up(call)

    def reinvited(self, call: PhoneCall, session: InviteSession, request: Request) -> None:
        core, media = self._core, call.media
        if media is None:
            core.ua.refuse_reinvite(session, 488, core.now)
            return
        was_held = media.held
        try:
            body = media.answer(request.body) if request.body else media.offer()
        except SdpError:
            core.ua.refuse_reinvite(session, 488, core.now)
            return
        core.ua.accept_reinvite(session, body, core.now)
        if media.held == was_held:
            core.tell(call, Happening.REINVITED, "theirs")
        else:
            core.tell(call, Happening.HELD if media.held else Happening.RESUMED)
