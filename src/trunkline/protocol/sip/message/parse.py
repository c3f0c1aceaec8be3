"""Octets to messages, with three verdicts: accept, MalformedMessage (answer it), UnframeableMessage (drop it)."""

import re
from typing import Final

from trunkline.protocol.sip.message.errors import MalformedMessage, UnframeableMessage
from trunkline.protocol.sip.message.header_name import header_key
from trunkline.protocol.sip.message.message import Header, Request, Response

MAX_DATAGRAM: Final = 16 * 1024
MAX_STREAM_MESSAGE: Final = 64 * 1024
MAX_HEADERS: Final = 256
MAX_HEADER: Final = 8 * 1024
MAX_VIA: Final = 20

_FOLD: Final = re.compile(r"\r\n[ \t]+")
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_MANDATORY: Final = ("via", "from", "to", "call-id", "cseq")
_SINGLE: Final = frozenset({"from", "to", "call-id", "cseq", "max-forwards", "content-length"})
_MAX_FORWARDS: Final = 255


def parse(data: bytes) -> Request | Response:
    """Read one whole datagram or one framed stream message.

    Raises UnframeableMessage for what cannot be answered and MalformedMessage for what can.
    """
    if data[:2] == b"\r\n":
        data = data.lstrip(b"\r\n")  # section 7.5: leading empty lines are ignored
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        raise UnframeableMessage("no end of headers")
    text = head.decode("utf-8", "surrogateescape")
    if "\r\n " in text or "\r\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.split("\r\n")
    start = lines[0]
    if len(lines) > MAX_HEADERS + 1:
        raise UnframeableMessage("too many headers")
    headers, broken = _headers(lines)
    if start.startswith("SIP/2.0 "):
        return _response(start, headers, body, broken)
    return _request(start, headers, body, broken)


def _headers(lines: list[str]) -> tuple[list[Header], str]:
    headers: list[Header] = []
    broken = ""
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or len(line) > MAX_HEADER:
            broken = "Malformed header line"
            continue
        headers.append((header_key(name), name.rstrip(), value.strip()))
    return headers, broken


def _response(start: str, headers: list[Header], body: bytes, broken: str) -> Response:
    _, _, rest = start.partition(" ")
    code, _, reason = rest.partition(" ")
    if len(code) != 3 or not (code.isascii() and code.isdigit()) or not 100 <= int(code) <= 699:
        raise UnframeableMessage("bad status code")
    response = Response(int(code), reason, headers, body)
    if broken:
        raise UnframeableMessage(broken)
    try:
        _check(response, response.headers)
        response.body = _body(response.get("content-length"), body)
    except MalformedMessage as error:
        # A malformed response is dropped: there is nobody to tell (section 18.1.2).
        raise UnframeableMessage(error.reason) from error
    return response


def _request(start: str, headers: list[Header], body: bytes, broken: str) -> Request:
    method, _, rest = start.partition(" ")
    uri_text, _, version = rest.rpartition(" ")
    if not version.upper().startswith("SIP/") or not _TOKEN.fullmatch(method):
        raise UnframeableMessage("not a SIP start line")
    request = Request(method, uri_text, headers, body)
    if not all(request.get(key) for key in _MANDATORY):
        _raise_unanswerable(request)
        raise MalformedMessage(400, "Missing mandatory header", request)
    try:
        if version.upper() != "SIP/2.0":
            raise MalformedMessage(505, "Version Not Supported")
        if broken:
            raise MalformedMessage(400, broken)
        if uri_text != uri_text.strip() or " " in uri_text:
            raise MalformedMessage(400, "Malformed Request-Line")  # section 7.1: exactly one space
        _check(request, headers)
        if request.cseq[1] != method:
            raise MalformedMessage(400, "CSeq method does not match")
        if request.uri.scheme not in {"sip", "sips", "tel"}:
            raise MalformedMessage(416, "Unsupported URI Scheme")
        if request.uri.headers:
            raise MalformedMessage(400, "Headers in Request-URI")  # section 19.1.1
        _check_max_forwards(request)
        request.body = _body(request.get("content-length"), body)
    except MalformedMessage as error:
        _raise_unanswerable(request)
        error.request = request
        raise
    return request


def _raise_unanswerable(request: Request) -> None:
    """An answer needs at least a Via to go back to, and an ACK is never answered."""
    if request.method == "ACK":
        raise UnframeableMessage("malformed ACK")
    try:
        _ = request.via
    except MalformedMessage as error:
        raise UnframeableMessage("no way back: " + error.reason) from error


def _check(message: Request | Response, headers: list[Header]) -> None:
    """What must hold of both kinds; parses From, To, CSeq, Via, which every later stage needs anyway."""
    seen: set[str] = set()
    vias = 0
    for key, _, _ in headers:
        if key == "via":
            vias += 1
        elif key in _SINGLE:
            if key in seen:
                raise MalformedMessage(400, f"Multiple {key} headers")
            seen.add(key)
    if vias > MAX_VIA:
        raise MalformedMessage(400, "Too many Via headers")
    _ = message.cseq, message.via, message.from_.uri, message.to.uri
    if not message.call_id:
        raise MalformedMessage(400, "Empty Call-ID")
    contact = message.contact
    if contact is not None:
        _ = contact.uri


def _check_max_forwards(request: Request) -> None:
    value = request.get("max-forwards")
    if value is not None and (not (value.isascii() and value.isdigit()) or int(value) > _MAX_FORWARDS):
        raise MalformedMessage(400, "Bad Max-Forwards")


def _body(declared: str | None, body: bytes) -> bytes:
    """Cut the body to Content-Length (section 18.3); a datagram shorter than it is malformed."""
    if declared is None:
        return body
    if not (declared.isascii() and declared.isdigit()):
        raise MalformedMessage(400, "Bad Content-Length")
    length = int(declared)
    if length > len(body):
        raise MalformedMessage(400, "Body shorter than Content-Length")
    return body[:length]
