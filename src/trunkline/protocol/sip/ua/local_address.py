"""Where this user agent is reached: what it writes into Via and Contact."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """`host` as advertised (IPv6 in brackets), `port` for UDP and TCP, `tls_port` for TLS."""

    host: str
    port: int
    tls_port: int = 0

    def port_of(self, transport: str) -> int:
        return self.tls_port if transport == "TLS" else self.port

    def via(self, transport: str, branch: str) -> str:
        """A Via value that asks for rport (RFC 3581)."""
        return f"SIP/2.0/{transport} {self.host}:{self.port_of(transport)};branch={branch};rport"

    def contact(self, transport: str, user: str = "", *, secure: bool = False) -> str:
        """A Contact value; `user` is a plain number or empty; `secure` makes it a SIPS URI."""
        at = f"{user}@" if user else ""
        if secure:
            return f"<sips:{at}{self.host}:{self.tls_port}>"
        parameter = "" if transport == "UDP" else f";transport={transport.lower()}"
        return f"<sip:{at}{self.host}:{self.port_of(transport)}{parameter}>"
