"""Calls taken back after a crash, out of the journal alone: no database, no answer of anybody is waited for.

What was answered to its caller goes on: with its acknowledgement at once, without it by repeating the 200. Everything
else is ended on both sides and recorded as interrupted; what had been released gets its last messages again. Each
call keeps its SID and leaves the one record that it has not left yet (design, decision 8).
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, final

from trunkline.domain.call.attempt import Attempt, Target
from trunkline.domain.call.call import Call, Milestones
from trunkline.domain.call.command import Side
from trunkline.domain.call.leg import Leg, sdp_of
from trunkline.domain.call.release_cause import CALLEE_HUNG_UP, CALLER_HUNG_UP, INTERRUPTED, Party
from trunkline.domain.record.call_record import Direction
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.facts import CarrierFacts, CarrierGateway, CarrierSid
from trunkline.domain.trunk.carrier.route import CarrierTarget
from trunkline.kit.ids import E164, CallSid
from trunkline.kit.instant import Instant, later
from trunkline.platform.journal.journal import Entries
from trunkline.platform.setting.log import logger
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.uri import parse_uri
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.gateway.call.calls import Calls, CallSettings
from trunkline.service.gateway.call.live_call import LiveCall, Probe
from trunkline.service.gateway.execution.executor import Executor
from trunkline.service.gateway.journal import entry
from trunkline.service.gateway.journal.saved_call import SavedAttempt, SavedCall, UnreadableEntry
from trunkline.service.gateway.journal.saved_facts import restore_facts
from trunkline.service.gateway.port import Journal
from trunkline.service.gateway.target.edge_hop import PATIENCE_S

PROBES_AT_ONCE: Final = 50
LONGEST_REPETITION_S: Final = 4.5
"""T2 and the way: a BYE that was sent while nobody was here comes again within this time."""


class Places(Protocol):
    """The relay's client, told where the sessions of the calls are."""

    def adopt(self, key: str, place: str) -> None:
        """`place` is what `Media.place` gave for the key."""
        ...


@dataclass(frozen=True, slots=True)
class _Named:
    """A target of which the name is left."""

    request_uri: str


@final
@dataclass(slots=True)
class TakenBack:
    """How many calls went which way."""

    resumed: int = 0
    """Answered: they go on."""
    interrupted: int = 0
    released: int = 0
    """Over before; their last messages are repeated."""
    unreadable: int = 0


@final
class Recovery:
    """Once, at the start, before the first packet is read; afterwards `probe` until it gives 0."""

    __slots__ = (
        "_calls",
        "_died_at",
        "_executor",
        "_journal",
        "_places",
        "_settings",
        "_to_probe",
        "_ua",
        "_wall_offset",
    )

    def __init__(
        self,
        ua: UserAgent,
        calls: Calls,
        executor: Executor,
        places: Places,
        journal: Journal,
        settings: CallSettings,
    ) -> None:
        self._ua = ua
        self._calls = calls
        self._executor = executor
        self._places = places
        self._journal = journal
        self._settings = settings
        self._died_at: Instant | None = None
        self._to_probe: deque[tuple[CallSid, InviteSession]] = deque()
        self._wall_offset = executor.seconds(Instant(0.0))

    def take_back(self, kept: Mapping[CallSid, Entries], now: Instant, died_at: float | None = None) -> TakenBack:
        """Bring every call of the journal to where it belongs; what is to be sent waits in the user agent's `poll`.

        `died_at` is when the process before was last alive, in UNIX seconds.
        """
        self._died_at = self._instant_or_none(died_at)
        result = TakenBack()
        for sid, entries in kept.items():
            try:
                saved = SavedCall.read(sid, entries)
            except UnreadableEntry as error:
                logger(room="gateway").error("call not taken back", call_sid=sid, reason=str(error))
                self._journal.close(sid)
                result.unreadable += 1
                continue
            self._take_back(saved, now, result)
        return result

    def _take_back(self, saved: SavedCall, now: Instant, result: TakenBack) -> None:
        live = self._live(saved, now)
        self._calls.add(live)
        if saved.ending is None:
            self._calls.begun(live)
        call = live.call
        if saved.ending is not None:
            result.released += 1
            call.release(saved.ending.cause, self._instant(saved.ending.at), saved.ending.by)
        elif saved.answer is None:
            result.interrupted += 1
            live.interrupted = True
            call.release(INTERRUPTED, now)
        else:
            result.resumed += 1
            self._resume(saved, live, now)
        self._executor.drive(live)

    # ---- what goes on

    def _resume(self, saved: SavedCall, live: LiveCall, now: Instant) -> None:
        self._journal.write(saved.sid, entry.RESUMED, {})
        for index, session in live.outbound.items():
            if index != saved.kept_attempt:
                self._ua.release(session, now)
        if saved.reinvite is not None:
            _side, request, flow = saved.reinvite
            self._ua.restoring.refuse_reinvite(request, flow, now)
        # Whether the caller had heard the 200 before is not known, nor by that since when it talks.
        live.interrupted = not saved.confirmed
        live.unsure_from, live.unsure_until = self._died_at, later(now, LONGEST_REPETITION_S)
        if saved.confirmed:
            self._to_probe.append((saved.sid, live.inbound))
            self._to_probe.append((saved.sid, live.outbound[saved.kept_attempt]))

    def probe(self, now: Instant, most: int = PROBES_AT_ONCE) -> int:
        """Ask the next legs by OPTIONS whether they still stand; how many are left to be asked."""
        for _ in range(min(most, len(self._to_probe))):
            sid, session = self._to_probe.popleft()
            live, dialog = self._calls.by_sid.get(sid), session.dialog
            if live is not None and dialog is not None and session.confirmed and isinstance(session.owner, Leg):
                probe = Probe(session.owner, patient=dialog.next_hop().reliable)
                self._ua.request_within(session, "OPTIONS", probe, now)
        return len(self._to_probe)

    # ---- the call as it was

    def _instant(self, seconds: float) -> Instant:
        return Instant(seconds - self._wall_offset)

    def _instant_or_none(self, seconds: float | None) -> Instant | None:
        return None if seconds is None else self._instant(seconds)

    def _live(self, saved: SavedCall, now: Instant) -> LiveCall:
        termination = saved.direction is Direction.TERMINATING
        milestones = Milestones(
            self._instant(saved.invited_at),
            self._instant_or_none(saved.trying_at),
            self._instant_or_none(saved.ringing_at),
            self._instant_or_none(saved.answered_at),
            saved.confirmed,
        )
        attempts = self._attempts(saved)
        far_party = Party.CARRIER if termination else Party.CALLEE
        settings = self._settings
        call = Call.resume(
            saved.sid, saved.offer, attempts, milestones, far_party, now,
            settings.max_duration_s + (PATIENCE_S if saved.admitted.get("hop") else 0.0),
            settings.media_silence_s, agreed=saved.agreed, unsettled=saved.unsettled,
        )  # fmt: skip
        live = LiveCall(call, saved.direction, saved.request, saved.flow, self._inbound(saved, now))
        restore_facts(live, saved)
        live.codec = saved.codec
        live.journalled = True
        live.record_written = saved.recorded
        live.release_noted = saved.ending is not None
        live.interrupted = saved.ending is not None and saved.ending.interrupted
        live.inbound.owner = Leg(call, Side.INBOUND)
        for sent in saved.attempts.values():
            session = live.outbound[sent.index] = self._outbound(saved, sent, now)
            session.owner = Leg(call, Side.OUTBOUND, sent.index)
            self._places.adopt(live.media_key(sent.index), sent.relay)
        live.sessions_open = sum(not session.ended for session in (live.inbound, *live.outbound.values()))
        return live

    def _inbound(self, saved: SavedCall, now: Instant) -> InviteSession:
        restoring, request, tag, flow = self._ua.restoring, saved.request, saved.tag, saved.flow
        hung_up = saved.ending is not None and saved.ending.cause.name == CALLER_HUNG_UP.name
        if saved.inbound_ended or hung_up:
            return restoring.ended_uas(request, tag)
        if saved.answer is None:
            return restoring.arrived(request, tag, flow)
        if not saved.confirmed:
            return restoring.answered(request, tag, flow, saved.answer, now)
        session = restoring.confirmed_uas(request, tag, flow, saved.answer, saved.lives + 1)
        turn = saved.turns.get(Side.INBOUND)
        restoring.turn(session, turn.flow if turn is not None else flow, turn.target if turn is not None else "")
        return session

    def _outbound(self, saved: SavedCall, sent: SavedAttempt, now: Instant) -> InviteSession:
        restoring = self._ua.restoring
        kept = sent.index == saved.kept_attempt
        hung_up = kept and saved.ending is not None and saved.ending.cause.name == CALLEE_HUNG_UP.name
        if sent.ended or hung_up:
            return restoring.ended_uac(sent.request)
        if not sent.answers:
            return restoring.calling(sent.request, sent.flow)
        answer, *forks = sent.answers
        if kept and saved.ending is None:
            session = restoring.confirmed_uac(sent.request, answer, sent.flow, saved.lives + 1)
        else:
            session = restoring.answered_uac(sent.request, answer, sent.flow, saved.lives + 1)
        turn = saved.turns.get(Side.OUTBOUND) if kept else None
        restoring.turn(session, turn.flow if turn is not None else sent.flow, turn.target if turn is not None else "")
        for fork in forks:
            restoring.hang_up(session, fork, sent.flow, now)
        return session

    def _attempts(self, saved: SavedCall) -> list[Attempt]:
        """In order and without a gap; one that was never sent has a name and an ending only."""
        attempts: list[Attempt] = []
        for index in range(max((*saved.attempts, *saved.tried), default=-1) + 1):
            sent, known = saved.attempts.get(index), saved.tried.get(index)
            target = _target(sent) if sent is not None else _Named(known.target_uri if known is not None else "")
            started = sent.at if sent is not None else known.started_at.timestamp() if known is not None else 0.0
            attempt = Attempt(index, target, sent.flow if sent is not None else None, self._instant(started))
            if known is not None and known.ended_at is not None:
                attempt.end(known.status, known.cause, self._instant(known.ended_at.timestamp()))
            elif index == saved.kept_attempt and saved.answered_at is not None:
                attempt.end(200, None, self._instant(saved.answered_at))
            if index == saved.kept_attempt and sent is not None and sent.answers and saved.answer is not None:
                attempt.offer, attempt.answer = sent.request.body, saved.answer.body
                attempt.answer_from = sdp_of(sent.answers[0])
            if sent is not None and not sent.ended:
                # Those given up before a call that goes on are released by themselves.
                attempt.leg_open = saved.answer is None or saved.ending is not None or index == saved.kept_attempt
                # The relay's last figures are in the record already, or with the attempt that was answered.
                attempt.media_open = not saved.recorded and (known is None or known.status in {None, 200})
            attempts.append(attempt)
        return attempts


def _target(sent: SavedAttempt) -> Target:
    if sent.carrier is None:
        return _Named(sent.target)
    uri = parse_uri(sent.target)
    gateway = CarrierGateway(uri.host, uri.port, Transport(uri.transport) if uri.transport else None)
    return CarrierTarget(CarrierFacts(CarrierSid(sent.carrier), (gateway,), ()), gateway, E164(uri.plain_user))
