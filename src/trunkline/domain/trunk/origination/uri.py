"""The grammar of origination URIs (sip.md 4.1): what is typed into a trunk, read into a target."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address
from typing import Final
from urllib.parse import unquote

from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.edge.edges import edge_of
from trunkline.domain.trunk.facts import OriginationUrlSid
from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.uri import Uri, parse_uri

HEADER_PART_LIMIT: Final = 1024
"""The part behind `?` must be shorter than this (row 50, error 21227)."""

BAD_URI: Final = 32110
BAD_HEADER_NAME: Final = 32111
BAD_HEADER_VALUE: Final = 32112
RESERVED_HEADER_NAME: Final = 32113
BAD_PARAMETER: Final = 32114

_LABEL: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z", re.ASCII)
_HEADER_NAME: Final = re.compile(r"[Xx]-[A-Za-z0-9\-.!%*_+`'~]+\Z", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_RESERVED: Final = "x-twilio"


@dataclass(frozen=True, slots=True)
class OriginationUri:
    """A URI that can be called. `warnings` are the error codes of parts left out; the call goes on without them."""

    user: str | None
    """As typed, escapes kept; None = the dialled number is filled in."""
    host: str
    port: int | None
    """As typed; None = by RFC 3263, in the end 5060 or 5061."""
    transport: Transport | None
    """As typed; None = by RFC 3263, in the end UDP (row 47)."""
    edge: str | None
    headers: tuple[tuple[str, str], ...]
    """Names and unescaped values, in their order."""
    warnings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UriWarning:
    """A part of a trunk's URI that was left out, or with 32110 the whole URI; an alert for the customer."""

    code: int
    uri: str
    """As it was typed."""


@dataclass(frozen=True, slots=True)
class OriginationTarget:
    """One stop of the hunt: the URI as it goes to the wire for the dialled number."""

    url_sid: OriginationUrlSid | None
    """None for the target of a redirect."""
    uri: OriginationUri
    transport: Transport | None
    """TLS on a secure trunk, whatever the URI says (row 74); None = by RFC 3263."""
    user: str
    away: str | None = None
    """The other edge that it is called from; None = from here."""

    @property
    def request_uri(self) -> str:
        """`sip:user@host[:port][;transport=...]`; the To header has the same URI."""
        port = "" if self.uri.port is None else f":{self.uri.port}"
        transport = "" if self.transport is None else f";transport={self.transport.value}"
        return f"sip:{self.user}@{self.uri.host}{port}{transport}"


@lru_cache(8192)  # the same text is read for every call through its trunk
def parse_origination_uri(text: str) -> OriginationUri | None:
    """Read a URI; None where it cannot be called at all (32110: scheme, host, port or shape)."""
    address_part, _, header_part = text.strip().partition("?")
    try:
        uri = parse_uri(address_part)
    except MalformedMessage:
        return None
    if uri.scheme not in {"sip", "sips"} or uri.password is not None or uri.user == "":
        return None
    if not _is_host(uri.host) or uri.port == 0:
        return None
    transport, edge, warnings = _parameters(uri)
    headers, header_warnings = _headers(header_part)
    if uri.scheme == "sips":
        transport = Transport.TLS  # row 48
    return OriginationUri(uri.user, uri.host, uri.port, transport, edge, headers, warnings + header_warnings)


def header_part_too_long(text: str) -> bool:
    """Whether the part behind `?` breaks the limit that a customer is refused for (row 50, 21227)."""
    return len(text.partition("?")[2]) >= HEADER_PART_LIMIT


def _is_host(host: str) -> bool:
    """An IPv4 address or a name (row 46)."""
    labels = host.removesuffix(".").split(".")
    if labels[-1].isdigit():
        try:
            IPv4Address(host)
        except ValueError:
            return False
        return True
    return len(host) <= 253 and all(_LABEL.match(label) for label in labels)


def _parameters(uri: Uri) -> tuple[Transport | None, str | None, tuple[int, ...]]:
    transport: Transport | None = None
    edge: str | None = None
    warnings: list[int] = []
    for name, value in uri.params:
        match name.lower():
            case "transport" if (value or "").lower() in set(Transport):
                transport = Transport((value or "").lower())
            case "edge" | "region" if edge_of(value or "") is not None:
                edge = edge or edge_of(value or "")
            case "tnx":
                pass  # private connections do not exist here
            case _:
                warnings.append(BAD_PARAMETER)
    return transport, edge, tuple(warnings)


def _headers(part: str) -> tuple[tuple[tuple[str, str], ...], tuple[int, ...]]:
    if len(part) >= HEADER_PART_LIMIT:
        return (), (BAD_HEADER_VALUE,)
    headers: list[tuple[str, str]] = []
    warnings: list[int] = []
    for pair in part.split("&") if part else ():
        name, _, raw_value = pair.partition("=")
        warning, value = _judge_header(unquote(name), raw_value)
        if warning is None:
            headers.append((unquote(name), value))
        else:
            warnings.append(warning)
    return tuple(headers), tuple(warnings)


def _judge_header(name: str, raw_value: str) -> tuple[int | None, str]:
    if not _HEADER_NAME.match(name):
        return BAD_HEADER_NAME, ""
    if name.lower().startswith(_RESERVED):
        return RESERVED_HEADER_NAME, ""
    try:
        value = unquote(raw_value, errors="strict")
    except UnicodeDecodeError:
        return BAD_HEADER_VALUE, ""
    # A line break here would write headers of the customer's choice into our INVITE.
    return (BAD_HEADER_VALUE, "") if _CONTROL.search(value) else (None, value)
