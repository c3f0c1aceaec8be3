"""An RTP port that remembers what it was told, in place of `platform.media.rtp_endpoint`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from trunkline.platform.media.audio import Source
from trunkline.platform.media.rtp_endpoint_report import RtpFigures

_FIGURES = RtpFigures(0, 0, 0, 0, 0, 0, 0.0, 0.0, 4.0, None, None, None, None, {})


@dataclass(slots=True)
class FakePort:
    """MediaPort that remembers what it was told."""

    local_ip: str = "127.0.0.1"
    local_port: int = 40000
    connected: list[tuple[str, int, int, int | None, int | None, int | None]] = field(default_factory=list)
    played: list[Source] = field(default_factory=list)
    held: bool = False
    closed: bool = False
    recorded: list[Path | None] = field(default_factory=list)
    digits: str = ""
    on_digit: Callable[[str], object] | None = None

    def connect(
        self,
        remote_ip: str,
        remote_port: int,
        payload_type: int,
        *,
        law: int | None = None,
        event_type: int | None = None,
        rtcp_port: int | None = None,
    ) -> None:
        self.connected.append((remote_ip, remote_port, payload_type, law, event_type, rtcp_port))

    def play(self, source: Source) -> None:
        self.played.append(source)

    def hold(self) -> None:
        self.held = True

    def resume(self) -> None:
        self.held = False

    def record(self, path: Path | None) -> None:
        self.recorded.append(path)

    def send_digits(self, digits: str) -> None:
        self.digits += digits

    def figures(self) -> RtpFigures:
        return _FIGURES

    def close(self) -> None:
        assert not self.closed
        self.closed = True
