"""INVITE sessions (RFC 3261 sections 13 to 15): one leg's INVITE, its answer, its ACK, its re-INVITEs and its end.

```
 UAC  CALLING -> PROCEEDING -> ANSWERED -> CONFIRMED -> ENDING -> ENDED
 UAS  ARRIVED  ------------->  ANSWERED -> CONFIRMED -> ENDING -> ENDED
```
ANSWERED is a 2xx whose ACK is still to come: on the UAC side until the user sends it (at once, unless the 2xx held
the offer), on the UAS side until the peer does. ENDING is the wish to end; a session is ENDED only when its
transactions are, and only then is it forgotten. The user agent drives it; nothing here sends.
"""

from enum import Enum
from typing import Any

from trunkline.kit.timer_queue import Timer
from trunkline.protocol.sip.dialog.dialog import Dialog
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.invite_client import InviteClientTransaction
from trunkline.protocol.sip.transaction.invite_server import InviteServerTransaction


class SessionState(Enum):
    """Where a session is in its life."""

    CALLING = "calling"
    PROCEEDING = "proceeding"
    ARRIVED = "arrived"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    ENDING = "ending"
    ENDED = "ended"


class InviteSession:
    """One leg as SIP sees it. Written by the user agent only; `owner` is the TU's own and cleared at the end."""

    __slots__ = (
        "ack",
        "ack_flow",
        "ack_timer",
        "answer",
        "bye_sent",
        "bye_wanted",
        "call_id",
        "cancel_sent",
        "cancel_wanted",
        "contact",
        "dialog",
        "forks",
        "invite_client",
        "invite_server",
        "is_uac",
        "local_tag",
        "open_transactions",
        "owner",
        "reinvite_answered",
        "reinvite_client",
        "reinvite_server",
        "reinvite_timer",
        "request",
        "resend_interval_s",
        "resend_timer",
        "state",
    )

    def __init__(self, request: Request, call_id: str, local_tag: str, contact: str, is_uac: bool) -> None:
        self.request = request
        """The INVITE that began it."""
        self.call_id = call_id
        self.local_tag = local_tag
        self.contact = contact
        """Our Contact value for this leg."""
        self.is_uac = is_uac
        self.state = SessionState.CALLING if is_uac else SessionState.ARRIVED
        self.owner: Any = None
        self.dialog: Dialog | None = None
        self.invite_client: InviteClientTransaction | None = None
        self.invite_server: InviteServerTransaction | None = None
        self.reinvite_client: InviteClientTransaction | None = None
        self.reinvite_answered = False
        """Whether our re-INVITE without an offer has its 2xx, and that the user's ACK with the answer not yet."""
        self.reinvite_server: InviteServerTransaction | None = None
        self.open_transactions = 0
        self.cancel_wanted = False
        self.cancel_sent = False
        self.bye_wanted = False
        self.bye_sent = False
        # The UAC's ACK, repeated for each repeated 2xx (section 13.2.2.4).
        self.ack: bytes | None = None
        self.ack_flow: Flow | None = None
        self.forks: dict[str, tuple[bytes, Flow]] | None = None
        """The ACKs of other forks that answered, by their tag; each was hung up (section 13.2.2.4)."""
        # The UAS's 2xx, repeated until its ACK (section 13.3.1.4).
        self.answer: Response | None = None
        self.resend_interval_s = 0.0
        self.resend_timer: Timer[Any] | None = None
        self.ack_timer: Timer[Any] | None = None
        self.reinvite_timer: Timer[Any] | None = None

    @property
    def confirmed(self) -> bool:
        return self.state is SessionState.CONFIRMED

    @property
    def ended(self) -> bool:
        return self.state is SessionState.ENDED

    @property
    def key(self) -> tuple[str, str]:
        """(Call-ID, local tag): what a message of this leg is found by."""
        return (self.call_id, self.local_tag)

    @property
    def is_asked(self) -> bool:
        """Whether a re-INVITE of the peer waits for our answer."""
        return self.reinvite_server is not None and self.answer is None

    @property
    def awaits_ack(self) -> bool:
        """Whether a 2xx of ours is still repeated."""
        return self.answer is not None

    def __repr__(self) -> str:
        side = "UAC" if self.is_uac else "UAS"
        return f"InviteSession({side} {self.state.name} {self.call_id})"
