"""One attempt to reach a target, a row under its call record (design, decision 9)."""

from dataclasses import dataclass
from datetime import datetime

from trunkline.domain.call.release_cause import ReleaseCause
from trunkline.domain.record.cause_codec import cause_from_json, cause_to_json
from trunkline.domain.record.json_field import (
    VERSION,
    JsonObject,
    JsonValue,
    check_version,
    nested_or_none,
    text,
    text_or_none,
    wall,
    wall_or_none,
    whole,
    whole_or_none,
    written_wall,
)


@dataclass(frozen=True, slots=True)
class CallAttempt:
    """One INVITE sent outwards, or one that could not be sent."""

    index: int
    """0 for the first attempt of the call."""
    target_uri: str
    address: str | None
    """`transport:host:port` that was tried; None when no address was found."""
    started_at: datetime
    ended_at: datetime | None
    """First final answer, time-out or failure; None if the call was released before."""
    sip_call_id: str | None
    status: int | None
    """Final SIP status of the target; 408 for silence and 503 for a transport failure (RFC 3261 section 8.1.3.1)."""
    cause: ReleaseCause | None
    """Why it failed; None for the attempt that was answered."""


def attempt_to_json(attempt: CallAttempt) -> dict[str, JsonValue]:
    return {
        "v": VERSION,
        "index": attempt.index,
        "target_uri": attempt.target_uri,
        "address": attempt.address,
        "started_at": written_wall(attempt.started_at),
        "ended_at": written_wall(attempt.ended_at),
        "sip_call_id": attempt.sip_call_id,
        "status": attempt.status,
        "cause": None if attempt.cause is None else cause_to_json(attempt.cause),
    }


def attempt_from_json(source: JsonObject) -> CallAttempt:
    """Raises MalformedRecord."""
    check_version(source)
    cause = nested_or_none(source, "cause")
    return CallAttempt(
        index=whole(source, "index"),
        target_uri=text(source, "target_uri"),
        address=text_or_none(source, "address"),
        started_at=wall(source, "started_at"),
        ended_at=wall_or_none(source, "ended_at"),
        sip_call_id=text_or_none(source, "sip_call_id"),
        status=whole_or_none(source, "status"),
        cause=None if cause is None else cause_from_json(cause),
    )
