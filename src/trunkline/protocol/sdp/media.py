"""One media description: its lines as they came, and typed views of them on demand (RFC 4566 section 5.14)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

from trunkline.protocol.sdp.errors import MalformedSdp

SENDRECV, SENDONLY, RECVONLY, INACTIVE = "sendrecv", "sendonly", "recvonly", "inactive"
DIRECTION_LINES = frozenset({"a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"})
UNSPECIFIED = frozenset({"0.0.0.0", "::"})  # noqa: S104  compared with, never bound to

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_is_ipv4 = re.compile(rf"(?:{_OCTET}\.){{3}}{_OCTET}").fullmatch

# RFC 3551 section 6: the static audio payload types, which need no rtpmap.
_STATIC = {
    0: ("PCMU", 8000, 1),
    3: ("GSM", 8000, 1),
    4: ("G723", 8000, 1),
    5: ("DVI4", 8000, 1),
    6: ("DVI4", 16000, 1),
    7: ("LPC", 8000, 1),
    8: ("PCMA", 8000, 1),
    9: ("G722", 8000, 1),
    10: ("L16", 44100, 2),
    11: ("L16", 44100, 1),
    12: ("QCELP", 8000, 1),
    13: ("CN", 8000, 1),
    14: ("MPA", 90000, 1),
    15: ("G728", 8000, 1),
    16: ("DVI4", 11025, 1),
    17: ("DVI4", 22050, 1),
    18: ("G729", 8000, 1),
}

TELEPHONE_EVENT = "telephone-event"
_SPELLING = {"TELEPHONE-EVENT": TELEPHONE_EVENT}


@dataclass(frozen=True, slots=True)
class Codec:
    """A payload type of one media line and what it means; `name` is upper case except `telephone-event`."""

    payload_type: int
    name: str
    clock_rate: int
    channels: int = 1


@dataclass(frozen=True, slots=True)
class Transport:
    """Where one media line is to be sent: an IP literal and ports; without `rtcp_port` no a=rtcp is written."""

    address: str
    port: int
    rtcp_port: int | None = None


@dataclass(slots=True)
class MediaDescription:
    """One m= line with the lines under it; `formats` are its last fields as they came. Immutable by convention."""

    lines: tuple[str, ...]
    kind: str
    port: int
    proto: str
    formats: tuple[str, ...]

    @property
    def is_rtp(self) -> bool:
        return "RTP/" in self.proto

    @property
    def is_secure(self) -> bool:
        """Whether the profile is one of SRTP (RTP/SAVP, RTP/SAVPF and theirs over DTLS)."""
        return "RTP/SAVP" in self.proto

    @property
    def payload_types(self) -> tuple[int, ...]:
        """The RTP payload types in the order of preference; empty for other protocols."""
        return tuple(map(int, self.formats)) if self.is_rtp else ()

    @property
    def address(self) -> str | None:
        """The address of this media's own c= line; None when the session's holds."""
        for line in self.lines:
            if line.startswith("c="):
                return connection_address(line)
        return None

    @property
    def direction(self) -> str | None:
        """This media's own direction attribute; None when the session's (or sendrecv) holds."""
        for line in self.lines:
            if line in DIRECTION_LINES:
                return line[2:]
        return None

    @property
    def rtcp_port(self) -> int:
        """The port of a=rtcp (RFC 3605), the RTP port under a=rtcp-mux (RFC 5761), else the one above it."""
        value = self.attribute("rtcp")
        if value is not None:
            return port_number(value.partition(" ")[0])
        return self.port if "a=rtcp-mux" in self.lines else self.port + 1

    @property
    def rtcp_address(self) -> str | None:
        """The address of an a=rtcp that names one (RFC 3605 section 2.1); None: the same as for RTP."""
        fields = (self.attribute("rtcp") or "").split()
        if len(fields) < 2:
            return None
        return connection_address("c=" + " ".join(fields[1:]))

    @property
    def ptime(self) -> int | None:
        """Milliseconds of audio in a packet, None if absent or not a whole number."""
        value = (self.attribute("ptime") or "").strip()
        return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else None

    @property
    def crypto_lines(self) -> tuple[str, ...]:
        """Values of the a=crypto attributes, in order; `trunkline.protocol.sdp.crypto` reads them."""
        return self.attributes("crypto")

    def attribute(self, name: str) -> str | None:
        """The value of the first `a=name:value`, "" for a bare `a=name`, None if there is neither."""
        return attribute(self.lines, name)

    def attributes(self, name: str) -> tuple[str, ...]:
        """The values of every `a=name:value`, in order."""
        prefix = f"a={name}:"
        return tuple(line[len(prefix) :] for line in self.lines if line.startswith(prefix))

    def codecs(self) -> tuple[Codec, ...]:
        """What each payload type of the m= line means; a dynamic one without rtpmap is left out."""
        return codecs_of(self.payload_types, self.lines)

    def fmtp(self, payload_type: int) -> str | None:
        """The format parameters of one payload type, None without a=fmtp."""
        prefix = f"a=fmtp:{payload_type} "
        for line in self.lines:
            if line.startswith(prefix):
                return line[len(prefix) :].strip()
        return None

    def with_port(self, port: int) -> "MediaDescription":
        return self._with_lines(port, self.formats, self.lines[1:])

    def with_formats(self, formats: tuple[str, ...], rest: tuple[str, ...]) -> "MediaDescription":
        """The same media with other formats and lines; the caller sees to the attributes that name formats."""
        return self._with_lines(self.port, formats, rest)

    def with_lines(self, rest: tuple[str, ...]) -> "MediaDescription":
        """The same m= line with other lines under it."""
        return MediaDescription((self.lines[0], *rest), self.kind, self.port, self.proto, self.formats)

    def with_direction(self, direction: str) -> "MediaDescription":
        """The same media with one direction attribute, in the place of the first or at the end."""
        return self.with_lines(with_direction(self.lines[1:], direction))

    def without_attributes(self, names: Collection[str]) -> "MediaDescription":
        """The same media without the a= lines of these names."""
        return self.with_lines(without_attributes(self.lines[1:], names))

    def with_transport(self, transport: Transport, *, own_connection: bool = True) -> "MediaDescription":
        """The same media at another address; `own_connection` False adds no c= line where there is none.

        A c= of 0.0.0.0 or :: stays: it is how RFC 2543 puts a call on hold (RFC 3264 section 8.4).
        """
        connection = connection_line(transport.address)
        rest = []
        place = 0
        for line in self.lines[1:]:
            kind = line[:2]
            if kind == "c=":
                own_connection = False
                rest.append(line if connection_address(line) in UNSPECIFIED else connection)
            elif not line.startswith("a=rtcp:"):
                rest.append(line)
                if kind == "i=":
                    place = len(rest)
        if own_connection:
            rest.insert(place, connection)
        if transport.rtcp_port is not None:
            rest.append(f"a=rtcp:{transport.rtcp_port}")
        return self._with_lines(transport.port, self.formats, tuple(rest))

    def _with_lines(self, port: int, formats: tuple[str, ...], rest: tuple[str, ...]) -> "MediaDescription":
        first = " ".join((f"m={self.kind}", str(port), self.proto, *formats))
        return MediaDescription((first, *rest), self.kind, port, self.proto, formats)


def parse_media(lines: tuple[str, ...]) -> MediaDescription:
    """Reads the m= line that `lines` begins with; raises `MalformedSdp`."""
    fields = lines[0][2:].split()
    if len(fields) < 3:
        raise MalformedSdp("m= line with fewer than three fields")
    kind, port_field, proto, *formats = fields
    port = port_number(port_field.partition("/")[0])
    if port and not formats:
        raise MalformedSdp("m= line without a format")
    if "RTP/" in proto:
        for payload_type in formats:
            # RFC 3550 section 5.1: seven bits
            if not (
                payload_type.isascii() and payload_type.isdigit() and len(payload_type) < 4 and int(payload_type) < 128
            ):
                raise MalformedSdp("payload type out of range")
    return MediaDescription(lines, kind, port, proto, tuple(formats))


def codecs_of(payload_types: tuple[int, ...], lines: tuple[str, ...]) -> tuple[Codec, ...]:
    """What RTP payload types mean by the lines under their m= line; a dynamic one without rtpmap is left out."""
    mapped = {}
    for line in lines:
        if line.startswith("a=rtpmap:"):
            value = line[9:]
            codec = _known_rtpmap(value) if len(value) <= _LONGEST_KNOWN else _rtpmap(value)
            mapped[codec.payload_type] = codec
    found = []
    for payload_type in payload_types:
        if payload_type in mapped:
            found.append(mapped[payload_type])
        elif payload_type in _STATIC:
            found.append(Codec(payload_type, *_STATIC[payload_type]))
    return tuple(found)


def attribute(lines: tuple[str, ...], name: str) -> str | None:
    """The value of the first a= line of this name, "" for a bare one, None without one."""
    bare = f"a={name}"
    prefix = bare + ":"
    for line in lines:
        if line.startswith(prefix):
            return line[len(prefix) :]
        if line == bare:
            return ""
    return None


def without_attributes(lines: tuple[str, ...], names: Collection[str]) -> tuple[str, ...]:
    """The lines but the a= lines of these names."""
    return tuple(line for line in lines if line[:2] != "a=" or line[2:].partition(":")[0] not in names)


def with_direction(lines: tuple[str, ...], direction: str) -> tuple[str, ...]:
    """The lines with exactly one direction attribute: in the place of the first, else at the end."""
    rest = [line for line in lines if line not in DIRECTION_LINES]
    place = next((at for at, line in enumerate(lines) if line in DIRECTION_LINES), len(rest))
    rest.insert(place, f"a={direction}")
    return tuple(rest)


def port_number(field: str) -> int:
    """A UDP port of 0 to 65535; raises `MalformedSdp`."""
    if not (field.isascii() and field.isdigit() and len(field) < 6 and int(field) < 65536):
        raise MalformedSdp("port out of range")
    return int(field)


def connection_address(line: str) -> str:
    """The address of a c= line without TTL or count; raises `MalformedSdp` unless it is an IP literal.

    Names are legal there (RFC 4566 section 5.7), but nothing here resolves a name that a peer gave. An IPv6 address
    comes in the one spelling that sockets use (RFC 5952), so that it can be compared.
    """
    fields = line[2:].split()
    if len(fields) != 3 or fields[0] != "IN":
        raise MalformedSdp("connection is not of the Internet")
    address = fields[2].partition("/")[0]
    if fields[1] == "IP4" and _is_ipv4(address):
        return address
    if fields[1] == "IP6" and "%" not in address:  # a zone means nothing to another host
        return _known_ipv6(address) if len(address) <= _LONGEST_IPV6 else _canonical_ipv6(address)
    raise MalformedSdp("connection address is not an IP literal of its family")


def is_nobodys(address: str, source: str) -> bool:
    """Whether no media may be sent to an address that came in a message from `source`.

    That is a group, a network, or this very host for anybody but who is on it: whoever may name our loopback has our
    relay speak to the services that listen there. Both are IP literals.
    """
    return _is_group(address) or (_is_loopback(address) and not _is_loopback(source))


def _is_loopback(address: str) -> bool:
    if ":" not in address:
        return address.startswith("127.")
    mapped = _ipv6(address).ipv4_mapped
    return _ipv6(address).is_loopback if mapped is None else mapped.is_loopback


def _is_group(address: str) -> bool:
    if address in UNSPECIFIED:
        return False
    if ":" not in address:
        return address.startswith("0.") or int(address.partition(".")[0]) >= 224
    mapped = _ipv6(address).ipv4_mapped
    return _ipv6(address).is_multicast if mapped is None else mapped.is_unspecified or _is_group(str(mapped))


_ipv6 = lru_cache(1024)(IPv6Address)


def connection_line(address: str) -> str:
    """`c=` for an IP literal."""
    return f"c=IN {'IP6' if ':' in address else 'IP4'} {address}"


def _canonical_ipv6(address: str) -> str:
    try:
        read = IPv6Address(address)
    except AddressValueError:
        raise MalformedSdp("connection address is not an IP literal of its family") from None
    return str(read) if read.ipv4_mapped is None else f"::ffff:{read.ipv4_mapped}"


_LONGEST_IPV6 = 45
_known_ipv6 = lru_cache(1024)(_canonical_ipv6)


def _rtpmap(value: str) -> Codec:
    payload_type, _, encoding = value.partition(" ")
    name, _, rest = encoding.strip().partition("/")
    rate, _, channels = rest.partition("/")
    if not (payload_type.isascii() and payload_type.isdigit() and len(payload_type) < 4):
        raise MalformedSdp("rtpmap without a payload type")
    if not (rate.isascii() and rate.isdigit() and len(rate) < 10):
        raise MalformedSdp("rtpmap without a clock rate")
    if channels and not (channels.isascii() and channels.isdigit() and len(channels) < 4):
        raise MalformedSdp("rtpmap with odd channels")
    # RFC 4855 section 3: encoding names are compared without case
    upper = name.upper()
    return Codec(int(payload_type), _SPELLING.get(upper, upper), int(rate), int(channels or 1))


_LONGEST_KNOWN = 64
# The same few values stand in nearly every description.
_known_rtpmap = lru_cache(1024)(_rtpmap)
