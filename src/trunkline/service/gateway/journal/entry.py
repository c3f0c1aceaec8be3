"""What the journal keeps of a call, milestone by milestone (design, decision 8), as plain JSON types.

Messages are kept whole, less their credentials: a session is taken back by reading them again. `saved_call` reads what
is written here. Times are UNIX seconds.
"""

from collections.abc import Callable
from typing import Any

from trunkline.domain.call.attempt import Attempt
from trunkline.domain.call.command import Side
from trunkline.domain.call.release_cause import INTERNAL_ERROR
from trunkline.domain.record.attempt import CallAttempt, attempt_to_json
from trunkline.domain.record.cause_codec import cause_to_json
from trunkline.domain.trunk.carrier.route import CarrierTarget
from trunkline.domain.trunk.edge.hop import HopPlan
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.termination.decision import TerminationPlan
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Message, Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.gateway.call.live_call import LiveCall

ADMITTED = "admitted"
SENT = "sent"
PICKED_UP = "picked_up"
"""A 2xx of the far end, wanted or not: before our ACK leaves."""
ANSWERED = "answered"
CONFIRMED = "confirmed"
OFFERED = "offered"
"""A re-INVITE that is being passed on; CHANGED follows, whatever becomes of it."""
CHANGED = "changed"
RELEASING = "releasing"
"""The wish to end and why: before any BYE leaves. The record follows when the relay has given its figures."""
ENDED = "ended"
"""One session is over, so that nothing is sent to that peer again."""
RESUMED = "resumed"

LAZY = frozenset({ENDED})
"""Losing these costs a message too many."""

INBOUND = -1
"""Stands for the inbound leg where attempts are numbered."""

Fields = dict[str, Any]
WallOf = Callable[[Instant], float]

_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})


def flow_fields(flow: Flow) -> list[Any]:
    """Three fields; with the terms of its TLS, where it has any, six."""
    fields: list[Any] = [flow.transport, flow.address, flow.port]
    terms = flow.tls
    return fields if terms is None else [*fields, terms.name, terms.verified, terms.deprecated]


def message_text(message: Message, octets: bytes = b"") -> str:
    """The message as text, without credentials; `octets` are its own where it has just been written."""
    if octets and _CREDENTIALS.isdisjoint([header[0] for header in message.headers]):
        return octets.decode("utf-8", "surrogateescape")
    return message.to_text(_CREDENTIALS)


def sdp_text(sdp: bytes) -> str:
    return sdp.decode("utf-8", "surrogateescape")


def admitted(live: LiveCall, wall: WallOf) -> Fields:
    plan, trunk, account, carrier = live.plan, live.trunk, live.account, live.carrier
    fields: Fields = {
        "direction": live.direction.value,
        "flow": flow_fields(live.flow),
        "tag": live.inbound.local_tag,
        "account": account.sid if account is not None else None,
        "trunk": trunk.sid if trunk is not None else None,
        "symmetric": live.symmetric,
        "carrier": carrier.sid if carrier is not None else None,
        "invited_at": wall(live.call.invited_at),
        "request": message_text(live.request),
    }
    if isinstance(plan, TerminationPlan):
        fields |= {"from": plan.caller, "to": plan.callee, "number": plan.caller_number_sid, "edge": plan.edge}
    elif isinstance(plan, HopPlan):
        fields["hop"] = True
    elif isinstance(plan, OriginationPlan):
        fields |= {"to": plan.dialled, "number": plan.number_sid, "name": plan.caller_name, "cnam": plan.cnam_lookups}
    return fields


def sent(
    attempt: Attempt, session: InviteSession, flow: Flow, relay: str, earlier: list[CallAttempt], wall: WallOf
) -> Fields:
    """One INVITE of ours; `relay` is the place of its media session, `earlier` what failed before."""
    target, written = attempt.target, session.invite_client
    fields: Fields = {
        "attempt": attempt.index,
        "target": target.request_uri,
        "carrier": target.carrier.sid if isinstance(target, CarrierTarget) else None,
        "flow": flow_fields(flow),
        "relay": relay,
        "at": wall(attempt.started_at),
        "request": message_text(session.request, written.octets if written is not None else b""),
    }
    if earlier:
        fields["earlier"] = [attempt_to_json(attempt) for attempt in earlier]
    return fields


def picked_up(attempt: int, response: Response, wanted: bool, at: float) -> Fields:
    return {"attempt": attempt, "wanted": wanted, "at": at, "response": message_text(response)}


def _milestones(live: LiveCall, wall: WallOf) -> Fields:
    call = live.call
    return {
        "trying_at": wall(call.trying_at) if call.trying_at is not None else None,
        "ringing_at": wall(call.ringing_at) if call.ringing_at is not None else None,
    }


def answered(live: LiveCall, attempt: Attempt, response: Response, wall: WallOf) -> Fields:
    """Our 200 to the caller."""
    at = wall(live.call.answered_at or attempt.started_at)
    written = live.inbound.invite_server
    octets = written.octets if written is not None and written.last_response is response else b""
    return {
        "attempt": attempt.index,
        "at": at,
        "codec": live.codec,
        "response": message_text(response, octets),
        **_milestones(live, wall),
    }


def confirmed(live: LiveCall, answer: bytes) -> Fields:
    """The caller's ACK; `answer` is its SDP where our 200 held the offer."""
    dialog = live.inbound.dialog
    fields: Fields = {"flow": flow_fields(dialog.flow)} if dialog is not None else {}
    if answer:
        fields |= {"answer": sdp_text(answer), "codec": live.codec}
    return fields


def offered(side: Side, request: Request, flow: Flow) -> Fields:
    return {"side": side.value, "flow": flow_fields(flow), "request": message_text(request)}


def changed(live: LiveCall) -> Fields:
    """Where requests in both dialogs go after a re-INVITE, and what is agreed on.

    `asks` while a re-INVITE still waits for its answer, `settled` when the relay knows no more than what is agreed.
    """
    sessions = [(side, live.session_of(side)) for side in Side]
    fields: Fields = {"asks": any(session is not None and session.is_asked for _, session in sessions)}
    for side, session in sessions:
        if session is not None and session.dialog is not None:
            dialog = session.dialog
            fields[side.value] = {"target": dialog.remote_target, "flow": flow_fields(dialog.flow)}
    if live.call.current is not None:
        exchange = live.call.exchange
        agreed = exchange.agreed
        texts = (agreed.offer, agreed.answer, agreed.told_offer, agreed.told_answer)
        fields |= {"settled": not exchange.is_pending, "agreed": [agreed.offerer.value, *map(sdp_text, texts)]}
    return fields


def releasing(live: LiveCall, attempts: list[CallAttempt], wall: WallOf) -> Fields:
    call = live.call
    return {
        "cause": cause_to_json(call.cause or INTERNAL_ERROR),
        "by": call.released_by.value,
        "at": wall(call.released_at or call.invited_at),
        "interrupted": live.interrupted,
        "attempts": [attempt_to_json(attempt) for attempt in attempts],
        **_milestones(live, wall),
    }
