"""Carries out what an exchange within a call wants: the relay's part, re-INVITEs, their answers and ACKs."""

from collections.abc import Callable
from typing import Any

from trunkline.domain.call import command as do
from trunkline.domain.call.command import Command, Side
from trunkline.domain.call.state import CallState
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.gateway.call.arrival import Arrivals
from trunkline.service.gateway.call.live_call import LiveCall
from trunkline.service.gateway.journal import entry
from trunkline.service.gateway.port import Journal, Media, SdpDone

Take = Callable[[bytes], None]


class Exchanging:
    """Each command of `domain.call.exchange` is one method."""

    __slots__ = ("_clock", "_journal", "_media", "_taker", "_ua")

    def __init__(
        self,
        ua: UserAgent,
        media: Media,
        journal: Journal,
        clock: Callable[[], Instant],
        arrivals: Arrivals,
    ) -> None:
        self._ua = ua
        self._media = media
        self._journal = journal
        self._clock = clock
        self._taker = arrivals.taker

    def verbs(self) -> dict[type[Command], Callable[[LiveCall, Any], None]]:
        """What is done for which command."""
        return {
            do.ReofferMedia: self._reoffer_media,
            do.SendOffer: self._send_offer,
            do.ReanswerMedia: self._reanswer_media,
            do.AcceptOffer: self._accept_offer,
            do.RefuseOffer: self._refuse_offer,
            do.SendAnswer: self._send_answer,
            do.SettleMedia: self._settle_media,
        }

    # ---- the relay

    def _reoffer_media(self, live: LiveCall, command: do.ReofferMedia) -> None:
        index, side = command.attempt, command.side
        self._note_asked(live, side)
        take = self._or_failed(live, index, lambda sdp: live.call.media_reoffered(index, sdp))
        self._offer(live, index, side, command.sdp, take)

    def _reanswer_media(self, live: LiveCall, command: do.ReanswerMedia) -> None:
        index, side = command.attempt, command.side
        take = self._or_failed(live, index, lambda sdp: live.call.media_reanswered(index, sdp))
        self._answer(live, index, side, command.sdp, take)

    def _settle_media(self, live: LiveCall, command: do.SettleMedia) -> None:
        index, offerer = command.attempt, command.offerer

        def offered(_sdp: bytes) -> None:
            if live.call.state is CallState.BRIDGED:  # else the session is being deleted
                self._answer(live, index, offerer.other, command.answer, settled)

        settled = self._or_failed(live, index, lambda _sdp: live.call.media_settled(index))
        self._offer(live, index, offerer, command.offer, self._or_failed(live, index, offered))

    def _or_failed(self, live: LiveCall, index: int, take: Take) -> SdpDone:
        def taken(sdp: bytes | None) -> None:
            if sdp is None:
                live.call.media_failed(index, self._clock())
            else:
                take(sdp)

        return self._taker(live, taken)

    def _offer(self, live: LiveCall, index: int, side: Side, sdp: bytes, done: SdpDone) -> None:
        self._media.offer(
            live.media_key(index), tag_of(side), sdp, live.source_rule(side), _heard_from(live, side), done
        )

    def _answer(self, live: LiveCall, index: int, side: Side, sdp: bytes, done: SdpDone) -> None:
        rule, heard_from = live.source_rule(side), _heard_from(live, side)
        self._media.answer(live.media_key(index), tag_of(side.other), sdp, rule, heard_from, done)

    # ---- the two dialogs

    def _note_asked(self, live: LiveCall, side: Side) -> None:
        """A process that dies now owes the asker an answer."""
        session = live.session_of(side)
        if session is not None and session.reinvite_server is not None:
            transaction = session.reinvite_server
            fields = entry.offered(side, transaction.request, transaction.flow)
            self._journal.write(live.call.sid, entry.OFFERED, fields)

    def _send_offer(self, live: LiveCall, command: do.SendOffer) -> None:
        session = live.session_of(command.side)
        if not command.sdp:
            self._note_asked(live, command.side.other)
        if session is None or not self._ua.reinvite(session, command.sdp, self._clock()):
            live.call.offer_refused(command.side, 491, self._clock())

    def _accept_offer(self, live: LiveCall, command: do.AcceptOffer) -> None:
        session = live.session_of(command.side)
        if session is not None:
            self._ua.accept_reinvite(session, command.sdp, self._clock())
            self._journal.write(live.call.sid, entry.CHANGED, entry.changed(live))

    def _refuse_offer(self, live: LiveCall, command: do.RefuseOffer) -> None:
        session = live.session_of(command.side)
        if session is not None:
            self._ua.refuse_reinvite(session, command.status, self._clock())
            self._journal.write(live.call.sid, entry.CHANGED, entry.changed(live))

    def _send_answer(self, live: LiveCall, command: do.SendAnswer) -> None:
        session = live.session_of(command.side)
        if session is not None and session.reinvite_answered:
            self._ua.acknowledge(session, command.sdp, self._clock())
            self._journal.write(live.call.sid, entry.CHANGED, entry.changed(live))


def tag_of(side: Side) -> str:
    """How the relay knows a side: the caller opened every session of the call."""
    return "caller" if side is Side.INBOUND else "callee"


def _heard_from(live: LiveCall, side: Side) -> str:
    session = live.session_of(side)
    dialog = session.dialog if session is not None else None
    return dialog.flow.address if dialog is not None else ""
