"""Calls that go out: the INVITE, its challenges and its outcome; and what becomes of re-INVITEs of ours."""

from pathlib import Path
from typing import Final

from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.digest.client import answer_challenge, choose_challenge
from trunkline.protocol.sip.digest.errors import UnanswerableChallenge
from trunkline.protocol.sip.message.message import Response
from trunkline.protocol.sip.ua.invite_offer import InviteOffer
from trunkline.service.sandbox.behaviour import Reinvite
from trunkline.service.sandbox.phone_call import CallOrder, Happening, PhoneCall
from trunkline.service.sandbox.phone_core import PhoneCore, named
from trunkline.service.sandbox.steps import Steps

_MAX_CHALLENGES: Final = 2
"""The second is for a nonce that went stale in between."""
_CHALLENGES: Final = {
    401: ("www-authenticate", "Authorization"),
    407: ("proxy-authenticate", "Proxy-Authorization"),
}


class Calling:
    """Places calls and follows each to its answer."""

    __slots__ = ("_core", "_steps")

    def __init__(self, core: PhoneCore, steps: Steps) -> None:
        self._core = core
        self._steps = steps

    def call(self, order: CallOrder, record_to: Path | None) -> PhoneCall:
        """Send the INVITE; raises NoMedia."""
        core = self._core
        call = PhoneCall(core.ids.sid("SC"), order.request_uri, core.now, order.after_answer, order)
        call.record_to = record_to
        body = core.open_media(call).offer()
        core.tell(call, Happening.CALLED, order.request_uri)
        offer = InviteOffer(order.request_uri, order.from_text, f"<{order.request_uri}>", body)
        call.session = core.ua.invite(offer, order.flow, call, core.now)
        core.calls[call.session.key] = call
        core.limit(call, order.patience_s)
        return call

    def progressed(self, call: PhoneCall, response: Response) -> None:
        core = self._core
        if response.status == 100:
            core.tell(call, Happening.TRYING)
            return
        if response.body:
            core.heed(call, response.body, final=False)
        what = Happening.RANG if response.status == 180 else Happening.PROGRESSED
        media = ", early media" if response.body else ""
        core.tell(call, what, f"{response.status} {response.reason}{media}")

    def answered(self, call: PhoneCall, response: Response) -> None:
        core = self._core
        core.answered(call)
        if not core.heed(call, response.body, final=True) or call.order is None:
            core.hang_up(call)
            return
        core.play(call, call.order.sound)
        self._steps.walk(call)

    def refused(self, call: PhoneCall, session: InviteSession, response: Response | None, failure: str) -> None:
        if response is None:
            self._core.end(call, 0, failure)
        elif not self._authorized(call, session, response):
            detail = response.get("x-twilio-error")
            text = f"{response.status} {response.reason}"
            self._core.end(call, response.status, f"{text} ({detail})" if detail else text)

    def _authorized(self, call: PhoneCall, session: InviteSession, response: Response) -> bool:
        """Answer a challenge; False when it is none, cannot be, or was already."""
        core = self._core
        credential = call.order.credential if call.order is not None else None
        if response.status not in _CHALLENGES or credential is None or call.released_by_us:
            return False
        challenged_by, answered_by = _CHALLENGES[response.status]
        try:
            challenge = choose_challenge(response.get_all(challenged_by))
        except UnanswerableChallenge:
            return False
        if call.attempts >= _MAX_CHALLENGES or (call.attempts and not challenge.stale):
            return False
        call.attempts += 1
        uri, cnonce = session.request.uri_text, core.ids.token()
        value = answer_challenge(challenge, "INVITE", uri, credential.username, credential.password, cnonce)
        core.ua.invite_again(session, answered_by, value, core.now)
        core.tell(call, Happening.CHALLENGED, f"{response.status}, realm {challenge.realm}")
        return True

    # ---- re-INVITEs of ours

    def reinvite_answered(self, call: PhoneCall, response: Response) -> None:
        if not self._core.heed(call, response.body, final=True):
            self._core.hang_up(call)

    def reinvite_refused(self, call: PhoneCall, response: Response | None) -> None:
        core, media = self._core, call.media
        if call.over or media is None:
            return
        media.settled()
        status = response.status if response is not None else 408
        core.tell(call, Happening.TOLD, f"new offer refused: {named(status)}")
        if status in {408, 481}:  # RFC 3261 section 14.1: the dialog is gone
            core.hang_up(call)
        elif status == 491:
            # Section 14.1: whoever made the Call-ID waits 2.1 to 4 s, the other at most 2 s.
            wait_s = 2.1 + core.ids.number(190) / 100 if call.is_outbound else core.ids.number(200) / 100
            self._steps.put_off(call, Reinvite(media.holding), wait_s)
            if call.timer is None or not call.timer.armed:
                self._steps.walk(call)
