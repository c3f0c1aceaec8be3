"""A whole session description (RFC 4566): every line kept as it came, typed views on demand, cheap rewriting."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from trunkline.protocol.sdp.errors import MalformedSdp
from trunkline.protocol.sdp.media import (
    DIRECTION_LINES,
    SENDRECV,
    UNSPECIFIED,
    MediaDescription,
    Transport,
    attribute,
    connection_address,
    connection_line,
    parse_media,
    without_attributes,
)

MAX_SIZE = 64 * 1024
MAX_LINES = 1000
MAX_MEDIA = 32


@dataclass(frozen=True, slots=True)
class Origin:
    """The o= line (RFC 4566 section 5.2); all fields as text except the version."""

    username: str
    session_id: str
    version: int
    address: str

    def line(self) -> str:
        family = "IP6" if ":" in self.address else "IP4"
        return f"o={self.username} {self.session_id} {self.version} IN {family} {self.address}"


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """The session's own lines (v= first) and its media, in order."""

    lines: tuple[str, ...]
    media: tuple[MediaDescription, ...]

    def build(self) -> bytes:
        """The body, every line ended by CRLF."""
        lines = [*self.lines]
        for media in self.media:
            lines += media.lines
        lines.append("")
        return "\r\n".join(lines).encode("utf-8", "surrogateescape")

    @property
    def origin(self) -> Origin:
        """The o= line; raises `MalformedSdp` if it has not six fields and a numeric version."""
        for line in self.lines:
            if line.startswith("o="):
                return _origin(line)
        raise MalformedSdp("no o= line")

    @property
    def name(self) -> str:
        """The value of s=, "" without one."""
        return next((line[2:] for line in self.lines if line.startswith("s=")), "")

    @property
    def address(self) -> str | None:
        """The address of the session's c= line."""
        for line in self.lines:
            if line.startswith("c="):
                return connection_address(line)
        return None

    def attribute(self, name: str) -> str | None:
        """The value of the session's first `a=name:value`, "" for a bare one, None without one."""
        return attribute(self.lines, name)

    def address_of(self, media: MediaDescription) -> str:
        """Where this media is to be sent: its own c= line or the session's; raises `MalformedSdp` without."""
        address = media.address or self.address
        if address is None:
            raise MalformedSdp("media without a connection")
        return address

    def direction_of(self, media: MediaDescription) -> str:
        """The direction that holds for this media; sendrecv unless something says otherwise (section 6)."""
        own = media.direction
        if own is not None:
            return own
        for line in self.lines:
            if line in DIRECTION_LINES:
                return line[2:]
        return SENDRECV

    def with_origin(self, origin: Origin) -> "SessionDescription":
        return SessionDescription(_with_origin(self.lines, origin.line()), self.media)

    def with_version(self, version: int) -> "SessionDescription":
        """The same with another o= version (RFC 3264 section 8: plus one whenever anything changed)."""
        old = self.origin
        return self.with_origin(Origin(old.username, old.session_id, version, old.address))

    def with_name(self, name: str) -> "SessionDescription":
        """The same with another s= line, where there is one."""
        lines = tuple(f"s={name}" if line.startswith("s=") else line for line in self.lines)
        return SessionDescription(lines, self.media)

    def with_media(self, media: Sequence[MediaDescription]) -> "SessionDescription":
        return SessionDescription(self.lines, tuple(media))

    def with_transport(self, index: int, transport: Transport) -> "SessionDescription":
        """The same with one media line at another address; session lines and other media stay as they are."""
        inherits = self.address == transport.address or self.address in UNSPECIFIED
        media = [*self.media]
        media[index] = media[index].with_transport(transport, own_connection=not inherits)
        return self.with_media(media)

    def with_transports(self, transports: Sequence[Transport | None], origin_address: str) -> "SessionDescription":
        """The same with every address in it replaced: o=, c=, ports, a=rtcp. One entry per media line.

        None refuses that media (port 0). No address of the peer's is left in c=, o= or a=rtcp; addresses of held
        media (0.0.0.0) stay.
        """
        default = next((at.address for at in transports if at is not None), origin_address)
        connection = connection_line(default)
        origin = self.origin
        lines = list(_with_origin(self.lines, _moved_origin_line(origin, origin_address)))
        shared = held = False
        for at, line in enumerate(lines):
            if line.startswith("c="):
                shared = True
                held = connection_address(line) in UNSPECIFIED
                if not held:
                    lines[at] = connection
        media = []
        for old, transport in zip(self.media, transports, strict=True):
            to = transport or Transport(default, 0)
            inherits = shared and (held or to.address == default)
            media.append(old.with_transport(to, own_connection=not inherits))
        return SessionDescription(tuple(lines), tuple(media))

    def without_attributes(self, names: Collection[str]) -> "SessionDescription":
        """The same without the a= lines of these names, in session and media."""
        return SessionDescription(
            without_attributes(self.lines, names), tuple(media.without_attributes(names) for media in self.media)
        )


def parse(body: bytes | str) -> SessionDescription:
    """Reads a body whose lines end in CRLF or LF; raises `MalformedSdp` and nothing else.

    What is checked at once: size, `x=` form of every line, v=0, o=, the m= lines, that each c= line has an IP literal,
    and that each media in use has one. Attributes are looked at only when asked for.
    """
    lines = _lines(body)
    starts = [at for at, line in enumerate(lines) if line.startswith("m=")]
    if len(starts) > MAX_MEDIA:
        raise MalformedSdp("too many media")
    session_lines = tuple(lines[: starts[0]] if starts else lines)
    if not session_lines or session_lines[0].rstrip() != "v=0":
        raise MalformedSdp("does not begin with v=0")
    ends = [*starts[1:], len(lines)]
    media = tuple([parse_media(tuple(lines[start:end])) for start, end in zip(starts, ends, strict=bool(starts))])
    session = SessionDescription(session_lines, media)
    _check_connections(session)
    _ = session.origin
    return session


def _lines(body: bytes | str) -> list[str]:
    if isinstance(body, str):
        try:
            body = body.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise MalformedSdp("not encodable as UTF-8") from None
    if len(body) > MAX_SIZE:
        raise MalformedSdp("too large")
    text = body.decode("utf-8", "surrogateescape").replace("\r\n", "\n").rstrip("\n")
    if "\r" in text or "\0" in text:  # RFC 4566 section 9: byte-string excludes NUL, CR and LF
        raise MalformedSdp("control character in a line")
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        raise MalformedSdp("too many lines")
    for line in lines:
        if line[1:2] != "=" or line[0] == " ":
            raise MalformedSdp("a line is not of the form x=value")
    return lines


def _check_connections(session: SessionDescription) -> None:
    shared = _connections(session.lines)
    for media in session.media:
        if not _connections(media.lines) and not shared and media.port:
            raise MalformedSdp("media without a connection")


def _connections(lines: tuple[str, ...]) -> int:
    """How many c= lines there are, each of them read: whoever rewrites them all must not fail at the second."""
    return len([connection_address(line) for line in lines if line.startswith("c=")])


def _origin(line: str) -> Origin:
    fields = line[2:].split()
    if len(fields) != 6:
        raise MalformedSdp("o= line has not six fields")
    version = fields[2]
    # RFC 4566 section 9: digits without a bound; NTP timestamps need 20
    if not (version.isascii() and version.isdigit() and len(version) <= 32):
        raise MalformedSdp("o= version is not a number")
    return Origin(fields[0], fields[1], int(version), fields[5])


def _moved_origin_line(origin: Origin, address: str) -> str:
    return Origin(origin.username, origin.session_id, origin.version, address).line()


def _with_origin(lines: tuple[str, ...], origin_line: str) -> tuple[str, ...]:
    return tuple([origin_line if line.startswith("o=") else line for line in lines])
