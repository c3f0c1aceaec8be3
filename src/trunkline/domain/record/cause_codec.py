"""A ReleaseCause as JSON: whole, so that a record stays readable when the constants change."""

from trunkline.domain.call.release_cause import CallStatus, Party, ReleaseCause
from trunkline.domain.record.json_field import JsonObject, JsonValue, member, text, whole, whole_or_none


def cause_to_json(cause: ReleaseCause) -> dict[str, JsonValue]:
    return {
        "name": cause.name,
        "sip_status": cause.sip_status,
        "reason_phrase": cause.reason_phrase,
        "q850": cause.q850,
        "error_code": cause.error_code,
        "party": cause.party.value,
        "status": cause.status.value,
    }


def cause_from_json(source: JsonObject) -> ReleaseCause:
    """Raises MalformedRecord."""
    return ReleaseCause(
        text(source, "name"),
        whole(source, "sip_status"),
        text(source, "reason_phrase"),
        whole(source, "q850"),
        whole_or_none(source, "error_code"),
        member(source, "party", Party),
        member(source, "status", CallStatus),
    )
