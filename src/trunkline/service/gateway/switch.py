"""The gateway's core: user agent events in, call inputs, commands out to user agent, relay, journal and records.

It reads no clock and opens no socket: the process gives it real ports, the simulation its own. One event is handled to
its end before the next; slow work comes back as a callback, which drives its call and wakes the pump.
"""

from typing import Final

from trunkline.domain.call.leg import Leg
from trunkline.domain.call.release_cause import DRAINING, INTERNAL_ERROR, OVERLOADED, ReleaseCause
from trunkline.kit.ids import CallSid
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.ua.event import (
    Acknowledged,
    ByeAnswered,
    ByeArrived,
    InviteAnswered,
    InviteArrived,
    InviteProgressed,
    InviteRefused,
    LateAnswer,
    ReinviteArrived,
    ReinviteRefused,
    RequestArrived,
    ResponseArrived,
    SessionEnded,
    UaEvent,
    UaOutput,
)
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.gateway.admission.load import Load
from trunkline.service.gateway.call.arrival import Arrival, Subject
from trunkline.service.gateway.call.calls import Calls
from trunkline.service.gateway.call.live_call import LiveCall, Probe
from trunkline.service.gateway.execution.executor import Executor
from trunkline.service.gateway.reception import Reception
from trunkline.service.gateway.target.carrier_watch import Ping

_CONCERNING: Final[frozenset[type[UaEvent]]] = frozenset(
    {InviteAnswered, LateAnswer, InviteRefused, ReinviteArrived, ReinviteRefused, ByeArrived, ByeAnswered}
)
"""Events of a call that concern the gateway itself as well."""


class Switch:
    """What the pump drives: a user agent with calls on top."""

    __slots__ = ("_calls", "_doorkeeper", "_executor", "_handling", "_now", "_reception", "_ua")

    def __init__(self, ua: UserAgent, calls: Calls, executor: Executor, reception: Reception) -> None:
        self._ua = ua
        self._calls = calls
        self._executor = executor
        self._reception = reception
        self._doorkeeper = reception.doorkeeper
        self._handling: Subject | None = None
        self._now = Instant(0.0)

    # ---- the five verbs

    def receive(self, data: bytes, flow: Flow, now: Instant) -> None:
        self._now = now
        self._handling = None
        doorkeeper = self._doorkeeper
        if flow.address in doorkeeper.suspects and doorkeeper.turns_away(data, flow, now):
            return
        self._ua.receive(data, flow, now)

    def transport_failed(self, flow: Flow, error: str, now: Instant) -> None:
        self._now = now
        self._handling = None
        self._ua.transport_failed(flow, error, now)

    def advance(self, now: Instant) -> None:
        """Fire what is due: the user agent's timers, then the calls'."""
        self._now = now
        self._handling = None
        self._ua.advance(now)
        while (due := self._calls.pop_due(now)) is not None:
            live, timer = due
            self._handling = live
            live.call.timer_fired(timer, now)
            self._executor.drive(live)

    def next_deadline(self) -> Instant | None:
        ua_at, calls_at = self._ua.next_deadline(), self._calls.next_deadline()
        if ua_at is None or calls_at is None:
            return calls_at if ua_at is None else ua_at
        return min(calls_at, ua_at)

    def poll(self) -> UaOutput | Arrival | None:
        return self._ua.poll() or self._executor.arrivals.next()

    # ---- events of the user agent, and slow work that has come back

    def on_event(self, event: UaEvent | Arrival) -> None:
        """Handle one event that `poll` gave."""
        now = self._now
        self._handling = None
        match event:
            case InviteProgressed() | InviteAnswered() | Acknowledged() | ByeArrived() | ByeAnswered():
                self._deliver(event.session.owner, event, now)  # most events of a call: told apart at once
            case InviteArrived():
                self._handling = event.session
                self._reception.invite(event, now)
            case RequestArrived():
                self._handling = event.transaction
                self._reception.request(event, now)
            case SessionEnded(owner=owner):
                self._session_ended(owner)
            case Arrival():
                self._handling = event.about
                event.act()
                if isinstance(event.about, LiveCall):
                    self._executor.drive(event.about)
            case ResponseArrived(owner=Probe() as probe):
                self._probed(probe, event, now)
            case ResponseArrived(owner=Ping() as ping):
                ping.answered(event.response, now)
            case ResponseArrived(owner=owner):
                self._deliver(owner, event, now)
            case _:
                self._deliver(event.session.owner, event, now)

    def _deliver(self, owner: object, event: UaEvent, now: Instant) -> None:
        live = self._calls.by_sid.get(owner.call.sid) if isinstance(owner, Leg) else None
        if live is None or not isinstance(owner, Leg):
            return  # a challenged or refused INVITE has no call
        self._handling = live
        if type(event) not in _CONCERNING or not self._keeps(live, owner.attempt, event):
            owner.deliver(event, now)
            if isinstance(event, Acknowledged):
                self._executor.confirmed(live, event.ack)
        self._executor.drive(live)

    def _keeps(self, live: LiveCall, attempt: int, event: UaEvent) -> bool:
        """Note what concerns the gateway itself; whether the call is not to hear of it."""
        executor = self._executor
        if isinstance(event, (ByeArrived, ByeAnswered)):
            if isinstance(event, ByeAnswered) and executor.searching.answer_bye_challenge(live, attempt, event):
                return True
            live.left.add(attempt)
            executor.settle(live)
        elif isinstance(event, (InviteAnswered, LateAnswer)):
            executor.picked_up(live, attempt, event.response, wanted=isinstance(event, InviteAnswered))
        elif isinstance(event, InviteRefused) and event.response is not None:
            if executor.searching.answer_challenge(live, attempt, event.response):
                return True
            live.refusals[attempt] = event.response
        elif isinstance(event, ReinviteArrived):
            return executor.refuses_contact(event)
        elif isinstance(event, ReinviteRefused):
            return executor.searching.answer_reinvite_challenge(live, attempt, event)
        return False

    def _probed(self, probe: Probe, event: ResponseArrived, now: Instant) -> None:
        response, live = event.response, self._calls.by_sid.get(probe.leg.call.sid)
        if live is None or (response is None and probe.patient):
            return
        if response is None or response.status in {408, 481}:
            # It ended while nobody was here: by the clock of whoever pays, when somebody was last.
            live.interrupted = True
            now = min(now, max(live.unsure_from or now, live.call.answered_at or now))
        self._deliver(probe.leg, event, now)

    def _session_ended(self, owner: object) -> None:
        live = self._calls.by_sid.get(owner.call.sid) if isinstance(owner, Leg) else None
        if live is not None and isinstance(owner, Leg):
            self._handling = live
            self._executor.session_ended(live, owner.attempt)

    # ---- from elsewhere in the process; the caller wakes the pump

    def release(self, sid: CallSid, cause: ReleaseCause, now: Instant) -> bool:
        """End one call; False when there is none."""
        live = self._calls.by_sid.get(sid)
        if live is None:
            return False
        live.call.release(cause, now)
        self._executor.drive(live)
        return True

    def release_all(self, cause: ReleaseCause, now: Instant) -> None:
        for live in self._calls:
            live.call.release(cause, now)
            self._executor.drive(live)

    def refuse_new(self, cause: ReleaseCause) -> None:
        """Answer every new INVITE with 503 from now on."""
        self._reception.closed = cause

    def drain(self) -> None:
        """Answer every new INVITE with 503 until `take_new`; a gateway that shuts down stays at that."""
        self._reception.drain()

    def take_new(self) -> None:
        """The end of draining."""
        self._reception.take_new()

    @property
    def is_draining(self) -> bool:
        return self._reception.closed is DRAINING

    def journal_troubled(self, trouble: str) -> None:
        """The journal cannot be written, or, with "", can again: new INVITEs get 503 meanwhile, live calls go on."""
        self._reception.new_calls.journal_trouble = OVERLOADED if trouble else None

    def broken(self, now: Instant) -> None:
        """The bulkhead: our bug while one call or request was handled ends that one and no other."""
        about, self._handling = self._handling, None
        if isinstance(about, InviteSession):
            owner = about.owner
            live = self._calls.by_sid.get(owner.call.sid) if isinstance(owner, Leg) else None
            if live is None:
                headers = self._executor.refusal(INTERNAL_ERROR)
                self._ua.refuse(about, INTERNAL_ERROR.sip_status, now, headers=headers, repeat=False)
                return
            about = live
        if isinstance(about, LiveCall):
            about.driving = False
            self._executor.end_broken(about)
        elif about is not None:
            self._ua.respond(about, INTERNAL_ERROR.sip_status, now)

    @property
    def reception(self) -> Reception:
        return self._reception

    @property
    def load(self) -> Load:
        """How much the gateway is behind; whoever has a timer tells it."""
        return self._reception.load

    @property
    def call_count(self) -> int:
        return len(self._calls)

    @property
    def is_settled(self) -> bool:
        """Every call is released and recorded, and no far end owes us anything: the process may end."""
        return all(live.record_written for live in self._calls) and not self._ua.waits_for_peers()

    @property
    def is_quiet(self) -> bool:
        """Nothing lives: no call, session, transaction or timer."""
        ua = self._ua
        return not (
            len(self._calls) or self._calls.timer_count or ua.session_count or ua.transaction_count or ua.timer_count
        )
