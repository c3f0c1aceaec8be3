"""Carries a call's commands out: on the user agent, the relay, the locator, the journal and the records."""

import re
from collections.abc import Callable
from typing import Final

from trunkline.domain.call import command as do
from trunkline.domain.call.attempt import Attempt
from trunkline.domain.call.command import Command
from trunkline.domain.call.leg import sdp_of
from trunkline.domain.call.release_cause import (
    CONTACT_UNUSABLE,
    ReleaseCause,
    reason_header,
    twilio_error_header,
)
from trunkline.domain.call.state import CallState
from trunkline.domain.trunk.decision import Reject
from trunkline.domain.trunk.termination.checks import is_unusable
from trunkline.kit.instant import Instant
from trunkline.protocol.ng.answer import CallStatistics
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.ua.event import ReinviteArrived
from trunkline.protocol.sip.ua.extension import SDP
from trunkline.service.gateway.call.arrival import Arrivals
from trunkline.service.gateway.call.live_call import LiveCall
from trunkline.service.gateway.execution.exchanging import Exchanging
from trunkline.service.gateway.execution.means import Means
from trunkline.service.gateway.execution.relaying import Relaying
from trunkline.service.gateway.execution.searching import Searching
from trunkline.service.gateway.journal import entry
from trunkline.service.gateway.target.edge_hop import hop_refusal

_FIRST_PAYLOAD: Final = re.compile(rb"^m=audio [1-9]\d* \S+ (\d+)", re.MULTILINE)
_CODECS: Final = {b"0": "PCMU", b"8": "PCMA"}
_DEFAULT_RELEASE: Final = 480
_UNSUPPORTED_MEDIA: Final = 415


class Executor:
    """Each command is one method; `drive` runs them until the call wants nothing more."""

    __slots__ = ("_do", "_epoch", "_means", "arrivals", "searching")

    def __init__(self, means: Means, wake: Callable[[], None]) -> None:
        self._means = means
        self.follow_clock()
        self.arrivals = Arrivals(wake)
        relaying = Relaying(means, self.arrivals)
        self.searching = Searching(means, self.seconds, self.arrivals, relaying)
        """Answers carriers' challenges too, which are events of the user agent."""
        self._do: dict[type[Command], Callable[..., None]] = {
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
            **self.searching.verbs(),
            **Exchanging(means, relaying).verbs(),
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
        return self._means.clock()

    def seconds(self, at: Instant) -> float:
        """UNIX time of an instant."""
        return self._epoch + at

    def follow_clock(self) -> None:
        """At the start, and when the system's clock was set: the journal's times are those of whoever takes over."""
        self._epoch = self._means.wall(Instant(0.0)).timestamp()

    # ---- the journal

    def _note_release(self, live: LiveCall) -> None:
        live.release_noted = True
        self._means.calls.released(live)
        released_at, unsure_until = live.call.released_at, live.unsure_until
        if released_at is not None and unsure_until is not None and released_at < unsure_until:
            live.interrupted = True
        if live.journalled:
            # What is known of the one that was answered stands in ANSWERED.
            unanswered = [attempt for attempt in live.call.attempts if attempt.status != 200]
            attempts = [self._means.recorder.attempt(live, attempt) for attempt in unanswered]
            self._means.journal.write(live.call.sid, entry.RELEASING, entry.releasing(live, attempts, self.seconds))

    def picked_up(self, live: LiveCall, attempt: int, response: Response, *, wanted: bool) -> None:
        """The far end answered: should this process die now, that phone is hung up all the same."""
        if live.journalled:
            fields = entry.picked_up(attempt, response, wanted, self.seconds(self._means.clock()))
            self._means.journal.write(live.call.sid, entry.PICKED_UP, fields)

    def confirmed(self, live: LiveCall, ack: Request) -> None:
        """The caller's ACK came: from here on the call survives this process."""
        answer = sdp_of(ack) if live.call.is_late else b""
        if answer:
            live.codec = _codec(answer)
        self._means.journal.write(live.call.sid, entry.CONFIRMED, entry.confirmed(live, answer))

    def refuses_contact(self, event: ReinviteArrived) -> bool:
        """A re-INVITE may not move a peer to where nobody reaches it (sip.md 3.6); the session stands."""
        contact = event.request.contact
        if self._means.settings.allow_private or contact is None or not is_unusable(contact.uri.host):
            return False
        cause = CONTACT_UNUSABLE
        self._means.ua.refuse_reinvite(event.session, cause.sip_status, self._means.clock(), cause.reason_phrase)
        return True

    def session_ended(self, live: LiveCall, attempt: int) -> None:
        """Nothing of one leg is left."""
        live.sessions_open -= 1
        self.settle(live)
        if live.sessions_open and live.journalled:
            self._means.journal.write(live.call.sid, entry.ENDED, {"attempt": attempt})

    # ---- the outbound leg

    def _release_attempt(self, live: LiveCall, command: do.ReleaseAttempt) -> None:
        session = live.outbound.get(command.attempt)
        if session is not None:
            self._means.ua.release(session, self._means.clock(), headers=_reason(command.cause))

    # ---- the inbound leg

    def _progress(self, live: LiveCall, command: do.Progress) -> None:
        # 183 stands for what carries early media; the far end's other 18x are passed on as they are.
        self._means.ua.progress(live.inbound, command.status, self._means.clock(), command.reason, body=command.sdp)

    def _accept(self, live: LiveCall, command: do.Accept) -> None:
        now = self._means.clock()
        response = self._means.ua.accept(live.inbound, command.sdp, now)
        attempt = live.call.current
        if response is None or attempt is None:
            return  # the caller's CANCEL is in the queue behind
        self._means.watch.call_answered(attempt.target, 200)
        live.codec = _codec(attempt.answer_from)
        self._means.journal.write(live.call.sid, entry.ANSWERED, entry.answered(live, attempt, response, self.seconds))

    def _refuse_inbound(self, live: LiveCall, command: do.RefuseInbound) -> None:
        cause = command.cause
        status, phrase, headers = cause.sip_status, cause.reason_phrase, self.refusal(cause)
        if live.is_hop:
            attempt = live.call.current
            status, phrase = hop_refusal(cause, attempt.status if attempt is not None else None)
            headers = (*_reason(cause), *_redirect(attempt))
        self._means.ua.release(live.inbound, self._means.clock(), status, phrase, headers)

    def alert(self, request: Request, reject: Reject, answer: bytes = b"") -> None:
        """Tell the customer of a refusal that leaves no record; `answer` is what was sent."""
        alert = self._means.recorder.refusal(request, reject, answer, self._means.clock())
        if alert is not None:
            self._means.records.deliver(None, [alert])

    def refusal(self, cause: ReleaseCause) -> tuple[tuple[str, str], ...]:
        """Headers of a final failure that the platform makes (row 45), with the Q.850 cause (RFC 3326)."""
        error = twilio_error_header(cause)
        prefix = self._means.settings.presentation.header_prefix
        headers = _reason(cause)
        if cause.sip_status == _UNSUPPORTED_MEDIA:
            headers = (*headers, ("Accept", SDP))  # RFC 3261 section 21.4.13
        return (*headers, (f"{prefix}-Error", error)) if error is not None else headers

    def _release_inbound(self, live: LiveCall, command: do.ReleaseInbound) -> None:
        self._means.ua.release(live.inbound, self._means.clock(), _DEFAULT_RELEASE, headers=_reason(command.cause))

    # ---- timers and the end

    def _arm_timer(self, live: LiveCall, command: do.ArmTimer) -> None:
        self._means.calls.arm(live, command.timer, command.at)

    def _stop_timer(self, live: LiveCall, command: do.StopTimer) -> None:
        self._means.calls.stop(live, command.timer)

    def _drop_media(self, live: LiveCall, command: do.DropMedia) -> None:
        index = command.attempt
        self._means.watch.attempt_ended(live.call.attempts[index])

        def dropped(statistics: CallStatistics | None) -> None:
            if statistics is not None:
                live.statistics = statistics
            live.call.media_dropped(index, self._means.clock())

        self._means.media.drop(live.media_key(index), self.arrivals.taker(live, dropped))

    def _recover(self, live: LiveCall, command: do.Recover) -> None:
        """Nobody here runs TwiML: the caller hears the failure, and the customer is told why (row 101)."""
        live.unrecovered = True
        live.call.recovery_refused(command.cause, self._means.clock())

    def _count_media(self, live: LiveCall, command: do.CountMedia) -> None:
        index = command.attempt

        def counted(packets: int | None) -> None:
            live.call.media_counted(index, packets, self._means.clock())

        self._means.media.count(live.media_key(index), self.arrivals.taker(live, counted))

    def _record_call(self, live: LiveCall, _command: do.RecordCall) -> None:
        if not live.record_written:
            self._means.records.deliver(self._means.recorder.record(live), self._means.recorder.alerts(live))
            live.record_written = True
        self.settle(live)

    def end_broken(self, live: LiveCall) -> None:
        """End a call that a bug of ours struck; a record that could not be delivered is tried once more."""
        live.call.broken(self._means.clock())
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
        if live.call.sid not in self._means.calls.by_sid or live.call.commands:
            return
        if live.record_written and live.sessions_open == 0 and live.call.state is CallState.RELEASED:
            self._means.calls.forget(live)

    def _close_journal(self, live: LiveCall) -> None:
        """The journal lets go of a call earlier than the user agent, which absorbs repetitions for 64*T1 more."""
        if live.journalled and live.record_written and live.owes_nothing:
            live.journalled = False
            self._means.journal.close(live.call.sid)


def _reason(cause: ReleaseCause | None) -> tuple[tuple[str, str], ...]:
    return (("Reason", reason_header(cause)),) if cause is not None else ()


def _redirect(attempt: Attempt | None) -> tuple[tuple[str, str], ...]:
    """Where a customer's 3xx leads, for the gateway that judges it."""
    if attempt is None or attempt.status is None or attempt.status // 100 != 3:
        return ()
    return (("Contact", attempt.contact),)


def _codec(sdp: bytes) -> str | None:
    """The codec of an answer: its first payload type (RFC 3264 section 6.1); None for a name longer than any is."""
    found = _FIRST_PAYLOAD.search(sdp)
    if found is None:
        return None
    known = _CODECS.get(found.group(1))
    if known is not None:
        return known
    mapped = re.search(rb"^a=rtpmap:" + found.group(1) + rb" ([A-Za-z0-9-]{1,32})/", sdp, re.MULTILINE)
    return mapped.group(1).decode("ascii").upper() if mapped is not None else None
