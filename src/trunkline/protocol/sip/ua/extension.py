"""What a request asks for that this user agent does not do (RFC 3261 sections 8.2.2.3 and 8.2.3)."""

from typing import Final

from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.ua.core import Headers

SDP: Final = "application/sdp"


def unsupported(request: Request) -> tuple[int, Headers] | None:
    """The status and headers that refuse a request for an extension or a body; None when there is nothing to refuse.

    No extension of SIP is supported, and no body but SDP. A body that is marked optional is ignored instead.
    """
    required = request.tokens("require")
    if required:
        return 420, (("Unsupported", ", ".join(sorted(required))),)
    if not request.body or _is_optional(request):
        return None
    if (request.get("content-encoding") or "identity").strip().lower() != "identity":
        return 415, (("Accept-Encoding", "identity"),)
    if _kind(request) != SDP:
        return 415, ()
    disposition = (request.get("content-disposition") or "session").partition(";")[0].strip().lower()
    return None if disposition == "session" else (415, ())


def _kind(request: Request) -> str:
    return (request.get("content-type") or "").partition(";")[0].strip().lower()


def _is_optional(request: Request) -> bool:
    """Whether Content-Disposition says `handling=optional` (section 20.11)."""
    parameters = (request.get("content-disposition") or "").lower().split(";")[1:]
    return "optional" in [value.strip() for name, _, value in map(_split, parameters) if name.strip() == "handling"]


def _split(parameter: str) -> tuple[str, str, str]:
    return parameter.partition("=")
