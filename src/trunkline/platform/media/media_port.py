"""What a phone needs of its audio: the part of `platform.media.rtp_endpoint` that it uses."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from trunkline.platform.media.audio import Source
from trunkline.platform.media.rtp_endpoint_report import RtpFigures


class MediaPort(Protocol):
    """One RTP port; see `RtpEndpoint`, which is one."""

    on_digit: Callable[[str], object] | None
    """Told of each digit that is heard, on the loop."""

    @property
    def local_ip(self) -> str: ...

    @property
    def local_port(self) -> int: ...

    def connect(
        self,
        remote_ip: str,
        remote_port: int,
        payload_type: int,
        *,
        law: int | None = None,
        event_type: int | None = None,
        rtcp_port: int | None = None,
    ) -> None: ...

    def play(self, source: Source) -> None: ...

    def hold(self) -> None: ...

    def resume(self) -> None: ...

    def record(self, path: Path | None) -> None: ...

    def send_digits(self, digits: str) -> None: ...

    def figures(self) -> RtpFigures: ...

    def close(self) -> None: ...
