"""One validation call as the line holds it: its talk, its session and its media."""

from typing import final

from trunkline.domain.validation.dialogue import Dialogue
from trunkline.kit.instant import Instant
from trunkline.kit.timer_queue import Timer
from trunkline.platform.media.call_media import CallMedia
from trunkline.platform.store.caller_id_validation import ValidationOrder
from trunkline.protocol.sip.dialog.invite_session import InviteSession


@final
class ValidationCall:
    """Written by its line only; the owner of its session."""

    __slots__ = ("dialogue", "media", "order", "session", "timer")

    def __init__(self, order: ValidationOrder, media: CallMedia, now: Instant) -> None:
        self.order = order
        self.media = media
        self.dialogue = Dialogue(order.extension, now)
        self.session: InviteSession | None = None
        self.timer: Timer[ValidationCall] | None = None
