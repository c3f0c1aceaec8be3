"""Header names: RFC 3261 section 7.3.3 compact forms, and the canonical spelling this stack writes."""

from typing import Final

_CANONICAL: Final = (
    "Accept Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Authentication-Info Authorization Call-ID "
    "Call-Info Contact Content-Disposition Content-Encoding Content-Language Content-Length Content-Type CSeq Date "
    "Diversion Error-Info Event Expires From Identity In-Reply-To Max-Forwards MIME-Version Min-Expires Min-SE "
    "Organization P-Asserted-Identity P-Preferred-Identity Priority Privacy Proxy-Authenticate Proxy-Authorization "
    "Proxy-Require RAck Reason Record-Route Refer-To Referred-By Remote-Party-ID Replaces Reply-To Require Retry-After "
    "Route RSeq Server Session-Expires Subject Subscription-State Supported Timestamp To Unsupported User-Agent Via "
    "Warning WWW-Authenticate X-Twilio-AccountSid X-Twilio-CallSid X-Twilio-Error"
).split()

# RFC 3261 section 7.3.3 and the IANA registry (RFC 3515, 3892, 4028, 6665, 8224).
_COMPACT: Final = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "e": "content-encoding", "f": "from",
    "i": "call-id", "k": "supported", "l": "content-length", "m": "contact", "n": "identity-info", "o": "event",
    "r": "refer-to", "s": "subject", "t": "to", "u": "allow-events", "v": "via", "x": "session-expires",
    "y": "identity",
}  # fmt: skip

NAMES: Final[dict[str, str]] = {name.lower(): name for name in _CANONICAL}
"""Key (lower case) to the spelling that is written."""

KEYS: Final[dict[str, str]] = {
    **{name: name.lower() for name in _CANONICAL},
    **{name.lower(): name.lower() for name in _CANONICAL},
    **_COMPACT,
    **{letter.upper(): key for letter, key in _COMPACT.items()},
    "Call-Id": "call-id",
    "Cseq": "cseq",
}
"""Every spelling seen often, so that the parser needs one look-up and no lower() for it."""


def header_key(name: str) -> str:
    """The key of a header name: its long form in lower case."""
    key = KEYS.get(name)
    if key is not None:
        return key
    lowered = name.strip().lower()
    return _COMPACT.get(lowered, lowered)


def header_name(key: str) -> str:
    """The spelling to write for a key; unknown keys are capitalised at each dash."""
    return NAMES.get(key) or "-".join(part.capitalize() for part in key.split("-"))
