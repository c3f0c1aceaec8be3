"""Octets to messages, with three verdicts: accept, MalformedMessage (answer it), UnframeableMessage (drop it)."""

import re
from typing import Final

from trunkline.protocol.sip.message.errors import MalformedMessage, UnframeableMessage
from trunkline.protocol.sip.message.header_name import KEYS, header_key, header_name
from trunkline.protocol.sip.message.message import Header, Request, Response
from trunkline.protocol.sip.message.name_addr import parse_name_addr, split_values
from trunkline.protocol.sip.message.shared import shared_name_addr
from trunkline.protocol.sip.message.uri import Uri

MAX_DATAGRAM: Final = 16 * 1024
MAX_STREAM_MESSAGE: Final = 64 * 1024
MAX_HEADERS: Final = 256
MAX_HEADER: Final = 8 * 1024
MAX_VIA: Final = 70
"""As many hops as the customary Max-Forwards lets a request take; RFC 4475 section 3.1.1.7 has 34."""

_FOLD: Final = re.compile(r"\r\n[ \t]+")
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_BARE_NUL: Final = re.compile(r"(?<!\\)\0")
_SINGLE: Final = frozenset({"from", "to", "call-id", "cseq", "max-forwards", "content-length"})
_SCHEMES: Final = frozenset({"sip", "sips", "tel"})
_ROUTED: Final = frozenset({"sip", "sips"})
_MAX_FORWARDS: Final = 255
_VERSION: Final = "SIP/2.0"
_ANY_VERSION: Final = re.compile(r"SIP/[0-9]{1,9}\.[0-9]{1,9}", re.IGNORECASE)
_METHODS: Final = frozenset(
    {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "PRACK", "UPDATE", "INFO", "REGISTER", "REFER"}
)


def parse(data: bytes) -> Request | Response:
    """Read one whole datagram or one framed stream message.

    Raises UnframeableMessage for what cannot be answered and MalformedMessage for what can. In what is returned
    `via`, `from_`, `to`, `cseq`, `call_id`, their URIs and the Request-URI can be read without error; so can `contact`
    and every Record-Route, but for responses outside 2xx.
    """
    if len(data) > MAX_STREAM_MESSAGE:
        raise UnframeableMessage("message too long")
    if data[:2] == b"\r\n":
        data = data.lstrip(b"\r\n")  # section 7.5: leading empty lines are ignored
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        raise UnframeableMessage("no end of headers")
    text = head.decode("utf-8", "surrogateescape")
    if "\r\n " in text or "\r\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.split("\r\n")
    if len(lines) > MAX_HEADERS + 1:
        raise UnframeableMessage("too many headers")
    breaks = len(lines) - 1
    if text.count("\r") != breaks or text.count("\n") != breaks:
        # Nobody knows where the peer meant its lines to end, and no answer could copy them.
        raise UnframeableMessage("bare CR or LF")
    headers = _Headers()
    headers.read(lines)
    if len(text) > MAX_HEADER and max(map(len, lines)) > MAX_HEADER:
        headers.fault = "Header too long"
    elif "\0" in text and _BARE_NUL.search(text):
        headers.fault = "NUL outside a quoted pair"  # section 25.1: only a quoted-pair may hold it
    if lines[0].startswith("SIP/2.0 "):
        return _response(lines[0], headers, body)
    return _request(lines[0], headers, body)


class _Headers:
    """What one pass over the header lines finds out."""

    __slots__ = ("fault", "first", "lines")

    def __init__(self) -> None:
        self.lines: list[Header] = []
        self.first: dict[str, str] = {}
        self.fault = ""

    def read(self, lines: list[str]) -> None:
        """Read all but the first line."""
        headers = self.lines
        first = self.first
        further_vias = 0
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            key = KEYS.get(name)
            if key is None:
                name = name.rstrip(" \t")  # section 7.3.1 admits spaces before the colon
                key = header_key(name)
                if not _TOKEN.fullmatch(name):
                    colon = ""
            if not colon:
                self.fault = "Malformed header line"
                continue
            value = value.strip(" \t")
            headers.append((key, name, value))
            if key not in first:
                first[key] = value
            elif key == "via":
                further_vias += 1
            elif key in _SINGLE and (key != "content-length" or value != first[key]):
                self.fault = f"Multiple {header_name(key)} headers"
        if further_vias >= MAX_VIA:
            self.fault = "Too many Via headers"


def _response(start: str, headers: _Headers, body: bytes) -> Response:
    code = start[8:11]
    if not (code.isascii() and code.isdecimal()) or start[11:12] not in {"", " "} or not "100" <= code <= "699":
        raise UnframeableMessage("bad status code")
    if headers.fault:
        raise UnframeableMessage(headers.fault)
    response = Response(int(code), start[12:], headers.lines, body, headers.first)
    try:
        _check(response)
        response.body = _body(response.get("content-length"), body)
    except MalformedMessage as error:
        # A malformed response is dropped: there is nobody to tell (section 18.1.2).
        raise UnframeableMessage(error.reason) from error
    return response


def _request(start: str, headers: _Headers, body: bytes) -> Request:
    # A trailing space is the Request-Line's fault, not a reason to be silent (RFC 4475 section 3.1.2.10).
    method, _, rest = start.partition(" ")
    uri_text, _, version = rest.rstrip(" \t").rpartition(" ")
    if version != _VERSION and not _ANY_VERSION.fullmatch(version):
        raise UnframeableMessage("not a SIP start line")
    if not uri_text or (method not in _METHODS and not _TOKEN.fullmatch(method)):
        raise UnframeableMessage("not a SIP start line")
    request = Request(method, uri_text, headers.lines, body, headers.first)
    try:
        if version.upper() != _VERSION:
            raise MalformedMessage(505, "Version Not Supported")
        if headers.fault:
            raise MalformedMessage(400, headers.fault)
        if " " in uri_text or rest[-1] != version[-1]:
            raise MalformedMessage(400, "Malformed Request-Line")  # section 7.1: single spaces, none at the end
        _check(request)
        if request.cseq[1] != method:
            raise MalformedMessage(400, "CSeq method does not match")
        _check_request_uri(request.uri)
        _check_max_forwards(request.get("max-forwards"))
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


def _check(message: Request | Response) -> None:
    """What must hold of both kinds; parses From, To, CSeq, Via, which every later stage needs anyway.

    A Contact and routes are read where they are the way back to the peer: a dialog with routes that cannot be read
    would never be ended. In any other response they are the user's to judge: what a refusal says must not be lost for a
    Contact that nobody asks for, nor that of a redirect go unheard.
    """
    is_way_back = isinstance(message, Request) or 200 <= message.status < 300
    message.read_views(is_way_back)
    contact = message.get("contact") if is_way_back else None
    if contact is not None and "," in contact:
        for member in split_values(contact)[1:]:
            parse_name_addr(member)
    if is_way_back and message.get("record-route") is not None:
        for route in message.members("record-route"):
            if shared_name_addr(route).uri.scheme not in _ROUTED:
                raise MalformedMessage(400, "Malformed Record-Route")  # section 20.30


def _check_request_uri(uri: Uri) -> None:
    if uri.scheme not in _SCHEMES:
        raise MalformedMessage(416, "Unsupported URI Scheme")
    if uri.headers:
        raise MalformedMessage(400, "Headers in Request-URI")  # section 19.1.1


def _check_max_forwards(value: str | None) -> None:
    if value is None or value == "70":
        return
    if not (value.isascii() and value.isdecimal()) or len(value) > 20 or int(value) > _MAX_FORWARDS:
        raise MalformedMessage(400, "Bad Max-Forwards")


def _body(declared: str | None, body: bytes) -> bytes:
    """Cut the body to Content-Length (section 18.3); a datagram shorter than it is malformed."""
    if declared is None:
        return body
    if not (declared.isascii() and declared.isdecimal()) or len(declared) > 20:
        raise MalformedMessage(400, "Bad Content-Length")
    length = int(declared)
    if length > len(body):
        raise MalformedMessage(400, "Body shorter than Content-Length")
    return body[:length]
