"""Carries out what an exchange within a call wants: the relay's part, re-INVITEs, their answers and ACKs."""

from collections.abc import Callable
from typing import Any

from trunkline.domain.call import command as do
from trunkline.domain.call.command import Command, Side
from trunkline.domain.call.state import CallState
from trunkline.service.gateway.call.live_call import LiveCall
from trunkline.service.gateway.execution.means import Means
from trunkline.service.gateway.execution.relaying import Relaying
from trunkline.service.gateway.journal import entry

Take = Callable[[bytes], None]


class Exchanging:
    """Each command of `domain.call.exchange` is one method."""

    __slots__ = ("_means", "_relaying")

    def __init__(self, means: Means, relaying: Relaying) -> None:
        self._means = means
        self._relaying = relaying

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
        self._relaying.offer(live, index, side, command.sdp, lambda sdp: live.call.media_reoffered(index, sdp))

    def _reanswer_media(self, live: LiveCall, command: do.ReanswerMedia) -> None:
        index = command.attempt
        self._relaying.answer(
            live, index, command.side, command.sdp, lambda sdp: live.call.media_reanswered(index, sdp)
        )

    def _settle_media(self, live: LiveCall, command: do.SettleMedia) -> None:
        index, offerer = command.attempt, command.offerer

        def offered(_sdp: bytes) -> None:
            if live.call.state is CallState.BRIDGED:  # else the session is being deleted
                self._relaying.answer(
                    live, index, offerer.other, command.answer, lambda _sdp: live.call.media_settled(index)
                )

        self._relaying.offer(live, index, offerer, command.offer, offered)

    # ---- the two dialogs

    def _note_asked(self, live: LiveCall, side: Side) -> None:
        """A process that dies now owes the asker an answer."""
        session = live.session_of(side)
        if session is not None and session.reinvite_server is not None:
            transaction = session.reinvite_server
            fields = entry.offered(side, transaction.request, transaction.flow)
            self._means.journal.write(live.call.sid, entry.OFFERED, fields)

    def _send_offer(self, live: LiveCall, command: do.SendOffer) -> None:
        session = live.session_of(command.side)
        if not command.sdp:
            self._note_asked(live, command.side.other)
        if session is None or not self._means.ua.reinvite(session, command.sdp, self._means.clock()):
            live.call.offer_refused(command.side, 491, self._means.clock())

    def _accept_offer(self, live: LiveCall, command: do.AcceptOffer) -> None:
        session = live.session_of(command.side)
        if session is not None:
            self._means.ua.accept_reinvite(session, command.sdp, self._means.clock())
            self._means.journal.write(live.call.sid, entry.CHANGED, entry.changed(live))

    def _refuse_offer(self, live: LiveCall, command: do.RefuseOffer) -> None:
        session = live.session_of(command.side)
        if session is not None:
            self._means.ua.refuse_reinvite(session, command.status, self._means.clock())
            self._means.journal.write(live.call.sid, entry.CHANGED, entry.changed(live))

    def _send_answer(self, live: LiveCall, command: do.SendAnswer) -> None:
        session = live.session_of(command.side)
        if session is not None and session.reinvite_answered:
            self._means.ua.acknowledge(session, command.sdp, self._means.clock())
            self._means.journal.write(live.call.sid, entry.CHANGED, entry.changed(live))
