"""The Via header (RFC 3261 section 20.42, RFC 3581, RFC 5118)."""

import re
from typing import Final

from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.param import Param, Parametrised, format_params, plain_params, split_params
from trunkline.protocol.sip.message.uri import parse_host_port, plain_address

MAGIC_COOKIE: Final = "z9hG4bK"
# What nearly every Via looks like; the rest takes the long way.
_COMMON: Final = re.compile(
    r"SIP/2\.0/(UDP|TCP|TLS) ([A-Za-z0-9\-.]+|\[[0-9A-Fa-f:.]+\])(?::([1-5]?[0-9]{1,4}))?"
    r"((?:;[A-Za-z0-9\-.!%*_+`'~]+(?:=[A-Za-z0-9\-.!%*_+`'~:\[\]]+)?)*)"
)
_RPORT: Final[Param] = ("rport", None)
_HOST: Final = re.compile(r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._]+")
_PROTOCOL: Final = re.compile(
    r"SIP[ \t]*/[ \t]*([0-9]+\.[0-9]+)[ \t]*/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+(.*)", re.IGNORECASE | re.DOTALL
)


class Via(Parametrised):
    """One Via value. `transport` in upper case; `host` as sent, IPv6 in brackets. Immutable by convention.

    `version` is 2.0 and `fault` "" in every accepted message; a refusal goes back along worse Vias, which show a way
    all the same: `fault` says what RFC 3261 does not admit in them.
    """

    __slots__ = ("_branch", "_sent_by", "fault", "host", "port", "transport", "version")

    def __init__(
        self,
        transport: str,
        host: str,
        port: int | None,
        params: tuple[Param, ...],
        version: str = "2.0",
        fault: str = "",
    ) -> None:
        self.fault = fault
        self.version = version
        self.transport = transport
        self.host = host
        self.port = port
        self.params = params
        self._branch: str | None = None
        self._sent_by: str | None = None

    @property
    def branch(self) -> str:
        """The branch, "" when absent (RFC 2543)."""
        if self._branch is None:
            self._branch = self.param("branch") or ""
        return self._branch

    @property
    def received(self) -> str:
        """The address of `received` without brackets, which peers write and leave out (RFC 5118 section 4.5)."""
        return plain_address(self.param("received") or "")

    @property
    def sent_by(self) -> str:
        """`host[:port]` as compared in section 17.2.3."""
        if self._sent_by is None:
            self._sent_by = self.host.lower() if self.port is None else f"{self.host.lower()}:{self.port}"
        return self._sent_by

    @property
    def reply_port(self) -> int:
        """The port to answer to without rport: sent-by's or the default (section 18.2.2)."""
        if self.port is not None:
            return self.port
        return 5061 if self.transport == "TLS" else 5060

    def with_source(self, address: str, port: int) -> "Via":
        """This Via with `received` and, where asked for, `rport` filled in (section 18.2.1, RFC 3581 section 4)."""
        params = self.params
        if len(params) == 2 and params[0][0] == "branch" and params[1] == _RPORT:  # as most peers write it
            common = (params[0], ("rport", str(port)), ("received", address))
            return Via(self.transport, self.host, self.port, common, self.version, self.fault)
        asked = self.param("rport") is not None
        # RFC 3581: received is added whenever rport is, even if it equals sent-by.
        if not asked and self.host.strip("[]").lower() == address:
            return self
        stamped: list[Param] = [
            (name, str(port)) if name.lower() == "rport" else (name, value)
            for name, value in params
            if name.lower() != "received"
        ]
        stamped.append(("received", address))
        return Via(self.transport, self.host, self.port, tuple(stamped), self.version, self.fault)

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/{self.version}/{self.transport} {self.host}{port}{format_params(self.params)}"

    def __repr__(self) -> str:
        return f"Via({str(self)!r})"


def parse_via(text: str) -> Via:
    """Read one Via value; raises MalformedMessage (400)."""
    found = _COMMON.fullmatch(text)
    if found is not None:
        transport, host, port, params = found.groups()
        return Via(transport, host, int(port) if port else None, plain_params(params[1:]) if params else ())
    return _parse_odd(text)


def _parse_odd(text: str) -> Via:
    found = _PROTOCOL.fullmatch(text)
    if found is None:
        raise MalformedMessage(400, "Malformed Via")
    version, transport, rest = found.groups()
    sent_by, semicolon, params = rest.partition(";")
    host, port = parse_host_port(sent_by.strip())
    if not _HOST.fullmatch(host):
        raise MalformedMessage(400, "Malformed Via")
    members = split_params(params) if semicolon else []
    fault = ""
    if version != "2.0":
        fault = "Malformed Via"
    elif not all(name for name, _ in members):
        fault = "Empty Via parameter"  # RFC 4475 section 3.1.2.1
    return Via(transport.upper(), host, port, tuple(members), version, fault)
