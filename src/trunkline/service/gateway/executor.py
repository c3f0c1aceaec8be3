"""Carries a call's commands out: on the user agent, the relay, the locator, the journal and the records."""

import re
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from trunkline.domain.call import command as do
from trunkline.domain.call.attempt import Attempt
from trunkline.domain.call.command import Command, Side
from trunkline.domain.call.leg import Leg, sdp_of
from trunkline.domain.call.release_cause import (
    CARRIER_FULL,
    CONTACT_UNUSABLE,
    ReleaseCause,
    reason_header,
    twilio_error_header,
)
from trunkline.domain.call.state import CallState
from trunkline.domain.trunk.carrier_route import CarrierTarget
from trunkline.domain.trunk.decision import Reject
from trunkline.domain.trunk.termination import is_unusable
from trunkline.kit.ids import IdSource
from trunkline.kit.instant import Instant
from trunkline.protocol.ng.answer import CallStatistics
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.ua.event import ByeAnswered, ReinviteArrived
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.gateway import entry
from trunkline.service.gateway.arrival import Arrival, Subject
from trunkline.service.gateway.calls import Calls, CallSettings
from trunkline.service.gateway.carrier_watch import CarrierWatch
from trunkline.service.gateway.edge_hop import EdgeHops, hop_refusal
from trunkline.service.gateway.exchanging import Exchanging, tag_of
from trunkline.service.gateway.live_call import LiveCall
from trunkline.service.gateway.outbound import caller_of, outbound_invite
from trunkline.service.gateway.port import Journal, Locator, Media, Records
from trunkline.service.gateway.recorder import Recorder
from trunkline.service.gateway.tls_terms import on_terms

_FIRST_PAYLOAD: Final = re.compile(rb"^m=audio [1-9]\d* \S+ (\d+)", re.MULTILINE)
_CODECS: Final = {b"0": "PCMU", b"8": "PCMA"}
_DEFAULT_RELEASE: Final = 480
T = TypeVar("T")


class Executor:
    """Each command is one method; `drive` runs them until the call wants nothing more."""

    __slots__ = (
        "_arrivals",
        "_calls",
        "_clock",
        "_do",
        "_epoch",
        "_hops",
        "_ids",
        "_journal",
        "_locator",
        "_media",
        "_recorder",
        "_records",
        "_settings",
        "_ua",
        "_wake",
        "_watch",
    )

    def __init__(
        self,
        ua: UserAgent,
        calls: Calls,
        media: Media,
        locator: Locator,
        journal: Journal,
        records: Records,
        recorder: Recorder,
        settings: CallSettings,
        clock: Callable[[], Instant],
        wall: Callable[[Instant], datetime],
        wake: Callable[[], None],
        hops: EdgeHops,
        watch: CarrierWatch,
        ids: IdSource,
    ) -> None:
        self._ua = ua
        self._calls = calls
        self._media = media
        self._locator = locator
        self._journal = journal
        self._records = records
        self._recorder = recorder
        self._settings = settings
        self._clock = clock
        self._epoch = wall(Instant(0.0)).timestamp()
        self._wake = wake
        self._hops = hops
        self._watch = watch
        self._ids = ids
        self._arrivals: deque[Arrival] = deque()
        self._do: dict[type[Command], Callable[..., None]] = {
            do.Locate: self._locate,
            do.AnchorMedia: self._anchor_media,
            do.SendInvite: self._send_invite,
            do.AnswerMedia: self._answer_media,
            do.Progress: self._progress,
            do.Accept: self._accept,
            do.RefuseInbound: self._refuse_inbound,
            do.ReleaseInbound: self._release_inbound,
            do.ReleaseAttempt: self._release_attempt,
            do.DropMedia: self._drop_media,
            do.CountMedia: self._count_media,
            do.ArmTimer: self._arm_timer,
            do.StopTimer: self._stop_timer,
            do.Recover: self._recover,
            do.RecordCall: self._record_call,
            **Exchanging(ua, media, journal, clock, self._taker).verbs(),
        }

    def drive(self, live: LiveCall) -> None:
        """Carry out what the call wants; an input that comes of it joins the queue behind."""
        if live.driving:
            return
        live.driving = True
        try:
            commands = live.call.commands
            while commands:
                if live.call.released_at is not None and not live.release_noted:
                    self._note_release(live)
                command = commands.pop(0)
                self._do[type(command)](live, command)
        finally:
            live.driving = False

    def now(self) -> Instant:
        return self._clock()

    # ---- answers to slow work

    def arrived(self, about: Subject, act: Callable[[], None]) -> None:
        """Slow work has come back; `act` is done as an event of its own, in its turn."""
        self._arrivals.append(Arrival(about, act))
        self._wake()

    def next_arrival(self) -> Arrival | None:
        return self._arrivals.popleft() if self._arrivals else None

    def _taker(self, live: LiveCall, take: Callable[[T], None]) -> Callable[[T], None]:
        """A port's callback: an answer within the very command is taken at once, any other as an event."""

        def taken(answer: T) -> None:
            if live.driving:
                take(answer)
            else:
                self.arrived(live, lambda: take(answer))

        return taken

    def seconds(self, at: Instant) -> float:
        """UNIX time of an instant."""
        return self._epoch + at

    # ---- the journal

    def _note_release(self, live: LiveCall) -> None:
        live.release_noted = True
        self._calls.released(live)
        released_at, unsure_until = live.call.released_at, live.unsure_until
        if released_at is not None and unsure_until is not None and released_at < unsure_until:
            live.interrupted = True
        if live.journalled:
            # What is known of the one that was answered stands in ANSWERED.
            unanswered = [attempt for attempt in live.call.attempts if attempt.status != 200]
            attempts = [self._recorder.attempt(live, attempt) for attempt in unanswered]
            self._journal.write(live.call.sid, entry.RELEASING, entry.releasing(live, attempts, self.seconds))

    def picked_up(self, live: LiveCall, attempt: int, response: Response, *, wanted: bool) -> None:
        """The far end answered: should this process die now, that phone is hung up all the same."""
        if live.journalled:
            fields = entry.picked_up(attempt, response, wanted, self.seconds(self._clock()))
            self._journal.write(live.call.sid, entry.PICKED_UP, fields)

    def confirmed(self, live: LiveCall, ack: Request) -> None:
        """The caller's ACK came: from here on the call survives this process."""
        answer = sdp_of(ack) if live.call.is_late else b""
        if answer:
            live.codec = _codec(answer)
        self._journal.write(live.call.sid, entry.CONFIRMED, entry.confirmed(live, answer))

    def refuses_contact(self, event: ReinviteArrived) -> bool:
        """A re-INVITE may not move a peer to where nobody reaches it (sip.md 3.6); the session stands."""
        contact = event.request.contact
        if self._settings.allow_private or contact is None or not is_unusable(contact.uri.host):
            return False
        cause = CONTACT_UNUSABLE
        self._ua.refuse_reinvite(event.session, cause.sip_status, self._clock(), cause.reason_phrase)
        return True

    def session_ended(self, live: LiveCall, attempt: int) -> None:
        """Nothing of one leg is left."""
        live.sessions_open -= 1
        self.settle(live)
        if live.sessions_open and live.journalled:
            self._journal.write(live.call.sid, entry.ENDED, {"attempt": attempt})

    # ---- the outbound leg

    def _locate(self, live: LiveCall, command: do.Locate) -> None:
        target = command.target
        if isinstance(target, CarrierTarget):
            channels, sid = self._calls.channels, live.call.sid
            if channels.is_full_for(sid, target.carrier):
                live.call.passed_over(CARRIER_FULL, self._clock())
                return
            channels.take(sid, target.carrier.sid)

        def located(addresses: list[Flow]) -> None:
            if not addresses:
                self._watch.call_silent(target, "no address")
            live.call.located(target, on_terms(addresses, live), self._clock())

        self._locator.locate(target, self._taker(live, located))

    def _anchor_media(self, live: LiveCall, command: do.AnchorMedia) -> None:
        index = command.attempt

        def anchored(sdp: bytes | None) -> None:
            if sdp is None:
                live.call.media_failed(index, self._clock())
            else:
                live.call.media_anchored(index, sdp)

        rule = live.source_rule(Side.INBOUND)
        done = self._taker(live, anchored)
        self._media.offer(live.media_key(index), tag_of(Side.INBOUND), command.sdp, rule, live.flow.address, done)

    def _send_invite(self, live: LiveCall, command: do.SendInvite) -> None:
        attempt = live.call.attempts[command.attempt]
        plan = live.plan
        if plan is None or attempt.address is None:
            return  # a call without a plan makes no attempt, one without an address sends nothing
        now = self._clock()
        caller = caller_of(live.request, live.flow.address)
        settings = self._settings
        offer = outbound_invite(
            plan, attempt.target, live.call.sid, caller, command.sdp, settings.presentation, settings.own_host
        )
        offer = self._hops.sealed(offer, attempt.target, attempt.address, now)
        leg = Leg(live.call, Side.OUTBOUND, attempt.index)
        session = self._ua.invite(offer, attempt.address, leg, now)
        live.outbound[attempt.index] = session
        live.sessions_open += 1
        self._note_sent(live, attempt, session, attempt.address)

    def _note_sent(self, live: LiveCall, attempt: Attempt, session: InviteSession, address: Flow) -> None:
        relay = self._media.place(live.media_key(attempt.index))
        earlier = [self._recorder.attempt(live, tried) for tried in live.call.attempts[: attempt.index]]
        fields = entry.sent(attempt, session, address, relay, earlier, self.seconds)
        self._journal.write(live.call.sid, entry.SENT, fields)

    def answer_challenge(self, live: LiveCall, index: int, response: Response) -> bool:
        """Repeat the INVITE that a carrier has challenged, within its attempt; False where the refusal stands."""
        session, attempt, now = live.outbound.get(index), live.call.attempts[index], self._clock()
        if session is None or attempt.address is None:
            return False
        credentials = self._credentials(attempt, session.request, response)
        if credentials is None or not live.call.challenged(index, now):
            return False
        self._ua.invite_again(session, *credentials, now)
        self._note_sent(live, attempt, session, attempt.address)
        return True

    def answer_bye_challenge(self, live: LiveCall, index: int, event: ByeAnswered) -> bool:
        """Repeat the BYE that a carrier has challenged; False where its answer stands."""
        if index < 0:
            return False  # customers are never answered (row 58)
        credentials = self._credentials(live.call.attempts[index], event.request, event.response)
        if credentials is None:
            return False
        self._ua.bye_again(event.session, event.request, *credentials, self._clock())
        return True

    def _credentials(self, attempt: Attempt, request: Request, response: Response) -> tuple[str, str] | None:
        if response.status not in {401, 407} or not isinstance(attempt.target, CarrierTarget):
            return None
        login = attempt.target.carrier.login
        return None if login is None else login.credentials(request, response, self._ids.token())

    def _answer_media(self, live: LiveCall, command: do.AnswerMedia) -> None:
        index, status, source = command.attempt, command.status, command.sdp

        def answered(sdp: bytes | None) -> None:
            if sdp is None:
                live.call.media_failed(index, self._clock())
            else:
                live.call.media_answered(index, status, source, sdp, self._clock())

        rule = live.source_rule(Side.OUTBOUND)
        address = live.call.attempts[index].address
        heard_from = address.address if address is not None else ""
        done, opener = self._taker(live, answered), tag_of(Side.INBOUND)
        self._media.answer(live.media_key(index), opener, source, rule, heard_from, done)

    def _release_attempt(self, live: LiveCall, command: do.ReleaseAttempt) -> None:
        session = live.outbound.get(command.attempt)
        if session is not None:
            self._ua.release(session, self._clock(), headers=_reason(command.cause))

    # ---- the inbound leg

    def _progress(self, live: LiveCall, command: do.Progress) -> None:
        # 183 stands for what carries early media; the far end's other 18x are passed on as they are.
        self._ua.progress(live.inbound, command.status, self._clock(), command.reason, body=command.sdp)

    def _accept(self, live: LiveCall, command: do.Accept) -> None:
        now = self._clock()
        response = self._ua.accept(live.inbound, command.sdp, now)
        attempt = live.call.current
        if response is None or attempt is None:
            return  # the caller's CANCEL is in the queue behind
        self._watch.call_answered(attempt.target, 200)
        live.codec = _codec(attempt.answer_from)
        self._journal.write(live.call.sid, entry.ANSWERED, entry.answered(live, attempt, response, self.seconds))

    def _refuse_inbound(self, live: LiveCall, command: do.RefuseInbound) -> None:
        cause = command.cause
        status, phrase, headers = cause.sip_status, cause.reason_phrase, self.refusal(cause)
        if live.is_hop:
            attempt = live.call.current
            status, phrase = hop_refusal(cause, attempt.status if attempt is not None else None)
            headers = (*_reason(cause), *_redirect(attempt))
        self._ua.release(live.inbound, self._clock(), status, phrase, headers)

    def alert(self, request: Request, reject: Reject, answer: bytes = b"") -> None:
        """Tell the customer of a refusal that leaves no record; `answer` is what was sent."""
        alert = self._recorder.refusal(request, reject, answer, self._clock())
        if alert is not None:
            self._records.deliver(None, [alert])

    def refusal(self, cause: ReleaseCause) -> tuple[tuple[str, str], ...]:
        """Headers of a final failure that the platform makes (row 45), with the Q.850 cause (RFC 3326)."""
        error = twilio_error_header(cause)
        prefix = self._settings.presentation.header_prefix
        headers = _reason(cause)
        return (*headers, (f"{prefix}-Error", error)) if error is not None else headers

    def _release_inbound(self, live: LiveCall, command: do.ReleaseInbound) -> None:
        self._ua.release(live.inbound, self._clock(), _DEFAULT_RELEASE, headers=_reason(command.cause))

    # ---- timers and the end

    def _arm_timer(self, live: LiveCall, command: do.ArmTimer) -> None:
        self._calls.arm(live, command.timer, command.at)

    def _stop_timer(self, live: LiveCall, command: do.StopTimer) -> None:
        self._calls.stop(live, command.timer)

    def _drop_media(self, live: LiveCall, command: do.DropMedia) -> None:
        index = command.attempt
        self._watch.attempt_ended(live.call.attempts[index])

        def dropped(statistics: CallStatistics | None) -> None:
            if statistics is not None:
                live.statistics = statistics
            live.call.media_dropped(index, self._clock())

        self._media.drop(live.media_key(index), self._taker(live, dropped))

    def _recover(self, live: LiveCall, command: do.Recover) -> None:
        """Nobody here runs TwiML: the caller hears the failure, and the customer is told why (row 101)."""
        live.unrecovered = True
        live.call.recovery_refused(command.cause, self._clock())

    def _count_media(self, live: LiveCall, command: do.CountMedia) -> None:
        index = command.attempt

        def counted(packets: int | None) -> None:
            live.call.media_counted(index, packets, self._clock())

        self._media.count(live.media_key(index), self._taker(live, counted))

    def _record_call(self, live: LiveCall, _command: do.RecordCall) -> None:
        if not live.record_written:
            self._records.deliver(self._recorder.record(live), self._recorder.alerts(live))
            live.record_written = True
        self.settle(live)

    def end_broken(self, live: LiveCall) -> None:
        """End a call that a bug of ours struck; a record that could not be delivered is tried once more."""
        live.call.broken(self._clock())
        recording = live.call.state is CallState.RELEASED and not live.record_written
        if recording and do.RecordCall() not in live.call.commands:
            live.call.commands.append(do.RecordCall())
        try:
            self.drive(live)
        finally:
            self.drive(live)  # what the same bug has left undone
            if recording:
                live.record_written = True  # or given up: the call does not live for ever
                self.settle(live)

    def settle(self, live: LiveCall) -> None:
        """Forget a call that is recorded and has no session left."""
        self._close_journal(live)
        if live.call.sid not in self._calls.by_sid or live.call.commands:
            return
        if live.record_written and live.sessions_open == 0 and live.call.state is CallState.RELEASED:
            self._calls.forget(live)

    def _close_journal(self, live: LiveCall) -> None:
        """The journal lets go of a call earlier than the user agent, which absorbs repetitions for 64*T1 more."""
        if live.journalled and live.record_written and live.owes_nothing:
            live.journalled = False
            self._journal.close(live.call.sid)


def _reason(cause: ReleaseCause | None) -> tuple[tuple[str, str], ...]:
    return (("Reason", reason_header(cause)),) if cause is not None else ()


def _redirect(attempt: Attempt | None) -> tuple[tuple[str, str], ...]:
    """Where a customer's 3xx leads, for the gateway that judges it."""
    if attempt is None or attempt.status is None or attempt.status // 100 != 3:
        return ()
    return (("Contact", attempt.contact),)


def _codec(sdp: bytes) -> str | None:
    """The codec of an answer: its first payload type (RFC 3264 section 6.1)."""
    found = _FIRST_PAYLOAD.search(sdp)
    if found is None:
        return None
    known = _CODECS.get(found.group(1))
    if known is not None:
        return known
    mapped = re.search(rb"^a=rtpmap:" + found.group(1) + rb" ([A-Za-z0-9-]+)/", sdp, re.MULTILINE)
    return mapped.group(1).decode("ascii").upper() if mapped is not None else None
