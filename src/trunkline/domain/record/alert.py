"""A debugger alert (sip.md 12.5): what went wrong, with bounded evidence."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from trunkline.domain.call.error_text import WARNING_TEXTS
from trunkline.domain.call.release_cause import Party, ReleaseCause, error_text
from trunkline.domain.record.json_field import (
    VERSION,
    JsonObject,
    JsonValue,
    check_version,
    member,
    member_or_none,
    text,
    text_or_none,
    wall,
    whole,
    written_wall,
)
from trunkline.kit.ids import AccountSid, CallSid, TrunkSid

EVIDENCE_LIMIT = 4096
"""Characters kept of a request or response."""


class AlertLevel(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """`sid` is `NO` and 32 hex digits; the evidence carries no secrets, its maker masks them."""

    sid: str
    code: int
    text: str
    level: AlertLevel
    raised_at: datetime
    account_sid: AccountSid
    trunk_sid: TrunkSid | None = None
    call_sid: CallSid | None = None
    request_text: str | None = None
    response_text: str | None = None
    party: Party | None = None
    """Whose fault it is."""


def bounded(evidence: str | None) -> str | None:
    """At most EVIDENCE_LIMIT characters, with a mark where something was cut off."""
    if evidence is None or len(evidence) <= EVIDENCE_LIMIT:
        return evidence
    return evidence[: EVIDENCE_LIMIT - 3] + "..."


def alert_for(
    cause: ReleaseCause,
    *,
    sid: str,
    raised_at: datetime,
    account_sid: AccountSid,
    trunk_sid: TrunkSid | None = None,
    call_sid: CallSid | None = None,
    request_text: str | None = None,
    response_text: str | None = None,
) -> Alert | None:
    """The alert that a cause raises; None for a cause without an error code."""
    if cause.error_code is None:
        return None
    return Alert(
        sid=sid,
        code=cause.error_code,
        text=error_text(cause),
        level=AlertLevel.ERROR,
        raised_at=raised_at,
        account_sid=account_sid,
        trunk_sid=trunk_sid,
        call_sid=call_sid,
        request_text=bounded(request_text),
        response_text=bounded(response_text),
        party=cause.party,
    )


def warning_for(
    code: int,
    about: str,
    *,
    sid: str,
    raised_at: datetime,
    account_sid: AccountSid,
    trunk_sid: TrunkSid | None,
    call_sid: CallSid | None,
    party: Party,
) -> Alert:
    """The alert of something that no call ended for; `about` is what the code's text speaks of."""
    return Alert(
        sid=sid,
        code=code,
        text=bounded(f"{WARNING_TEXTS[code]}: {about}" if about else WARNING_TEXTS[code]) or "",
        level=AlertLevel.WARNING,
        raised_at=raised_at,
        account_sid=account_sid,
        trunk_sid=trunk_sid,
        call_sid=call_sid,
        party=party,
    )


def alert_to_json(alert: Alert) -> dict[str, JsonValue]:
    return {
        "v": VERSION,
        "sid": alert.sid,
        "code": alert.code,
        "text": alert.text,
        "level": alert.level.value,
        "raised_at": written_wall(alert.raised_at),
        "account_sid": alert.account_sid,
        "trunk_sid": alert.trunk_sid,
        "call_sid": alert.call_sid,
        "request_text": alert.request_text,
        "response_text": alert.response_text,
        "party": None if alert.party is None else alert.party.value,
    }


def alert_from_json(source: JsonObject) -> Alert:
    """Raises MalformedRecord."""
    check_version(source)
    trunk_sid, call_sid = text_or_none(source, "trunk_sid"), text_or_none(source, "call_sid")
    return Alert(
        sid=text(source, "sid"),
        code=whole(source, "code"),
        text=text(source, "text"),
        level=member(source, "level", AlertLevel),
        raised_at=wall(source, "raised_at"),
        account_sid=AccountSid(text(source, "account_sid")),
        trunk_sid=None if trunk_sid is None else TrunkSid(trunk_sid),
        call_sid=None if call_sid is None else CallSid(call_sid),
        request_text=text_or_none(source, "request_text"),
        response_text=text_or_none(source, "response_text"),
        party=member_or_none(source, "party", Party),
    )
