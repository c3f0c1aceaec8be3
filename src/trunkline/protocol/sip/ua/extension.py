"""What a request asks for that this user agent does not do (RFC 3261 sections 8.2.2.3 and 8.2.3)."""

from typing import Final

from trunkline.protocol.sip.message.message import Message, Request
from trunkline.protocol.sip.ua.core import Headers

SDP: Final = "application/sdp"


def unsupported(request: Request) -> tuple[int, Headers] | None:
    """The status and headers that refuse a request for an extension or a body; None when there is nothing to refuse.

    No extension of SIP is supported, and no body but SDP. A body that is marked optional is ignored instead.
    """
    required = unsupported_extensions(request)
    if required:
        return 420, (("Unsupported", required),)
    return (415, ()) if unsupported_body(request) else None


def unsupported_extensions(request: Request) -> str:
    """The value of an Unsupported header: what the request requires; "" when it requires nothing."""
    return ", ".join(sorted(request.tokens("require"))) if request.get("require") is not None else ""


def unsupported_body(request: Request) -> bool:
    """Whether the body is for the 415 of section 8.2.3, which says what is accepted (`UaCore.response`)."""
    if not request.body or _is_optional(request):
        return False
    if (request.get("content-encoding") or "identity").strip().lower() != "identity" or not is_sdp(request):
        return True
    return (request.get("content-disposition") or "session").partition(";")[0].strip().lower() != "session"


def is_sdp(message: Message) -> bool:
    """By Content-Type; a body without any is taken for what it can only be."""
    kind = message.get("content-type")
    return kind is None or kind == SDP or kind.partition(";")[0].strip().lower() == SDP


def _is_optional(request: Request) -> bool:
    """Whether Content-Disposition says `handling=optional` (section 20.11)."""
    parameters = (request.get("content-disposition") or "").lower().split(";")[1:]
    return "optional" in [value.strip() for name, _, value in map(_split, parameters) if name.strip() == "handling"]


def _split(parameter: str) -> tuple[str, str, str]:
    return parameter.partition("=")
