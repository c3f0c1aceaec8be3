"""name-addr and addr-spec headers: From, To, Contact, Route, Diversion and their like (RFC 3261 section 20.10)."""

import re
from typing import Final

from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.param import (
    Param,
    Parametrised,
    format_params,
    parse_header_params,
    plain_params,
    split_outside_quotes,
)
from trunkline.protocol.sip.message.uri import Uri, parse_uri

# What nearly every value looks like. It admits no URI that parse_uri refuses, so the URI can wait for its first use;
# the rest takes the long way.
_COMMON: Final = re.compile(
    r"""("[^"\\]*" ?|[A-Za-z0-9\-.!%*_+`'~ ]*)"""
    r"<(sips?:(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]+@)?(?:[A-Za-z0-9\-.]+|\[[0-9A-Fa-f:.]+\])(?::[1-5]?[0-9]{1,4})?"
    r"(?:;[A-Za-z0-9\-_.!~*'()&+$=;]*)?)>"
    r"((?:;[A-Za-z0-9\-.!%*_+`'~]+(?:=[A-Za-z0-9\-.!%*_+`'~]+)?)*)"
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


class NameAddr(Parametrised):
    """A display name, a URI and header parameters; the URI is parsed on first use. Immutable by convention."""

    __slots__ = ("_tag", "_uri", "display", "uri_text")

    def __init__(self, display: str, uri_text: str, params: tuple[Param, ...] = ()) -> None:
        self.display = display
        self.uri_text = uri_text
        self.params = params
        self._uri: Uri | None = None
        self._tag: str | None = None

    @property
    def uri(self) -> Uri:
        """The parsed URI; raises MalformedMessage."""
        if self._uri is None:
            self._uri = parse_uri(self.uri_text)
        return self._uri

    @property
    def tag(self) -> str:
        """The tag parameter, "" when absent."""
        if self._tag is None:
            self._tag = self.param("tag") or ""
        return self._tag

    @property
    def name(self) -> str:
        """The display name without quotes and escapes."""
        text = self.display
        if len(text) >= 2 and text[0] == '"':
            text = _ESCAPED.sub(r"\1", text[1:-1])
        return text

    def __str__(self) -> str:
        display = f"{self.display} " if self.display else ""
        return f"{display}<{self.uri_text}>{format_params(self.params)}"

    def __repr__(self) -> str:
        return f"NameAddr({str(self)!r})"


def quote_display(name: str) -> str:
    """A display name as a quoted string; "" stays "". Control characters cannot be carried and are dropped."""
    if not name:
        return ""
    kept = "".join(char for char in name if char >= " " and char != "\x7f")
    return '"' + kept.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse_name_addr(text: str) -> NameAddr:
    """Read one name-addr or addr-spec with its parameters; raises MalformedMessage (400).

    The URI is known to be well formed when this returns.
    """
    found = _COMMON.fullmatch(text)
    if found is not None:
        display, uri_text, params = found.groups()
        return NameAddr(display.rstrip(), uri_text, plain_params(params[1:]) if params else ())
    address = _parse_odd(text)
    _ = address.uri
    return address


def _parse_odd(text: str) -> NameAddr:
    if text.startswith('"'):
        end = _end_of_quoted(text)
        display, rest = text[: end + 1], text[end + 1 :].lstrip()
        if not rest.startswith("<"):
            raise MalformedMessage(400, "Display name without <URI>")
    else:
        at = text.find("<")
        if at < 0:
            # addr-spec form: parameters belong to the header, not to the URI (section 20).
            uri_text, semicolon, params = text.partition(";")
            uri_text = uri_text.strip()
            if not uri_text or "?" in uri_text or "," in uri_text:
                raise MalformedMessage(400, "Malformed address")
            return NameAddr("", uri_text, parse_header_params(params) if semicolon else ())
        display, rest = text[:at].rstrip(), text[at:]
        if display and not _is_token_phrase(display):
            raise MalformedMessage(400, "Malformed display name")
    uri_text, closing, after = rest[1:].partition(">")
    if not closing:
        raise MalformedMessage(400, "Missing >")
    after = after.strip()
    if after and not after.startswith(";"):
        raise MalformedMessage(400, "Junk behind address")
    return NameAddr(display, uri_text, parse_header_params(after[1:]) if after else ())


def _end_of_quoted(text: str) -> int:
    at = 1
    length = len(text)
    while at < length:
        char = text[at]
        if char == "\\":
            at += 2
            continue
        if char == '"':
            return at
        at += 1
    raise MalformedMessage(400, "Unbalanced quotes")


def _is_token_phrase(display: str) -> bool:
    # Unquoted display names are tokens and spaces (section 25.1); letters beyond ASCII are let pass.
    return not any(char in '",;:@<>()[]{}\\/?=' for char in display)


def split_addresses(value: str) -> list[str]:
    """The comma-separated members of one header value."""
    if "," not in value:
        return [value]
    return [part for part in split_values(value) if part]


def split_values(value: str) -> list[str]:
    """Like split_addresses, with the empty members that a stray comma leaves."""
    return [piece.strip() for piece in split_outside_quotes(value, ",")]
