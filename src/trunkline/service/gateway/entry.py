"""What the journal keeps of a call, milestone by milestone (design, decision 8), as plain JSON types.

Messages are kept whole, less their credentials: a session is taken back by reading them again.
"""

from typing import Any

from trunkline.domain.call.attempt import Attempt
from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Message
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.gateway.live_call import LiveCall

ADMITTED = "admitted"
SENT = "sent"
ANSWERED = "answered"
CONFIRMED = "confirmed"
CHANGED = "changed"
RELEASED = "released"

_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})


def flow_fields(flow: Flow) -> list[Any]:
    return [flow.transport, flow.address, flow.port, flow.connection]


def flow_of(fields: list[Any]) -> Flow:
    return Flow(str(fields[0]), str(fields[1]), int(fields[2]), int(fields[3]))


def message_text(message: Message) -> str:
    """The message as text, without credentials."""
    headers = message.headers
    if any(header[0] in _CREDENTIALS for header in headers):
        message.headers = [header for header in headers if header[0] not in _CREDENTIALS]
        try:
            return message.to_bytes().decode("utf-8", "surrogateescape")
        finally:
            message.headers = headers
    return message.to_bytes().decode("utf-8", "surrogateescape")


def admitted(live: LiveCall, invited_at: float) -> dict[str, Any]:
    """`invited_at` is UNIX seconds."""
    plan_callee = getattr(live.plan, "callee", None) or getattr(live.plan, "dialled", None)
    return {
        "direction": live.direction.value,
        "flow": flow_fields(live.flow),
        "tag": live.inbound.local_tag,
        "request": message_text(live.request),
        "account": live.account.sid if live.account is not None else None,
        "trunk": live.trunk.sid if live.trunk is not None else None,
        "carrier": live.carrier.sid if live.carrier is not None else None,
        "from": getattr(live.plan, "caller", None),
        "to": plan_callee,
        "invited_at": invited_at,
    }


def sent(attempt: Attempt, session: InviteSession, flow: Flow, relay: str, at: float) -> dict[str, Any]:
    """One INVITE of ours; `relay` is the ng address that holds its media session."""
    return {
        "attempt": attempt.index,
        "target": attempt.target.request_uri,
        "flow": flow_fields(flow),
        "request": message_text(session.request),
        "relay": relay,
        "at": at,
    }


def answered(attempt: int, far: str, near: str, at: float) -> dict[str, Any]:
    """The far end's 200 and ours to the caller."""
    return {"attempt": attempt, "far": far, "near": near, "at": at}


def changed(live: LiveCall) -> dict[str, Any]:
    """Where requests in both dialogs go after a re-INVITE."""
    fields: dict[str, Any] = {}
    current = live.call.current
    far = live.outbound.get(current.index) if current is not None else None
    for side, session in (("inbound", live.inbound), ("outbound", far)):
        if session is not None and session.dialog is not None:
            dialog = session.dialog
            fields[side] = {"target": dialog.remote_target, "flow": flow_fields(dialog.flow)}
    return fields
