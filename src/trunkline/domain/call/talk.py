"""The call after its answer: ANSWERED until the caller's ACK, then BRIDGED (RFC 3261 section 13.3.1.4)."""

from typing import Final

from trunkline.domain.call import command as do
from trunkline.domain.call.command import CallTimer, Side
from trunkline.domain.call.ending import Ending
from trunkline.domain.call.exchange import Agreement, Exchange
from trunkline.domain.call.release_cause import (
    ACK_MISSING,
    CALLEE_HUNG_UP,
    CALLEE_LOST,
    CALLER_CANCELLED,
    CALLER_HUNG_UP,
    CALLER_LOST,
    MEDIA_SILENT,
    SDP_MISSING,
    Party,
    from_response,
)
from trunkline.domain.call.silence import Silence
from trunkline.domain.call.state import CallState
from trunkline.kit.ids import CallSid
from trunkline.kit.instant import Instant, later

MAX_DURATION_S: Final = 24 * 3600.0
TALKING: Final = frozenset({CallState.ANSWERED, CallState.BRIDGED})


class Talk(Ending):
    """Ends by a BYE, a lost side, its length or its silence; its re-INVITEs are passed on by `exchange`."""

    __slots__ = ("_exchange", "_late", "_max_duration_s", "_offer", "_silence")

    def __init__(self, sid: CallSid, offer: bytes, now: Instant, max_duration_s: float, media_silence_s: float) -> None:
        super().__init__(sid, now)
        self._offer = offer
        self._max_duration_s = max_duration_s
        self._silence = Silence(media_silence_s, None)
        self._late = False
        """The caller wants an offer: it gets the far end's answer for one, and its own answer is in the ACK."""
        self._exchange: Exchange | None = None
        """Made when it is asked for: most calls have no re-INVITE."""

    def _accept(self, sdp: bytes, now: Instant) -> None:
        self.answered_at = now
        self.commands.append(do.Accept(sdp))
        self.commands.append(do.ArmTimer(CallTimer.MAX_DURATION, later(now, self._max_duration_s)))
        self.commands.append(do.ArmTimer(CallTimer.MEDIA_CHECK, self._silence.begin(now)))

    # ---- the caller

    def caller_cancelled(self, now: Instant) -> None:
        """CANCEL, or BYE before the answer; the user agent has answered both it and the INVITE."""
        self._caller_open = False
        self.release(CALLER_CANCELLED, now, Party.CALLER)

    def caller_lost(self, now: Instant) -> None:
        """The caller cannot be told of an answer any more."""
        self._caller_open = False
        self.release(CALLER_LOST, now)

    def acknowledged(self, sdp: bytes, now: Instant) -> None:
        """The caller's ACK; `sdp` is its answer where our 200 held the offer."""
        if self.state is not CallState.ANSWERED or self.answered_at is None:
            return
        if self._late and not sdp:
            self.release(SDP_MISSING, now)
            return
        self._enter(CallState.BRIDGED)
        if self._late:
            attempt = self.attempts[-1]
            agreed = Agreement(Side.OUTBOUND, attempt.answer_from, sdp, attempt.answer, attempt.offer)
            self._exchange = Exchange(self.commands, attempt.index, agreed)
            self._exchange.settle(first=True)

    def ack_missing(self, now: Instant) -> None:
        """64*T1 without ACK (row 42)."""
        self.release(ACK_MISSING, now)

    # ---- either side

    def hung_up(self, side: Side, index: int, now: Instant) -> None:
        """BYE of one side."""
        if side is Side.INBOUND:
            self._caller_open = False
            self.release(CALLER_HUNG_UP, now, Party.CALLER)
            return
        self._end_leg(index)
        if not self._is_current(index):
            return
        if self.answered_at is not None:
            self.release(CALLEE_HUNG_UP, now, Party.CALLEE)
        else:
            # Before the relay had its answer: the caller was never told of a 200, and gets a failure.
            self.release(from_response(480, "Temporarily Unavailable", self.far_party), now, Party.CALLEE)

    def lost(self, side: Side, now: Instant) -> None:
        """A side knows its dialog no more (481 or silence within it)."""
        self.release(CALLER_LOST if side is Side.INBOUND else CALLEE_LOST, now)

    # ---- re-INVITE, passed on to the other side by `exchange`

    @property
    def is_late(self) -> bool:
        """Whether the caller's answer is in its ACK."""
        return self._late

    @property
    def exchange(self) -> Exchange:
        """Of the attempt that was answered."""
        if self._exchange is None:
            attempt = self.attempts[-1]
            agreed = Agreement(Side.INBOUND, self._offer, attempt.answer_from, attempt.offer, attempt.answer)
            self._exchange = Exchange(self.commands, attempt.index, agreed)
        return self._exchange

    def offered(self, side: Side, index: int, sdp: bytes) -> None:
        """A re-INVITE of one side; without SDP it asks for an offer."""
        if self.state is not CallState.BRIDGED or not (side is Side.INBOUND or self._is_current(index)):
            self.commands.append(do.RefuseOffer(side, 491))
        else:
            self.exchange.offered(side, sdp)

    def offer_acknowledged(self, side: Side, sdp: bytes) -> None:
        """The ACK to our 200 to a re-INVITE."""
        if self.state is CallState.BRIDGED:
            self.exchange.acknowledged(side, sdp)

    def offer_answered(self, side: Side, sdp: bytes) -> None:
        """The other side took the re-INVITE."""
        if self.state is CallState.BRIDGED:
            self.exchange.answered(side, sdp)

    def offer_refused(self, side: Side, status: int, now: Instant) -> None:
        """The other side refused the re-INVITE; 408 and 481 mean that its dialog is gone (section 12.2.1.2)."""
        if self.state is CallState.BRIDGED and self.exchange.refused(side, status) and status in {408, 481}:
            self.lost(side, now)

    def media_reoffered(self, index: int, sdp: bytes) -> None:
        if self.state is CallState.BRIDGED and self._is_current(index):
            self.exchange.media_reoffered(sdp)

    def media_reanswered(self, index: int, sdp: bytes) -> None:
        if self.state is CallState.BRIDGED and self._is_current(index):
            self.exchange.media_reanswered(sdp)

    def media_settled(self, index: int) -> None:
        if self.state is CallState.BRIDGED and self._is_current(index):
            self.exchange.media_settled()

    # ---- silence (row 92)

    def _check_media_later(self, since: Instant, now: Instant) -> None:
        self.commands.append(do.ArmTimer(CallTimer.MEDIA_CHECK, self._silence.next_at(since, now)))

    def media_counted(self, index: int, packets: int | None, now: Instant) -> None:
        """How many packets the relay has had from both sides; None when it did not say."""
        if self.state not in TALKING or not self._is_current(index):
            return
        exchange = self.exchange
        if self._silence.counted(None if exchange.is_pending or exchange.agreed.is_held else packets, now):
            self.release(MEDIA_SILENT, now)
        else:
            self._check_media_later(now, now)
