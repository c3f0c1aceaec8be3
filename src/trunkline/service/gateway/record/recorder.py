"""The one record that a call leaves, and its alerts: instants become wall-clock times here."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from trunkline.domain.call.attempt import Attempt
from trunkline.domain.call.release_cause import INTERNAL_ERROR, TLS_VERSION_TOO_LOW, Party, ReleaseCause
from trunkline.domain.record.alert import Alert, alert_for, warning_for
from trunkline.domain.record.attempt import CallAttempt
from trunkline.domain.record.call_record import CallRecord, Direction
from trunkline.domain.record.media_statistics import MediaStatistics
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.route import CarrierTarget
from trunkline.domain.trunk.decision import Reject
from trunkline.domain.trunk.edge.hop import HopPlan
from trunkline.domain.trunk.facts import NumberSid
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.termination.call_reason import CALL_REASON, CALL_REASON_TOO_LONG, is_usable_call_reason
from trunkline.domain.trunk.termination.decision import TerminationPlan
from trunkline.kit.ids import AccountSid, IdSource
from trunkline.kit.instant import Instant
from trunkline.platform.setting.log import redacted_text
from trunkline.protocol.ng.answer import LegStatistics
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.service.gateway.call.live_call import LiveCall
from trunkline.service.gateway.record.alert_budget import AlertBudget
from trunkline.service.gateway.record.evidence import first_line, shown
from trunkline.service.gateway.tls.tls_policy import TooOld

NOT_RECOVERED: Final = 11200

WallOf = Callable[[Instant], datetime]
"""The wall-clock time of an instant of this process."""


class Recorder:
    """Builds records and alerts for one gateway."""

    __slots__ = ("_budget", "_evidence", "_gateway", "_ids", "_wall")

    def __init__(self, gateway: str, ids: IdSource, wall: WallOf) -> None:
        self._budget = AlertBudget()
        self._evidence = AlertBudget()
        """How many alerts of calls show whole messages."""
        self._gateway = gateway
        self._ids = ids
        self._wall = wall

    def record(self, live: LiveCall) -> CallRecord | None:
        """The record of a released call; None when it leaves none (design, decision 9)."""
        call = live.call
        account = live.account
        if not call.recorded or account is None or call.released_at is None:
            return None
        answered = call.current
        target = answered.target if answered is not None else None
        legs = live.statistics.legs if live.statistics is not None else {}
        inbound_leg, outbound_leg = legs.get("caller"), legs.get("callee")
        outbound = live.outbound.get(answered.index) if answered is not None else None
        address = answered.address if answered is not None else None
        from_number, to_number = numbers_of(live)
        named = live.plan if isinstance(live.plan, OriginationPlan) else None
        return CallRecord(
            sid=call.sid,
            account_sid=account.sid,
            trunk_sid=live.trunk.sid if live.trunk is not None else None,
            direction=live.direction,
            from_number=from_number,
            to_number=to_number,
            to_uri=outbound.request.uri_text if outbound is not None else None,
            number_sid=number_sid_of(live),
            caller_name=named.caller_name if named is not None else live.request.from_.name or None,
            cnam_lookups=named.cnam_lookups if named is not None else 0,
            invited_at=self._wall(call.invited_at),
            trying_at=self._at(call.trying_at),
            ringing_at=self._at(call.ringing_at),
            answered_at=self._at(call.answered_at),
            released_at=self._wall(call.released_at),
            cause=call.cause or INTERNAL_ERROR,
            released_by=call.released_by if call.cause is not None else Party.PLATFORM,
            interrupted=live.interrupted,
            edge=live.plan.edge if isinstance(live.plan, TerminationPlan) else None,
            gateway=self._gateway,
            carrier_sid=target.carrier.sid
            if isinstance(target, CarrierTarget)
            else (live.carrier.sid if live.carrier is not None else None),
            carrier_gateway=self._carrier_gateway(live, answered),
            source_address=f"{live.flow.address}:{live.flow.port}",
            inbound_transport=Transport(live.flow.transport.lower()),
            outbound_transport=Transport(address.transport.lower()) if address is not None else None,
            codec=live.codec,
            inbound_media=_media(inbound_leg, outbound_leg, live.codec),
            outbound_media=_media(outbound_leg, inbound_leg, live.codec),
            inbound_sip_call_id=live.request.call_id,
            outbound_sip_call_id=outbound.call_id if outbound is not None else None,
            attempts=tuple(self.attempt(live, attempt) for attempt in call.attempts),
        )

    def alerts(self, live: LiveCall) -> list[Alert]:
        """One alert for the call's cause, one for each attempt that failed (row 60), and the warnings of its URIs."""
        account, call = live.account, live.call
        if account is None or call.cause is None:
            return []
        found: list[Alert | None] = []
        causes: set[ReleaseCause] = set()
        for attempt in call.attempts:
            if attempt.cause is not None:
                causes.add(attempt.cause)
                session = live.outbound.get(attempt.index)
                sent = session.request if session is not None else live.request
                said = live.refusals.get(attempt.index)
                found.append(self._alert_of(live, account.sid, attempt.cause, sent, said))
        if call.cause not in causes:
            transaction = live.inbound.invite_server
            answer = None if transaction is None else transaction.octets
            found.append(self._alert_of(live, account.sid, call.cause, live.request, answer))
        found += self._warnings(live, account.sid)
        return [alert for alert in found if alert is not None]

    def refusal(self, request: Request, reject: Reject, answer: bytes, now: Instant) -> Alert | None:
        """The alert of a refusal that leaves no record (design, decision 9), within the trunk's budget; else None.

        `answer` is the response as it was sent.
        """
        account, trunk, cause = reject.account, reject.trunk, reject.cause
        if account is None or trunk is None or cause.error_code is None:
            return None
        if not self._budget.admits(trunk.sid, cause.error_code, now):
            return None
        return alert_for(
            cause,
            sid=self._ids.sid("NO"),
            raised_at=self._wall(now),
            account_sid=account.sid,
            trunk_sid=trunk.sid,
            request_text=shown(request),
            response_text=shown(answer) or _status_line(cause),
        )

    def too_old(self, found: TooOld, now: Instant) -> Alert | None:
        """The alert of a TLS handshake that was refused for its version (row 75), within the account's budget."""
        cause = TLS_VERSION_TOO_LOW
        if not self._budget.admits(found.trunk or found.account, cause.error_code or 0, now):
            return None
        return alert_for(
            cause,
            sid=self._ids.sid("NO"),
            raised_at=self._wall(now),
            account_sid=found.account,
            trunk_sid=found.trunk,
            request_text=found.said,
            response_text="TLS alert 70, protocol version",
        )

    def _alert_of(
        self,
        live: LiveCall,
        account_sid: AccountSid,
        cause: ReleaseCause,
        request: Request,
        answer: Response | bytes | None,
    ) -> Alert | None:
        """Whole messages within the budget, their first lines beyond it: no flood of calls fills the store."""
        if cause.error_code is None:
            return None
        call, trunk_sid = live.call, live.trunk.sid if live.trunk is not None else None
        at = call.released_at or call.invited_at
        whole = self._evidence.admits(trunk_sid or account_sid, cause.error_code, at)
        response_text = None if answer is None else shown(answer)
        if not whole and response_text is not None:
            response_text = first_line(response_text)
        return alert_for(
            cause,
            sid=self._ids.sid("NO"),
            raised_at=self._wall(at),
            account_sid=account_sid,
            trunk_sid=trunk_sid,
            call_sid=call.sid if call.recorded else None,
            request_text=shown(request) if whole else redacted_text(f"{request.method} {request.uri_text} SIP/2.0"),
            response_text=response_text,
        )

    def _warnings(self, live: LiveCall, account_sid: AccountSid) -> list[Alert]:
        """What no call ends for, within the trunk's budget: it would come with every call."""
        plan, at = live.plan, live.call.released_at
        if plan is None or isinstance(plan, HopPlan) or plan.trunk is None or at is None:
            return []
        trunk_sid = plan.trunk.sid
        return [
            warning_for(
                code,
                redacted_text(about),
                sid=self._ids.sid("NO"),
                raised_at=self._wall(at),
                account_sid=account_sid,
                trunk_sid=trunk_sid,
                call_sid=live.call.sid,
                party=party,
            )
            for code, about, party in _told(live)
            if self._budget.admits(trunk_sid, code, at)
        ]

    def _at(self, at: Instant | None) -> datetime | None:
        return None if at is None else self._wall(at)

    def _carrier_gateway(self, live: LiveCall, attempt: Attempt | None) -> str | None:
        if live.direction is Direction.ORIGINATING:
            return f"{live.flow.address}:{live.flow.port}"
        address = attempt.address if attempt is not None else None
        return None if address is None else f"{address.address}:{address.port}"

    def attempt(self, live: LiveCall, attempt: Attempt) -> CallAttempt:
        """The row of one attempt."""
        session = live.outbound.get(attempt.index)
        return CallAttempt(
            index=attempt.index,
            target_uri=attempt.target.request_uri,
            address=str(attempt.address) if attempt.address is not None else None,
            started_at=self._wall(attempt.started_at),
            ended_at=self._at(attempt.ended_at),
            sip_call_id=session.call_id if session is not None else None,
            status=attempt.status,
            cause=attempt.cause,
        )


def _status_line(cause: ReleaseCause) -> str:
    return f"SIP/2.0 {cause.sip_status} {cause.reason_phrase}"


def _told(live: LiveCall) -> list[tuple[int, str, Party]]:
    """Warnings of a call: code, what it is about, who is at fault (sip.md 3.5, 4.1, 7.2)."""
    if isinstance(live.plan, OriginationPlan):
        told = [(warning.code, warning.uri, Party.CALLEE) for warning in live.plan.warnings]
        return [*told, (NOT_RECOVERED, "", Party.PLATFORM)] if live.unrecovered else told
    reason = live.request.get(CALL_REASON)
    return [] if reason is None or is_usable_call_reason(reason) else [(CALL_REASON_TOO_LONG, reason, Party.CALLER)]


def numbers_of(live: LiveCall) -> tuple[str, str]:
    """Caller and callee, as the record and the API name them."""
    plan = live.plan
    if isinstance(plan, TerminationPlan):
        return plan.caller, plan.callee
    if live.numbers is not None:
        return live.numbers
    caller = live.request.from_.uri.plain_user or "anonymous"
    if isinstance(plan, OriginationPlan):
        return caller, plan.dialled
    return caller, live.request.uri.plain_user


def number_sid_of(live: LiveCall) -> NumberSid | None:
    """The account's number in the call."""
    plan = live.plan
    match plan:
        case TerminationPlan():
            return plan.caller_number_sid
        case OriginationPlan():
            return plan.number_sid
        case HopPlan() | None:
            return None


def _media(own: LegStatistics | None, other: LegStatistics | None, codec: str | None) -> MediaStatistics | None:
    """One side's figures: what came from it, and what the other side's stream brought it."""
    if own is None:
        return None
    quality = own.quality
    lost = None
    if quality is not None:
        received = own.rtp.packets
        lost = round(received * quality.loss_percent / max(1e-9, 100.0 - quality.loss_percent))
    return MediaStatistics(
        packets_received=own.rtp.packets,
        bytes_received=own.rtp.bytes,
        packets_sent=other.rtp.packets if other is not None else None,
        bytes_sent=other.rtp.bytes if other is not None else None,
        packets_lost=lost,
        jitter_ms=quality.jitter_ms if quality is not None else None,
        mos=quality.mos if quality is not None else None,
        codec=codec,
    )
