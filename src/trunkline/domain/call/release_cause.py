"""The one vocabulary of endings: record, API, metrics, alerts and verdicts all derive from it (design, decision 5).

A dropped request and a 407 are no endings: no call has begun. Every other refusal and every way in which a call ends
is a constant below, or one of the family `{party}_{status}` that `from_response` makes of a far end's final answer.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from trunkline.domain.call.error_text import ERROR_TEXTS


class Party(StrEnum):
    """At whose door the ending lies."""

    CALLER = "caller"
    CALLEE = "callee"
    CARRIER = "carrier"
    PLATFORM = "platform"
    UNKNOWN = "unknown"


class CallStatus(StrEnum):
    """Status of a finished call. Only the API spells `canceled`; inside it is `cancelled` (style, section 6)."""

    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ReleaseCause:
    """Why a call ended; compare by `name`."""

    name: str
    """Snake case, bounded in number: a metric label and the key of docs/release-causes.md."""
    sip_status: int
    """What an inbound INVITE without a final answer gets; 200 for a cause that only ends answered calls."""
    reason_phrase: str
    q850: int
    """Cause value of ITU-T Q.850, 1-127; goes out as a Reason header (RFC 3326) too."""
    error_code: int | None
    """The platform's error code (32xxx and 10xxx), or None where the ending is nobody's error or the far end's word."""
    party: Party
    status: CallStatus = CallStatus.FAILED
    """Status of the call record if the call was never answered; see `call_status`."""


_CALLER = Party.CALLER
_CALLEE = Party.CALLEE
_CARRIER = Party.CARRIER
_PLATFORM = Party.PLATFORM

# --- Ordinary endings ------------------------------------------------------------------------------------------------
_COMPLETED = CallStatus.COMPLETED
CALLER_HUNG_UP: Final = ReleaseCause("caller_hung_up", 200, "OK", 16, None, _CALLER, _COMPLETED)
CALLEE_HUNG_UP: Final = ReleaseCause("callee_hung_up", 200, "OK", 16, None, _CALLEE, _COMPLETED)
CALLER_CANCELLED: Final = ReleaseCause(
    "caller_cancelled", 487, "Request Terminated", 16, None, _CALLER, CallStatus.CANCELLED
)
API_HUNG_UP: Final = ReleaseCause(
    "api_hung_up", 480, "Temporarily Unavailable", 16, None, _PLATFORM, CallStatus.CANCELLED
)

# --- Refusals of a termination INVITE (sip.md section 10) ------------------------------------------------------------
TRUNK_NOT_PERMITTED: Final = ReleaseCause("trunk_not_permitted", 403, "Forbidden", 21, 32200, _CALLER)
ACL_DENIED: Final = ReleaseCause("acl_denied", 403, "Forbidden", 21, 32201, _CALLER)
CREDENTIALS_REJECTED: Final = ReleaseCause("credentials_rejected", 403, "Forbidden", 21, 32202, _CALLER)
DESTINATION_BLOCKED: Final = ReleaseCause(
    "destination_blocked", 403, "Phone number is blocked for verification", 21, 32203, _CALLER
)
CALLER_ID_NOT_VERIFIED: Final = ReleaseCause("caller_id_not_verified", 403, "Invalid Caller ID", 21, 32204, _CALLER)
CALLER_ID_MALFORMED: Final = ReleaseCause("caller_id_malformed", 403, "Invalid Caller ID", 28, 32206, _CALLER)
CALLER_ID_DO_NOT_ORIGINATE: Final = ReleaseCause(
    "caller_id_do_not_originate", 403, "Invalid Caller ID", 21, 32206, _CALLER
)
COUNTRY_NOT_ALLOWED: Final = ReleaseCause(
    "country_not_allowed", 403, "No International Authorization", 21, 32205, _CALLER
)
ACCOUNT_NOT_ACTIVE: Final = ReleaseCause("account_not_active", 603, "Decline", 21, 10001, _CALLER)
NOT_E164: Final = ReleaseCause("not_e164", 400, "Invalid Phone Number", 28, 32101, _CALLER)
CALLEE_NOT_VERIFIED: Final = ReleaseCause("callee_not_verified", 400, "The number is unverified", 21, 32100, _CALLER)
SDP_MISSING: Final = ReleaseCause("sdp_missing", 400, "Bad Request", 95, 32103, _CALLER)
SDP_INVALID: Final = ReleaseCause("sdp_invalid", 400, "Bad Request", 95, 32102, _CALLER)
BODY_UNSUPPORTED: Final = ReleaseCause("body_unsupported", 415, "Unsupported Media Type", 79, 32102, _CALLER)
NO_COMMON_CODEC: Final = ReleaseCause("no_common_codec", 415, "Unsupported Media Type", 79, None, _CALLER)
BAD_EXTENSION: Final = ReleaseCause("bad_extension", 420, "Bad Extension", 127, None, _CALLER)
CONTACT_UNUSABLE: Final = ReleaseCause("contact_unusable", 400, "Bad Request", 95, 32105, _CALLER)
SECURE_TRANSPORT_REQUIRED: Final = ReleaseCause(
    "secure_transport_required", 488, "Not Acceptable Here", 21, 32209, _CALLER
)
SECURE_MEDIA_REQUIRED: Final = ReleaseCause("secure_media_required", 488, "Not Acceptable Here", 65, 32208, _CALLER)
SECURE_MEDIA_REFUSED: Final = ReleaseCause("secure_media_refused", 488, "Not Acceptable Here", 65, 32207, _CALLER)
TLS_VERSION_TOO_LOW: Final = ReleaseCause("tls_version_too_low", 403, "Forbidden", 21, 32222, _CALLER)
TOO_MANY_HOPS: Final = ReleaseCause("too_many_hops", 483, "Too Many Hops", 25, 32006, _CALLER)
REGISTER_REFUSED: Final = ReleaseCause("register_refused", 405, "Method Not Allowed", 63, 32210, _CALLER)
TRUNK_CPS_EXCEEDED: Final = ReleaseCause("trunk_cps_exceeded", 503, "Trunk CPS limit exceeded", 42, 32001, _CALLER)
POOL_CPS_EXCEEDED: Final = ReleaseCause("pool_cps_exceeded", 503, "Account CPS limit exceeded", 42, 32012, _CALLER)
CONCURRENCY_EXCEEDED: Final = ReleaseCause(
    "concurrency_exceeded", 503, "Trunk concurrent call limit exceeded", 42, 10004, _CALLER
)

# --- On the way to a carrier -----------------------------------------------------------------------------------------
NO_CARRIER_ROUTE: Final = ReleaseCause("no_carrier_route", 404, "Not Found", 3, None, _PLATFORM)
CARRIER_SILENT: Final = ReleaseCause("carrier_silent", 504, "Server Time-out", 102, 32016, _CARRIER)
CARRIER_UNREACHABLE: Final = ReleaseCause("carrier_unreachable", 503, "Service Unavailable", 38, 32016, _CARRIER)
CARRIER_NO_PROGRESS: Final = ReleaseCause("carrier_no_progress", 480, "Temporarily Unavailable", 102, 32016, _CARRIER)
CARRIER_FULL: Final = ReleaseCause("carrier_full", 503, "Service Unavailable", 34, 10004, _PLATFORM)
CALLER_REPUTATION: Final = ReleaseCause("caller_reputation", 403, "Forbidden", 21, 32017, _CARRIER)

# --- On the way to a customer (sip.md 4) -----------------------------------------------------------------------------
NUMBER_UNKNOWN: Final = ReleaseCause("number_unknown", 404, "Not Found", 1, None, _CARRIER)
NUMBER_WITHOUT_TRUNK: Final = ReleaseCause("number_without_trunk", 404, "Not Found", 1, None, _CALLEE)
NO_ORIGINATION_URI: Final = ReleaseCause("no_origination_uri", 480, "Temporarily Unavailable", 20, 32010, _CALLEE)
TARGET_SILENT: Final = ReleaseCause("target_silent", 480, "Temporarily Unavailable", 102, 32011, _CALLEE)
TARGET_UNREACHABLE: Final = ReleaseCause("target_unreachable", 503, "Service Unavailable", 27, 32011, _CALLEE)
HUNT_EXPIRED: Final = ReleaseCause("hunt_expired", 480, "Temporarily Unavailable", 102, 32011, _CALLEE)
REDIRECT_FAILED: Final = ReleaseCause("redirect_failed", 480, "Temporarily Unavailable", 127, 32219, _CALLEE)
NO_ANSWER: Final = ReleaseCause("no_answer", 408, "Request Timeout", 19, None, _CALLEE, CallStatus.NO_ANSWER)

# --- Ends of an answered call (sip.md 3.6, 6.8, 9) -------------------------------------------------------------------
ACK_MISSING: Final = ReleaseCause("ack_missing", 200, "OK", 102, 32022, _CALLER)
MEDIA_SILENT: Final = ReleaseCause("media_silent", 200, "OK", 31, 32014, _PLATFORM, _COMPLETED)
MAX_DURATION: Final = ReleaseCause("max_duration", 200, "OK", 31, 32015, _PLATFORM, _COMPLETED)
CALLER_LOST: Final = ReleaseCause("caller_lost", 200, "OK", 27, None, _CALLER)
CALLEE_LOST: Final = ReleaseCause("callee_lost", 200, "OK", 27, None, _CALLEE, _COMPLETED)
TRANSFERRED: Final = ReleaseCause("transferred", 200, "OK", 16, None, _PLATFORM, _COMPLETED)
TRANSFER_REFUSED: Final = ReleaseCause("transfer_refused", 403, "Forbidden", 21, 32218, _CALLER)
TRANSFER_DISABLED: Final = ReleaseCause("transfer_disabled", 603, "Decline", 21, 32218, _CALLER)

# --- The platform's own troubles -------------------------------------------------------------------------------------
MEDIA_UNAVAILABLE: Final = ReleaseCause("media_unavailable", 503, "Service Unavailable", 47, None, _PLATFORM)
FACTS_UNAVAILABLE: Final = ReleaseCause("facts_unavailable", 503, "Service Unavailable", 41, None, _PLATFORM)
OVERLOADED: Final = ReleaseCause("overloaded", 503, "Service Unavailable", 42, None, _PLATFORM)
DRAINING: Final = ReleaseCause("draining", 503, "Service Unavailable", 41, None, _PLATFORM)
SHUT_DOWN: Final = ReleaseCause("shut_down", 503, "Service Unavailable", 41, None, _PLATFORM)
INTERRUPTED: Final = ReleaseCause("interrupted", 503, "Service Unavailable", 41, None, _PLATFORM)
INTERNAL_ERROR: Final = ReleaseCause("internal_error", 500, "Server Internal Error", 41, None, _PLATFORM)

CAUSES: Final[dict[str, ReleaseCause]] = {
    cause.name: cause
    for cause in (
        *(CALLER_HUNG_UP, CALLEE_HUNG_UP, CALLER_CANCELLED, API_HUNG_UP),
        *(TRUNK_NOT_PERMITTED, ACL_DENIED, CREDENTIALS_REJECTED, DESTINATION_BLOCKED),
        *(CALLER_ID_NOT_VERIFIED, CALLER_ID_MALFORMED, CALLER_ID_DO_NOT_ORIGINATE, COUNTRY_NOT_ALLOWED),
        *(ACCOUNT_NOT_ACTIVE, NOT_E164, CALLEE_NOT_VERIFIED, SDP_MISSING, SDP_INVALID, BODY_UNSUPPORTED),
        *(
            NO_COMMON_CODEC,
            BAD_EXTENSION,
            CONTACT_UNUSABLE,
            SECURE_TRANSPORT_REQUIRED,
            SECURE_MEDIA_REQUIRED,
            SECURE_MEDIA_REFUSED,
        ),
        *(TLS_VERSION_TOO_LOW, TOO_MANY_HOPS, REGISTER_REFUSED),
        *(TRUNK_CPS_EXCEEDED, POOL_CPS_EXCEEDED, CONCURRENCY_EXCEEDED),
        *(NO_CARRIER_ROUTE, CARRIER_SILENT, CARRIER_UNREACHABLE, CARRIER_NO_PROGRESS, CARRIER_FULL, CALLER_REPUTATION),
        *(NUMBER_UNKNOWN, NUMBER_WITHOUT_TRUNK, NO_ORIGINATION_URI, TARGET_SILENT, TARGET_UNREACHABLE),
        *(HUNT_EXPIRED, REDIRECT_FAILED, NO_ANSWER),
        *(ACK_MISSING, MEDIA_SILENT, MAX_DURATION, CALLER_LOST, CALLEE_LOST),
        *(TRANSFERRED, TRANSFER_REFUSED, TRANSFER_DISABLED),
        *(MEDIA_UNAVAILABLE, FACTS_UNAVAILABLE, OVERLOADED, DRAINING, SHUT_DOWN, INTERRUPTED, INTERNAL_ERROR),
    )
}
"""Every constant by its name."""

_STATUSES_OF_Q850: Final[dict[int, tuple[int, ...]]] = {
    # RFC 3398 section 8.2.6.1; 487, 488 and 606 have no fixed value there: 31 normal unspecified, 65 bearer not there.
    1: (404, 485, 604),
    17: (486, 600),
    18: (480,),
    21: (401, 402, 403, 407, 603),
    22: (410,),
    25: (482, 483),
    28: (484,),
    31: (487,),
    38: (502,),
    41: (400, 481, 500, 503),
    63: (405,),
    65: (488, 606),
    79: (406, 415, 501),
    102: (408, 504),
    127: (413, 414, 416, 420, 421, 423, 505, 513),
}
_Q850_OF_STATUS: Final[dict[int, int]] = {
    status: q850 for q850, statuses in _STATUSES_OF_Q850.items() for status in statuses
}
_FINAL_STATUS: Final[dict[int, CallStatus]] = {
    **dict.fromkeys((486, 600, 603), CallStatus.BUSY),
    **dict.fromkeys((408, 480, 487), CallStatus.NO_ANSWER),
}
_RELAYED_AS: Final[dict[int, tuple[int, str]]] = {
    # A challenge or redirect of the far side would make the other side act on it (RFC 3261 sections 22.3, 8.1.3.4).
    **dict.fromkeys((401, 407), (403, "Forbidden")),
    **dict.fromkeys(range(300, 400), (502, "Bad Gateway")),
}


def q850_of(status: int) -> int:
    """The Q.850 cause of a final SIP status 300-699 (RFC 3398 section 8.2.6.1)."""
    if status < 400:
        return 127  # a redirect that was not followed is interworking
    # An unknown code counts as the x00 of its class (RFC 3261 section 8.1.3.2).
    return _Q850_OF_STATUS.get(status, _Q850_OF_STATUS[status // 100 * 100])


def _is_reputation(status: int, reason_phrase: str) -> bool:
    """607 Unwanted (RFC 8197), 608 Rejected (RFC 8688), and the 603 of ATIS-1000099 with its own phrase."""
    return status in {607, 608} or (status == 603 and reason_phrase.lower() == "network blocked")


def from_response(status: int, reason_phrase: str, party: Party) -> ReleaseCause:
    """The cause that a far end's final answer gives, 300 <= status <= 699; `party` is who answered.

    The answer is passed on as it came, except that 401 and 407 become 403, and 3xx becomes 502. A carrier that refuses
    the caller for its reputation is `caller_reputation`.
    """
    if not 300 <= status <= 699:
        raise ValueError(f"not a final failure: {status}")
    sip_status, phrase = _RELAYED_AS.get(status, (status, reason_phrase))
    call_status = _FINAL_STATUS.get(status, CallStatus.FAILED)
    if party is Party.CARRIER and _is_reputation(status, reason_phrase):
        return replace(CALLER_REPUTATION, sip_status=sip_status, reason_phrase=phrase, status=call_status)
    return ReleaseCause(f"{party.value}_{status}", sip_status, phrase, q850_of(status), None, party, call_status)


def call_status(cause: ReleaseCause, answered: bool) -> CallStatus:
    """Status of the record of a call that ended so; whatever was answered is completed."""
    return CallStatus.COMPLETED if answered else cause.status


def error_text(cause: ReleaseCause) -> str:
    """Text for alerts and API errors: the error code's, else the reason phrase."""
    return cause.reason_phrase if cause.error_code is None else ERROR_TEXTS[cause.error_code]


def twilio_error_header(cause: ReleaseCause) -> str | None:
    """Value of X-Twilio-Error, `32201 Source IP address not in ACL`; None without an error code (sip.md section 10)."""
    return None if cause.error_code is None else f"{cause.error_code} {ERROR_TEXTS[cause.error_code]}"


def reason_header(cause: ReleaseCause) -> str:
    """Value of a Reason header for BYE and CANCEL (RFC 3326)."""
    return f"Q.850;cause={cause.q850}"
