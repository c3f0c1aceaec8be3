"""The Via header (RFC 3261 section 20.42, RFC 3581, RFC 5118)."""

import re
from typing import Final

from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.uri import Param, format_params, parse_host_port, parse_params

MAGIC_COOKIE: Final = "z9hG4bK"
_PROTOCOL: Final = re.compile(
    r"SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+(.*)", re.IGNORECASE | re.DOTALL
)


class Via:
    """One Via value. `transport` in upper case; `host` as sent, IPv6 in brackets. Immutable by convention."""

    __slots__ = ("host", "params", "port", "transport")

    def __init__(self, transport: str, host: str, port: int | None, params: tuple[Param, ...]) -> None:
        self.transport = transport
        self.host = host
        self.port = port
        self.params = params

    def param(self, name: str) -> str | None:
        """The value of a parameter, "" for one without value, None when absent."""
        for key, value in self.params:
            if key == name or key.lower() == name:
                return value if value is not None else ""
        return None

    @property
    def branch(self) -> str:
        """The branch, "" when absent (RFC 2543)."""
        return self.param("branch") or ""

    @property
    def sent_by(self) -> str:
        """`host[:port]` as compared in section 17.2.3."""
        return self.host.lower() if self.port is None else f"{self.host.lower()}:{self.port}"

    @property
    def reply_port(self) -> int:
        """The port to answer to without rport: sent-by's or the default (section 18.2.2)."""
        if self.port is not None:
            return self.port
        return 5061 if self.transport == "TLS" else 5060

    def with_source(self, address: str, port: int) -> "Via":
        """This Via with `received` and, where asked for, `rport` filled in (section 18.2.1, RFC 3581 section 4)."""
        asked = self.param("rport") is not None
        # RFC 3581: received is added whenever rport is, even if it equals sent-by.
        if not asked and self.host.strip("[]").lower() == address:
            return self
        params: list[Param] = [
            (name, str(port)) if name.lower() == "rport" else (name, value)
            for name, value in self.params
            if name.lower() != "received"
        ]
        params.append(("received", address))
        return Via(self.transport, self.host, self.port, tuple(params))

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {self.host}{port}{format_params(self.params)}"

    def __repr__(self) -> str:
        return f"Via({str(self)!r})"


def parse_via(text: str) -> Via:
    """Read one Via value; raises MalformedMessage (400)."""
    if text.startswith("SIP/2.0/UDP "):
        transport, rest = "UDP", text[12:]
    else:
        found = _PROTOCOL.match(text)
        if not found:
            raise MalformedMessage(400, "Malformed Via")
        transport, rest = found.group(1).upper(), found.group(2)
    sent_by, semicolon, params = rest.partition(";")
    if "," in sent_by:
        raise MalformedMessage(400, "Malformed Via")
    host, port = parse_host_port(sent_by.strip())
    if " " in host or "\t" in host:
        raise MalformedMessage(400, "Malformed Via")
    return Via(transport, host, port, parse_params(params) if semicolon else ())
