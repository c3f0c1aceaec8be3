"""What the parts of a phone share: its user agent, its calls, its timers, and how a call is told of and ended."""

from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Final

from trunkline.kit.ids import IdSource
from trunkline.kit.instant import Instant, later
from trunkline.kit.timer_queue import TimerQueue
from trunkline.platform.media.call_media import CallMedia
from trunkline.platform.media.media_port import MediaPort
from trunkline.protocol.sdp.errors import SdpError
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.reason import REASONS
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.ua.core import Headers, Identity
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.sandbox.behaviour import Sound
from trunkline.service.sandbox.phone_call import Happening, Notice, PhoneCall
from trunkline.service.sandbox.sound import SOUNDS, Sounds

LONGEST_CALL_S: Final = 4 * 3600.0
"""A call whose peer has died unheard ends then."""
ALLOW: Final = "ACK,BYE,CANCEL,INFO,INVITE,NOTIFY,OPTIONS"
_MAX_NOTICES: Final = 256

Watch = Callable[[PhoneCall, Notice], None]


class NoMedia(Exception):
    """No port is free for a call's audio; it is refused."""


class Due(Enum):
    """What a call's timers are for."""

    STEP = auto()
    LIMIT = auto()


class _Deaf:
    """Peers' faults are none of a phone's business."""

    def anomaly(self, kind: str, flow: Flow, detail: str) -> None:
        pass


def unwatched(call: PhoneCall, notice: Notice) -> None:
    """For whom nobody looks on."""
    del call, notice


def unrecorded() -> None:
    """For what nobody wants to hear again."""


class PhoneCore:
    """Every part of the phone writes through these verbs, so that calls have one exit."""

    __slots__ = (
        "_open_port",
        "_sounds",
        "_watch",
        "calls",
        "ids",
        "keypad",
        "local",
        "now",
        "record_next",
        "refusing",
        "timers",
        "ua",
    )

    def __init__(
        self,
        ids: IdSource,
        local: LocalAddress,
        open_port: Callable[[], MediaPort],
        watch: Watch = unwatched,
        sounds: Sounds = SOUNDS,
        product: str = "Trunkline Sandbox",
        record_next: Callable[[], Path | None] = unrecorded,
    ) -> None:
        self.ua = UserAgent(ids, local, _Deaf(), identity=Identity(product, ALLOW))
        self.ids = ids
        self.local = local
        self.record_next = record_next
        self.timers: TimerQueue[tuple[Due, PhoneCall]] = TimerQueue()
        self.refusing = False
        self.keypad = ""
        """What the phone's user is to key in next."""
        self.now = Instant(0.0)
        self.calls: dict[tuple[str, str], PhoneCall] = {}
        """By Call-ID and local tag: all whose session is not forgotten yet."""
        self._open_port = open_port
        self._watch = watch
        self._sounds = sounds

    # ---- telling

    def tell(self, call: PhoneCall, what: Happening, detail: str = "") -> None:
        notice = Notice(self.now, what, detail)
        if len(call.notices) < _MAX_NOTICES:
            call.notices.append(notice)
        self._watch(call, notice)

    def arm(self, call: PhoneCall, seconds: float) -> None:
        """The next step, in a while."""
        call.timer = self.timers.arm(later(self.now, seconds), (Due.STEP, call))

    def limit(self, call: PhoneCall, seconds: float | None) -> None:
        """The latest end of a call, or None for none."""
        if call.limit is not None:
            self.timers.cancel(call.limit)
        call.limit = None if seconds is None else self.timers.arm(later(self.now, seconds), (Due.LIMIT, call))

    # ---- the life of a call

    def answered(self, call: PhoneCall) -> None:
        call.answered_at = self.now
        call.status = 200
        self.limit(call, LONGEST_CALL_S)
        self.tell(call, Happening.ANSWERED)

    def refuse(
        self, call: PhoneCall, session: InviteSession, status: int, headers: Headers = (), detail: str = ""
    ) -> None:
        """Answer an INVITE with a final response of 300 or above."""
        self.ua.refuse(session, status, self.now, headers=headers)
        call.released_by_us = True
        self.end(call, status, detail or named(status))

    def hang_up(self, call: PhoneCall) -> None:
        """End a call, whatever its state."""
        session = call.session
        if call.over or session is None:
            return
        call.released_by_us = True
        self.ua.release(session, self.now)
        if call.answered or not call.is_outbound:
            self.end(call, 0 if call.answered else 480, "hung up")
        else:
            # CANCEL is on its way, or waits for the first 1xx; the final response ends the call.
            self.limit(call, None)

    def end(self, call: PhoneCall, status: int, reason: str) -> None:
        """The call is over for its user; the session may go on for a while."""
        if call.over:
            return
        call.over_at = self.now
        if not call.answered:
            call.status = status
        call.reason = reason
        call.steps.clear()
        self.limit(call, None)
        if call.timer is not None:
            self.timers.cancel(call.timer)
        if call.media is not None:
            call.figures = call.media.port.figures()
            call.media.port.close()
        self.tell(call, Happening.RELEASED, reason)

    # ---- media

    def open_media(self, call: PhoneCall, shown: str = "") -> CallMedia:
        """A port for this call; raises NoMedia."""
        port = self._open_port()
        call.media = CallMedia(port, str(self.ids.number(2**31)), shown)
        if call.record_to is not None:
            port.record(call.record_to)
        return call.media

    def play(self, call: PhoneCall, sound: Sound) -> None:
        if call.media is not None:
            call.media.port.play(self._sounds[sound]())

    def heed(self, call: PhoneCall, body: bytes, *, final: bool) -> bool:
        """Follow the peer's answer; False when it cannot be used, or there is none to the end."""
        media = call.media
        if media is None:
            return False
        try:
            if body:
                media.take_answer(body)
        except SdpError as error:
            self.tell(call, Happening.TOLD, f"unusable SDP: {error}")
            return False
        if final:
            media.settled()
        return media.connected


def named(status: int) -> str:
    """`486 Busy Here`."""
    return f"{status} {REASONS.get(status, 'Unknown')}"
