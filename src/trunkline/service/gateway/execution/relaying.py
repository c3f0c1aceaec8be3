"""Offers and answers to the relay, of a search and of an exchange alike."""

from collections.abc import Callable

from trunkline.domain.call.command import Side
from trunkline.service.gateway.call.arrival import Arrivals
from trunkline.service.gateway.call.live_call import LiveCall
from trunkline.service.gateway.execution.means import Means
from trunkline.service.gateway.port import SdpDone

Take = Callable[[bytes], None]


class Relaying:
    """`take` gets the SDP as the relay has rewritten it; a relay that fails is told to the call."""

    __slots__ = ("_means", "_taker")

    def __init__(self, means: Means, arrivals: Arrivals) -> None:
        self._means = means
        self._taker = arrivals.taker

    def offer(self, live: LiveCall, index: int, side: Side, sdp: bytes, take: Take) -> None:
        """`side` offers."""
        rule, heard_from = live.source_rule(side), _heard_from(live, side)
        done = self._or_failed(live, index, take)
        self._means.media.offer(live.media_key(index), _tag_of(side), sdp, rule, heard_from, done)

    def answer(self, live: LiveCall, index: int, side: Side, sdp: bytes, take: Take) -> None:
        """`side` answers."""
        rule, heard_from = live.source_rule(side), _heard_from(live, side)
        done = self._or_failed(live, index, take)
        self._means.media.answer(live.media_key(index), _tag_of(side.other), sdp, rule, heard_from, done)

    def _or_failed(self, live: LiveCall, index: int, take: Take) -> SdpDone:
        def taken(sdp: bytes | None) -> None:
            if sdp is None:
                live.call.media_failed(index, self._means.clock())
            else:
                take(sdp)

        return self._taker(live, taken)


def _tag_of(side: Side) -> str:
    """How the relay knows a side: the caller opened every session of the call."""
    return "caller" if side is Side.INBOUND else "callee"


def _heard_from(live: LiveCall, side: Side) -> str:
    """Where a side was last seen, or before its answer where it is called."""
    session = live.session_of(side)
    dialog = session.dialog if session is not None else None
    if dialog is not None:
        return dialog.flow.address
    if side is Side.INBOUND:
        return live.flow.address
    attempt = live.call.current
    return attempt.address.address if attempt is not None and attempt.address is not None else ""
