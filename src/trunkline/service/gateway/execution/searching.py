"""Carries out what a call's search wants: places looked up, media anchored, INVITEs sent and challenges answered."""

from collections.abc import Callable
from typing import Any

from trunkline.domain.call import command as do
from trunkline.domain.call.attempt import Attempt
from trunkline.domain.call.command import Command, Side
from trunkline.domain.call.leg import Leg
from trunkline.domain.call.release_cause import CARRIER_FULL
from trunkline.domain.trunk.carrier.route import CarrierTarget
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.origination.uri import OriginationTarget
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.ua.event import ByeAnswered, ReinviteRefused
from trunkline.service.gateway.call.arrival import Arrivals
from trunkline.service.gateway.call.live_call import LiveCall
from trunkline.service.gateway.execution.means import Means
from trunkline.service.gateway.execution.outbound import caller_of, outbound_invite
from trunkline.service.gateway.execution.relaying import Relaying
from trunkline.service.gateway.journal import entry
from trunkline.service.gateway.target.tls_terms import on_terms


class Searching:
    """Each command of `domain.call.search` that asks the outside is one method."""

    __slots__ = ("_means", "_relaying", "_seconds", "_taker")

    def __init__(
        self, means: Means, seconds: Callable[[Instant], float], arrivals: Arrivals, relaying: Relaying
    ) -> None:
        """`seconds` gives the UNIX time of an instant."""
        self._means = means
        self._seconds = seconds
        self._taker = arrivals.taker
        self._relaying = relaying

    def verbs(self) -> dict[type[Command], Callable[[LiveCall, Any], None]]:
        """What is done for which command."""
        return {
            do.Locate: self._locate,
            do.AnchorMedia: self._anchor_media,
            do.SendInvite: self._send_invite,
            do.AnswerMedia: self._answer_media,
        }

    def _locate(self, live: LiveCall, command: do.Locate) -> None:
        target = command.target
        if isinstance(target, CarrierTarget):
            channels, sid = self._means.calls.channels, live.call.sid
            if channels.is_full_for(sid, target.carrier):
                live.call.passed_over(CARRIER_FULL, self._means.clock())
                return
            channels.take(sid, target.carrier.sid)

        def located(addresses: list[Flow]) -> None:
            if not addresses:
                self._means.watch.call_silent(target, "no address")
            live.call.located(target, on_terms(addresses, target, live), self._means.clock())

        self._means.locator.locate(target, self._taker(live, located))

    def _send_invite(self, live: LiveCall, command: do.SendInvite) -> None:
        attempt = live.call.attempts[command.attempt]
        plan = live.plan
        if plan is None or attempt.address is None:
            return  # a call without a plan makes no attempt, one without an address sends nothing
        now = self._means.clock()
        caller = caller_of(live.request, live.flow.address)
        settings = self._means.settings
        offer = outbound_invite(
            plan, attempt.target, live.call.sid, caller, command.sdp, settings.presentation, settings.own_host
        )
        if isinstance(plan, OriginationPlan) and isinstance(attempt.target, OriginationTarget):
            offer = self._means.hops.sealed(offer, plan, attempt.target, attempt.address, now)
        leg = Leg(live.call, Side.OUTBOUND, attempt.index)
        session = self._means.ua.invite(offer, attempt.address, leg, now)
        live.outbound[attempt.index] = session
        live.sessions_open += 1
        self._note_sent(live, attempt, session, attempt.address)

    def _note_sent(self, live: LiveCall, attempt: Attempt, session: InviteSession, address: Flow) -> None:
        relay = self._means.media.place(live.media_key(attempt.index))
        earlier = [self._means.recorder.attempt(live, tried) for tried in live.call.attempts[: attempt.index]]
        fields = entry.sent(attempt, session, address, relay, earlier, self._seconds)
        self._means.journal.write(live.call.sid, entry.SENT, fields)

    # ---- the relay

    def _anchor_media(self, live: LiveCall, command: do.AnchorMedia) -> None:
        index = command.attempt
        self._relaying.offer(live, index, Side.INBOUND, command.sdp, lambda sdp: live.call.media_anchored(index, sdp))

    def _answer_media(self, live: LiveCall, command: do.AnswerMedia) -> None:
        index, status, source = command.attempt, command.status, command.sdp

        def answered(sdp: bytes) -> None:
            live.call.media_answered(index, status, source, sdp, self._means.clock())

        self._relaying.answer(live, index, Side.OUTBOUND, source, answered)

    # ---- a carrier's challenge

    def answer_challenge(self, live: LiveCall, index: int, response: Response) -> bool:
        """Repeat the INVITE that a carrier has challenged, within its attempt; False where the refusal stands."""
        session, attempt, now = live.outbound.get(index), live.call.attempts[index], self._means.clock()
        if session is None or attempt.address is None:
            return False
        credentials = self._credentials(attempt, session.request, response)
        if credentials is None or not live.call.challenged(index, now):
            return False
        self._means.ua.invite_again(session, *credentials, now)
        self._note_sent(live, attempt, session, attempt.address)
        return True

    def answer_bye_challenge(self, live: LiveCall, index: int, event: ByeAnswered) -> bool:
        """Repeat the BYE that a carrier has challenged; False where its answer stands."""
        credentials = self._credentials_within(live, index, event)
        if credentials is None:
            return False
        self._means.ua.bye_again(event.session, event.request, *credentials, self._means.clock())
        return True

    def answer_reinvite_challenge(self, live: LiveCall, index: int, event: ReinviteRefused) -> bool:
        """Repeat the re-INVITE that a carrier has challenged, with the same offer; False where the refusal stands."""
        credentials = self._credentials_within(live, index, event)
        if credentials is None:
            return False
        return self._means.ua.reinvite(event.session, event.request.body, self._means.clock(), (credentials,))

    def _credentials_within(
        self, live: LiveCall, index: int, event: ByeAnswered | ReinviteRefused
    ) -> tuple[str, str] | None:
        if index < 0 or event.response is None:
            return None  # customers are never answered (row 58)
        return self._credentials(live.call.attempts[index], event.request, event.response)

    def _credentials(self, attempt: Attempt, request: Request, response: Response) -> tuple[str, str] | None:
        if response.status not in {401, 407} or not isinstance(attempt.target, CarrierTarget):
            return None
        login = attempt.target.carrier.login
        return None if login is None else login.credentials(request, response, self._means.ids.token())
