"""Offer and answer within a call that talks (RFC 3261 section 14, RFC 3264): re-INVITEs, passed on to the other side.

```
 early  re-INVITE with an offer:  OFFERING -> OFFERED -> ANSWERING -> AGREED
 late   re-INVITE without one:    ASKED -> OFFERING -> ACCEPTED -> ANSWERING -> AGREED
 undone at any step:              SETTLING -> AGREED
```
OFFERING and ANSWERING wait for the relay; OFFERED for the other side's answer and ASKED for its offer; ACCEPTED is the
asker's 200 with that offer, whose answer is in its ACK. One exchange at a time: the next re-INVITE gets 491 meanwhile.
An exchange that fails leaves both sides with what they had agreed (section 14.1), and SETTLING tells the relay so.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from trunkline.domain.call import command as do
from trunkline.domain.call.command import Command, Side
from trunkline.domain.call.release_cause import Party, from_response
from trunkline.protocol.sdp.errors import MalformedSdp, NoCommonCodec
from trunkline.protocol.sdp.offer import active_audio, answer_within, continued, filter_offer, is_held
from trunkline.protocol.sdp.session import parse

_PENDING: Final = 491
_UNACCEPTABLE: Final = 488
_UNAVAILABLE: Final = 503


class Step(Enum):
    """See the figure at the head of this module."""

    AGREED = "agreed"
    ASKED = "asked"
    OFFERING = "offering"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    ANSWERING = "answering"
    SETTLING = "settling"


@dataclass(frozen=True, slots=True)
class Agreement:
    """The last offer and answer, as they came and as the relay passed them on; b"" where it is not known."""

    offerer: Side
    offer: bytes
    answer: bytes
    told_offer: bytes
    """What the answerer read as the offer."""
    told_answer: bytes
    """What the offerer read as the answer."""

    @property
    def is_known(self) -> bool:
        return bool(self.offer and self.answer)

    @property
    def is_held(self) -> bool:
        """Whether either side will hear nothing: its silence and the other's mean nothing then."""
        return any(_held(sdp) for sdp in (self.offer, self.answer))

    @property
    def is_secure(self) -> bool | None:
        """Whether the media is SRTP, which no re-INVITE changes (rows 71, 73); None where that is not known."""
        try:
            audio = active_audio(parse(self.answer))
        except MalformedSdp:
            return None
        return None if audio is None else audio[1].is_secure

    def told(self, side: Side) -> bytes:
        """Our last SDP to that side."""
        return self.told_answer if side is self.offerer else self.told_offer


def _passable(offer: bytes, secure: bool | None) -> bytes | None:
    """The offer with the codecs and media that may pass (design, decision 12); None where nothing may."""
    try:
        return filter_offer(parse(offer), secure=secure).build()
    except (MalformedSdp, NoCommonCodec):
        return None


def _held(sdp: bytes) -> bool:
    try:
        return is_held(parse(sdp))
    except MalformedSdp:
        return False


class Exchange:
    """Appends to its call's commands; the call keeps away what comes after its own end."""

    __slots__ = (
        "_answer", "_asker", "_attempt", "_commands", "_first", "_late", "_offer", "_told", "_told_offer",
        "agreed", "step",
    )  # fmt: skip

    def __init__(self, commands: list[Command], attempt: int, agreed: Agreement) -> None:
        self._commands = commands
        self._attempt = attempt
        self.agreed = agreed
        self.step = Step.AGREED
        self._asker = Side.INBOUND
        """Who sent the re-INVITE."""
        self._late = False
        self._first = False
        self._offer = self._answer = self._told_offer = b""
        self._told: dict[Side, bytes] = {}
        """Our last SDP to each side since this was made, refused or not."""

    @property
    def is_pending(self) -> bool:
        return self.step is not Step.AGREED

    def _enter(self, step: Step) -> None:
        self.step = step

    # ---- the asker

    def offered(self, side: Side, sdp: bytes) -> None:
        """A re-INVITE of `side`; without SDP it asks for an offer."""
        if self.is_pending:
            self._commands.append(do.RefuseOffer(side, _PENDING))  # glare across the bridge
            return
        offer = _passable(sdp, self.agreed.is_secure) if sdp else sdp
        if offer is None:
            self._commands.append(do.RefuseOffer(side, _UNACCEPTABLE))
            return
        self._asker, self._late = side, not offer
        if offer:
            self._reoffer(side, offer)
        else:
            self._enter(Step.ASKED)
            self._commands.append(do.SendOffer(side.other, b""))

    def acknowledged(self, side: Side, sdp: bytes) -> None:
        """The ACK of `side` to our 200, with the answer where that held the offer."""
        if self.step is not Step.ACCEPTED or side is not self._asker:
            return
        if sdp:
            self._reanswer(side, sdp)
        else:
            self._undo(_UNACCEPTABLE)  # section 13.2.2.4: the ACK MUST hold it

    # ---- the other side

    def answered(self, side: Side, sdp: bytes) -> None:
        """A 2xx of `side` to the re-INVITE that we passed on."""
        if side is self._asker:
            return
        match self.step:
            case Step.OFFERED if sdp:
                self._reanswer(side, sdp)
            case Step.OFFERED:
                self._undo(_UNACCEPTABLE)
            case Step.ASKED:
                self._offered_late(side, sdp)
            case Step.AGREED | Step.OFFERING | Step.ACCEPTED | Step.ANSWERING | Step.SETTLING:
                return

    def _offered_late(self, side: Side, sdp: bytes) -> None:
        offer = _passable(sdp, self.agreed.is_secure)
        if offer is not None:
            self._reoffer(side, offer)
            return
        self._commands.append(do.SendAnswer(side, self.agreed.told(side) if sdp else b""))
        self._undo(_UNACCEPTABLE)

    def refused(self, side: Side, status: int) -> bool:
        """`side` did not take the re-INVITE; whether one was under way."""
        if side is self._asker or self.step not in {Step.OFFERED, Step.ASKED}:
            return False
        self._undo(from_response(status, "", Party.UNKNOWN).sip_status)  # no challenge, no redirect (row 57)
        return True

    # ---- the relay

    def _reoffer(self, offerer: Side, sdp: bytes) -> None:
        self._offer = sdp
        self._enter(Step.OFFERING)
        self._commands.append(do.ReofferMedia(self._attempt, offerer, sdp))

    def _reanswer(self, answerer: Side, sdp: bytes) -> None:
        self._answer = sdp = answer_within(sdp, self._told_offer)
        self._enter(Step.ANSWERING)
        self._commands.append(do.ReanswerMedia(self._attempt, answerer, sdp))

    def media_reoffered(self, sdp: bytes) -> None:
        """`sdp` is the offer with the relay's ports."""
        if self.step is not Step.OFFERING:
            return
        self._told_offer = sdp = self._next_for(self._asker if self._late else self._asker.other, sdp)
        if self._late:
            self._enter(Step.ACCEPTED)
            self._commands.append(do.AcceptOffer(self._asker, sdp))
        else:
            self._enter(Step.OFFERED)
            self._commands.append(do.SendOffer(self._asker.other, sdp))

    def media_reanswered(self, sdp: bytes) -> None:
        """`sdp` is the answer with the relay's ports: both sides agree anew."""
        if self.step is not Step.ANSWERING:
            return
        offerer = self._asker.other if self._late else self._asker
        sdp = self._next_for(offerer, sdp)
        self.agreed = Agreement(offerer, self._offer, self._answer, self._told_offer, sdp)
        self._enter(Step.AGREED)
        self._commands.append(do.SendAnswer(offerer, sdp) if self._late else do.AcceptOffer(offerer, sdp))

    def _next_for(self, side: Side, sdp: bytes) -> bytes:
        """In the session that this side knows, a refused offer of ours in it."""
        self._told[side] = told = continued(sdp, self._told.get(side) or self.agreed.told(side))
        return told

    def media_failed(self) -> bool:
        """The relay refused, or did not answer in time; whether the call never had media at all."""
        match self.step:
            case Step.OFFERING | Step.ANSWERING:
                self._undo(_UNAVAILABLE)
            case Step.SETTLING:
                self._enter(Step.AGREED)
                return self._first
            case Step.AGREED | Step.ASKED | Step.OFFERED | Step.ACCEPTED:
                return False
        return False

    def settle(self, *, first: bool = False) -> None:
        """Tell the relay what is agreed; `first` when it has not heard of it before."""
        self._first = first
        if self.agreed.is_known:
            self._enter(Step.SETTLING)
            agreed = self.agreed
            self._commands.append(do.SettleMedia(self._attempt, agreed.offerer, agreed.offer, agreed.answer))
        else:
            self._enter(Step.AGREED)

    def media_settled(self) -> None:
        if self.step is Step.SETTLING:
            self._first = False
            self._enter(Step.AGREED)

    # ---- undone

    def _undo(self, status: int) -> None:
        """Everybody goes back to what was agreed: the asker by `status`, an open 2xx by our last SDP, the relay too."""
        step = self.step
        if self._late and step is not Step.ASKED:
            self._commands.append(do.SendAnswer(self._asker.other, self.agreed.told(self._asker.other)))
        if not self._late or step in {Step.ASKED, Step.OFFERING}:
            self._commands.append(do.RefuseOffer(self._asker, status))
        if step is Step.ASKED:
            self._enter(Step.AGREED)
        else:
            self.settle()
