"""Requests and responses: an ordered multimap of raw header values with typed views on demand."""

from typing import Final

from trunkline.protocol.sip.message.cseq import CSeq
from trunkline.protocol.sip.message.errors import LocalProtocolError, MalformedMessage
from trunkline.protocol.sip.message.header_name import header_key, header_name
from trunkline.protocol.sip.message.name_addr import NameAddr, split_addresses, split_values
from trunkline.protocol.sip.message.reason import REASONS
from trunkline.protocol.sip.message.shared import shared_cseq, shared_name_addr, shared_uri, shared_via
from trunkline.protocol.sip.message.uri import Uri
from trunkline.protocol.sip.message.via import Via

Header = tuple[str, str, str]
"""(key, name as written, value): the key is the long name in lower case."""

_WRITTEN_LAST: Final = frozenset({"content-length"})


class Message:
    """What requests and responses share. Headers keep their order and text; views are parsed once, on first use.

    Text is UTF-8 with surrogateescape, so that octets which are not UTF-8 survive a round trip.
    """

    __slots__ = ("_contact", "_cseq", "_first", "_from", "_to", "_via", "body", "headers")

    def __init__(self, headers: list[Header], body: bytes, first: dict[str, str] | None = None) -> None:
        """`first` is the first value of each header by key, from a parser that has just seen them all."""
        self.headers = headers
        self.body = body
        self._first = first
        self._via: Via | None = None
        self._from: NameAddr | None = None
        self._to: NameAddr | None = None
        self._contact: NameAddr | None = None
        self._cseq: CSeq | None = None

    # ---- raw access

    def get(self, key: str) -> str | None:
        """The first value of a header by key, or None."""
        first = self._first
        if first is not None:
            return first.get(key)
        for header in self.headers:
            if header[0] == key:
                return header[2]
        return None

    def get_all(self, key: str) -> list[str]:
        """Every raw value of a header, in order."""
        return [value for found, _, value in self.headers if found == key]

    def members(self, key: str) -> list[str]:
        """Every comma-separated member of a header, over all its lines."""
        return [member for value in self.get_all(key) for member in split_addresses(value)]

    def tokens(self, key: str) -> set[str]:
        """The members of a token list (Supported, Require, Allow) in lower case."""
        return {member.strip().lower() for value in self.get_all(key) for member in value.split(",") if member.strip()}

    def add(self, name: str, value: str) -> None:
        """Append a header line."""
        self.headers.append((header_key(name), name, value))
        self._first = None

    def put(self, key: str, value: str) -> None:
        """Set the one value of a header, in the place of its first line if there is one."""
        line: Header = (key, header_name(key), value)
        for at, header in enumerate(self.headers):
            if header[0] == key:
                self.headers[at] = line
                self.headers[at + 1 :] = [rest for rest in self.headers[at + 1 :] if rest[0] != key]
                break
        else:
            self.headers.append(line)
        self._forget()

    def drop(self, key: str) -> None:
        """Remove every line of a header."""
        self.headers = [header for header in self.headers if header[0] != key]
        self._forget()

    def _forget(self) -> None:
        self._first = self._via = self._from = self._to = self._contact = self._cseq = None

    # ---- typed views; each raises MalformedMessage when its header is missing or broken

    def _required(self, key: str) -> str:
        value = self.get(key)
        if not value:
            raise MalformedMessage(400, f"Missing {header_name(key)}")
        return value

    def read_views(self, with_contact: bool) -> None:
        """Parse Via, CSeq, From, To and perhaps Contact at once, and look for Call-ID; raises MalformedMessage."""
        first = self._first or {}
        via, cseq, from_, to = first.get("via"), first.get("cseq"), first.get("from"), first.get("to")
        if via and cseq and from_ and to and first.get("call-id") and "," not in via:
            self._via = shared_via(via)
            if not self._via.fault:
                self._cseq = shared_cseq(cseq)
                self._from = shared_name_addr(from_)
                self._to = shared_name_addr(to)
                contact = first.get("contact") if with_contact else None
                if contact is not None and contact != "*":
                    self._contact = shared_name_addr(contact if "," not in contact else split_values(contact)[0])
                return
        if self.via.fault:
            raise MalformedMessage(400, self.via.fault)
        _ = self.cseq, self.from_, self.to, self.call_id
        if with_contact:
            _ = self.contact

    @property
    def call_id(self) -> str:
        return self._required("call-id")

    @property
    def cseq(self) -> CSeq:
        """(sequence number, method)."""
        if self._cseq is None:
            self._cseq = shared_cseq(self._required("cseq"))
        return self._cseq

    @property
    def via(self) -> Via:
        """The topmost Via."""
        if self._via is None:
            value = self._required("via")
            self._via = shared_via(value if "," not in value else split_values(value)[0])
        return self._via

    @property
    def from_(self) -> NameAddr:
        if self._from is None:
            self._from = shared_name_addr(self._required("from"))
        return self._from

    @property
    def to(self) -> NameAddr:
        if self._to is None:
            self._to = shared_name_addr(self._required("to"))
        return self._to

    @property
    def contact(self) -> NameAddr | None:
        """The first Contact, or None; `*` is not a Contact here."""
        if self._contact is None:
            value = self.get("contact")
            if value is None or value == "*":
                return None
            self._contact = shared_name_addr(value if "," not in value else split_values(value)[0])
        return self._contact

    # ---- writing

    def stamp_via(self, address: str, port: int) -> None:
        """Fill `received` and `rport` of the topmost Via from the packet's source (section 18.2.1, RFC 3581)."""
        via = self.via
        stamped = via.with_source(address, port)
        if stamped is via:
            return
        for at, (key, name, value) in enumerate(self.headers):
            if key == "via":
                if value.endswith(";rport") and "received" not in value and "," not in value:
                    text = f"{value}={port};received={address}"  # as most peers write it
                else:
                    rest = split_values(value)[1:] if "," in value else []
                    text = ", ".join([str(stamped), *rest])
                self.headers[at] = (key, name, text)
                if self._first is not None:
                    self._first["via"] = text
                break
        self._via = stamped

    def _start_line(self) -> str:
        raise LocalProtocolError("a bare Message has no start line")

    def to_bytes(self) -> bytes:
        """The message on the wire, Content-Length last and right; refuses CR or LF inside a line."""
        try:
            return self._head(_WRITTEN_LAST).encode("utf-8", "surrogateescape") + self.body
        except UnicodeEncodeError as error:
            raise LocalProtocolError("a header value that is not text") from error

    def to_text(self, without: frozenset[str] = frozenset()) -> str:
        """What `to_bytes` gives, as text and without the headers of some keys."""
        return self._head(_WRITTEN_LAST | without) + self.body.decode("utf-8", "surrogateescape")

    def _head(self, without: frozenset[str]) -> str:
        lines = [self._start_line()]
        lines.extend([f"{name}: {value}" for key, name, value in self.headers if key not in without])
        lines.append(f"Content-Length: {len(self.body)}\r\n\r\n")
        text = "\r\n".join(lines)
        breaks = len(lines) + 1
        if text.count("\n") != breaks or text.count("\r") != breaks:
            raise LocalProtocolError("a line break inside a header value")
        return text


class Request(Message):
    """A SIP request."""

    __slots__ = ("_uri", "method", "uri_text")

    def __init__(
        self,
        method: str,
        uri_text: str,
        headers: list[Header],
        body: bytes = b"",
        first: dict[str, str] | None = None,
    ) -> None:
        super().__init__(headers, body, first)
        self.method = method
        self.uri_text = uri_text
        self._uri: Uri | None = None

    @property
    def uri(self) -> Uri:
        """The Request-URI; raises MalformedMessage."""
        if self._uri is None:
            self._uri = shared_uri(self.uri_text)
        return self._uri

    def _start_line(self) -> str:
        return f"{self.method} {self.uri_text} SIP/2.0"

    def respond(self, status: int, reason: str = "", to_tag: str = "") -> "Response":
        """A response to this request (section 8.2.6): Via, From, To, Call-ID and CSeq copied, a To tag added.

        Works for malformed requests too: of a header that came twice the first is copied, and a To that cannot be
        read gets no tag.
        """
        headers: list[Header] = []
        copied: set[str] = set()
        for header in self.headers:
            key = header[0]
            if key == "via":
                headers.append(header)
            elif key in _COPIED and key not in copied and (status == 100 or key != "timestamp"):
                copied.add(key)
                headers.append(self._tagged(header, to_tag) if key == "to" and to_tag else header)
        return Response(status, reason or REASONS.get(status, "Unknown"), headers)

    def _tagged(self, header: Header, to_tag: str) -> Header:
        try:
            if self.to.tag:
                return header
        except MalformedMessage:
            return header
        return (header[0], header[1], f"{header[2]};tag={to_tag}")

    def __repr__(self) -> str:
        return f"Request({self.method} {self.uri_text})"


class Response(Message):
    """A SIP response."""

    __slots__ = ("reason", "status")

    def __init__(
        self,
        status: int,
        reason: str,
        headers: list[Header],
        body: bytes = b"",
        first: dict[str, str] | None = None,
    ) -> None:
        super().__init__(headers, body, first)
        self.status = status
        self.reason = reason

    def _start_line(self) -> str:
        return f"SIP/2.0 {self.status} {self.reason}"

    def __repr__(self) -> str:
        return f"Response({self.status} {self.reason})"


_COPIED: Final = frozenset({"from", "to", "call-id", "cseq", "timestamp"})
