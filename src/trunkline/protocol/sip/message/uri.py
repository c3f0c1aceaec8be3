"""SIP, SIPS and tel URIs (RFC 3261 section 19.1, RFC 3966)."""

import re
from typing import Final

from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.param import Param, Parametrised, format_params, parse_params

# What section 25.1 admits in a URI; anything else (spaces, angle brackets, quotes) is malformed. A user part ends at
# the first @ and may hold ; and ? itself (section 19.1.1). Underscores in hosts are not SIP but are met.
_SIP: Final = re.compile(
    r"([sS][iI][pP][sS]?):"
    r"(?:([A-Za-z0-9\-_.!~*'()&=+$,;?/]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9\-_.!~*'()&=+$,;?/]*)*)"
    r"(?::([A-Za-z0-9\-_.!~*'()&=+$,]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9\-_.!~*'()&=+$,]*)*))?@)?"
    r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._]+)"
    r"(?::([0-9]{1,5}))?"
    r"(?:;([A-Za-z0-9\-_.!~*'()\[\]/:&+$=@;]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9\-_.!~*'()\[\]/:&+$=@;]*)*))?"
    r"(?:\?([A-Za-z0-9\-_.!~*'()\[\]/?:+$=&;,@]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9\-_.!~*'()\[\]/?:+$=&;,@]*)*))?"
)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+\-.]*")
_NEVER: Final = re.compile(r'[\x00-\x20<>"\x7f]')
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")


class Uri(Parametrised):
    """A parsed URI; immutable by convention. `user` and `host` are as sent, escapes included.

    For `tel:` the number stands in `user` and `host` is empty.
    """

    __slots__ = ("headers", "host", "password", "port", "scheme", "user")

    def __init__(
        self,
        scheme: str,
        user: str | None,
        host: str,
        port: int | None = None,
        params: tuple[Param, ...] = (),
        headers: str = "",
        password: str | None = None,
    ) -> None:
        self.scheme = scheme
        self.user = user
        self.password = password
        self.host = host
        self.port = port
        self.params = params
        self.headers = headers

    @property
    def transport(self) -> str:
        """`transport` in lower case, "" when not given."""
        return (self.param("transport") or "").lower()

    @property
    def address(self) -> str:
        """The host without the brackets of an IPv6 reference, in lower case."""
        return plain_address(self.host)

    @property
    def plain_user(self) -> str:
        """The user part with escapes resolved and user parameters (`;cpc=...`) cut off; "" when absent."""
        if not self.user:
            return ""
        user = self.user.partition(";")[0]
        return unescape(user) if "%" in user else user

    def __str__(self) -> str:
        if self.scheme == "tel":
            return f"tel:{self.user}{format_params(self.params)}"
        user = self.user or ""
        if self.password is not None:
            user = f"{user}:{self.password}"
        at = "@" if self.user is not None else ""
        port = f":{self.port}" if self.port is not None else ""
        headers = f"?{self.headers}" if self.headers else ""
        return f"{self.scheme}:{user}{at}{self.host}{port}{format_params(self.params)}{headers}"

    def __repr__(self) -> str:
        return f"Uri({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Uri) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


def plain_address(host: str) -> str:
    """A host in lower case, an IPv6 reference without its brackets.

    Three colons, which the grammar of RFC 3261 could write, are read as two (RFC 5118 section 4.10).
    """
    host = host.lower()
    return host[1:-1].replace(":::", "::") if host.startswith("[") else host


def unescape(text: str) -> str:
    """Resolve %HH escapes (section 19.1.2)."""
    return _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), text)


def parse_host_port(text: str) -> tuple[str, int | None]:
    """`host[:port]` with IPv6 references; raises MalformedMessage."""
    if text.startswith("["):
        host, bracket, rest = text.partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise MalformedMessage(400, "Bad IPv6 reference")
        host, port_text = host + "]", rest[1:]
    else:
        host, _, port_text = text.partition(":")
    host = host.strip()
    port_text = port_text.strip()
    if not host:
        raise MalformedMessage(400, "Missing host")
    if not port_text:
        return host, None
    if not (port_text.isascii() and port_text.isdigit()) or int(port_text) > 65535:
        raise MalformedMessage(400, "Bad port")
    return host, int(port_text)


def parse_uri(text: str) -> Uri:
    """Read a SIP, SIPS or tel URI; another scheme gives a Uri with that scheme and the rest as host.

    Raises MalformedMessage (400) for what section 25.1 does not admit.
    """
    found = _SIP.fullmatch(text)
    if found is not None:
        scheme, user, password, host, port_text, params, headers = found.groups()
        if user == "":
            raise MalformedMessage(400, "Empty user")
        port: int | None = None
        if port_text is not None:
            port = int(port_text)
            if port > 65535:
                raise MalformedMessage(400, "Bad port")
        return Uri(scheme.lower(), user, host, port, parse_params(params) if params else (), headers or "", password)
    return _parse_other(text)


def _parse_other(text: str) -> Uri:
    scheme, colon, rest = text.partition(":")
    lowered = scheme.lower()
    if not colon or not _SCHEME.fullmatch(scheme):
        raise MalformedMessage(400, "URI without scheme")
    if lowered in {"sip", "sips"} or not rest or _NEVER.search(rest):
        raise MalformedMessage(400, "Malformed URI")
    if lowered == "tel":
        number, _, params = rest.partition(";")
        if not number:
            raise MalformedMessage(400, "Empty number")
        return Uri("tel", number, "", params=parse_params(params))
    return Uri(lowered, None, rest)
