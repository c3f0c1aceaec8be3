"""What one relay process is told at its start."""

from dataclasses import dataclass

from trunkline.service.relay.errors import BadRelayConfig


@dataclass(frozen=True, slots=True)
class RelayConfig:
    """Addresses and ports of one relay; raises BadRelayConfig for a range that holds no pair."""

    ng_address: tuple[str, int] = ("127.0.0.1", 22222)
    """Where gateways send their commands."""
    rtp_bind: str = "127.0.0.1"
    rtp_advertise: str = "127.0.0.1"
    """The address written into session descriptions."""
    ports: tuple[int, int] = (10000, 60000)
    """First and last port of the media range (features.md row 88)."""
    quarantine_s: float = 2.0
    """How long a freed pair rests, so that a late packet finds no other call."""
    idle_s: float = 7200.0
    """A call without packet or command for so long belongs to nobody and goes; far above any gateway's timer."""

    def __post_init__(self) -> None:
        first, last = self.ports
        if not (1024 <= first < last <= 65535) or first + first % 2 + 1 > last:
            raise BadRelayConfig(f"RTP port range {first}-{last} holds no pair of an even port and the one above it")
