"""The small values that settings are written in: addresses, networks of ports."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

_FIRST_MEDIA_PORT: Final = 1024


@dataclass(frozen=True, slots=True)
class HostPort:
    """An IP address (without brackets) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_any(self) -> bool:
        """0.0.0.0 or ::, which nobody can send to."""
        return ip_address(self.host).is_unspecified

    @property
    def is_loopback(self) -> bool:
        return ip_address(self.host).is_loopback

    def next_port(self) -> "HostPort":
        return HostPort(self.host, self.port + 1)


@dataclass(frozen=True, slots=True)
class PortRange:
    """Ports from `first` to `last`, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


def parse_ip(text: str) -> str:
    """An IP address, IPv6 with or without brackets; raises ValueError."""
    bare = text.strip()
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    try:
        return str(ip_address(bare))
    except ValueError:
        raise ValueError("an IP address is needed") from None


def parse_host_port(text: str) -> HostPort:
    """`192.0.2.1:5060` or `[2001:db8::1]:5060`; raises ValueError."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        raise ValueError("ADDRESS:PORT is needed")
    return HostPort(parse_ip(host), parse_port(port))


def parse_port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 65536:
        raise ValueError("a port is a number from 1 to 65535")
    return int(text)


def parse_port_range(text: str) -> PortRange:
    """`10000-60000`, from 1024 up; raises ValueError."""
    first, dash, last = text.strip().partition("-")
    if not dash:
        raise ValueError("FIRST-LAST is needed")
    ports = PortRange(parse_port(first.strip()), parse_port(last.strip()))
    if ports.last - ports.first < 3:
        raise ValueError("a range of at least four ports is needed: a call takes two pairs")
    if ports.first < _FIRST_MEDIA_PORT:
        raise ValueError(f"ports below {_FIRST_MEDIA_PORT} are the system's")
    return ports


def listed(text: str) -> list[str]:
    """The parts of a comma-separated value; empty ones fall away."""
    return [part.strip() for part in text.split(",") if part.strip()]
