"""An RTP endpoint for phones, the sandbox and the voice server: it plays, records, echoes and hears digits."""

import asyncio
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, final

from trunkline.platform.media.audio import Echo, Nothing, Recorder, Source
from trunkline.platform.media.rtp_endpoint_report import Reporter, RtpFigures
from trunkline.platform.media.rtp_sender import RtpSender
from trunkline.platform.setting import clock
from trunkline.protocol.rtp import g711, packet
from trunkline.protocol.rtp.statistics import ReceptionStatistics
from trunkline.protocol.rtp.telephone_event import PAYLOAD_TYPE as EVENT_PAYLOAD_TYPE
from trunkline.protocol.rtp.telephone_event import TelephoneEventReceiver

REPORT_TICKS: Final = 250
"""Ticks between two RTCP reports: 5 s (RFC 3550 section 6.2)."""
MAX_DRAIN: Final = 32
MAX_DIGITS: Final = 256
DIGIT_TICKS: Final = 800


@final
class RtpEndpoint:
    """One RTP port and the RTCP port above it; made by `RtpEngine.open`, used on its loop only."""

    __slots__ = (
        "_allowed",
        "_buffer",
        "_early",
        "_echo",
        "_event_type",
        "_forget",
        "_loop",
        "_peer",
        "_recorder",
        "_report_in",
        "_reporter",
        "_rtcp",
        "_rtp",
        "_sender",
        "_sending",
        "_statistics",
        "_telephone_events",
        "_view",
        "digits",
        "dropped",
        "local_ip",
        "local_port",
        "on_digit",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        buffer: bytearray,
        sockets: tuple[socket.socket, socket.socket],
        forget: "Callable[[RtpEndpoint], None]",
    ) -> None:
        """`buffer` is shared by all endpoints of a process; `forget` is called once, before the sockets are closed."""
        rtp, rtcp = sockets
        self._loop = loop
        self._buffer = buffer
        self._view = memoryview(buffer)
        self._forget = forget
        self._rtp = rtp
        self._rtcp = rtcp
        name = rtp.getsockname()
        self.local_ip: str = name[0]
        self.local_port: int = name[1]
        self.digits = ""
        """The digits heard, at most 256."""
        self.on_digit: Callable[[str], object] | None = None
        self.dropped = [0] * len(packet.FAULTS)
        self._reporter = Reporter(secrets.randbits(32))
        self._statistics = ReceptionStatistics()
        self._telephone_events = TelephoneEventReceiver()
        self._allowed = packet.payload_type_table(())
        self._event_type: int | None = None
        self._sender = RtpSender(loop, rtp, self._reporter.ssrc)
        self._peer: int | None = None
        self._sending = False
        self._early = 0
        self._echo: Echo | None = None
        self._recorder: Recorder | None = None
        self._report_in = REPORT_TICKS

    @property
    def local_rtcp_port(self) -> int:
        return self.local_port + 1

    @property
    def closed(self) -> bool:
        return self._rtp.fileno() < 0

    def connect(
        self,
        remote_ip: str,
        remote_port: int,
        payload_type: int,
        *,
        law: int | None = None,
        event_type: int | None = EVENT_PAYLOAD_TYPE,
        rtcp_port: int | None = None,
    ) -> None:
        """Sends to this address from now on and takes packets from nowhere else; may be called again.

        `law` (0 or 8) is needed for a dynamic payload type. `remote_ip` is an IP literal. An address that cannot be
        reached is no error: sending fails and is counted.
        """
        self._sender.speak(payload_type, payload_type if law is None else law, event_type)
        self._event_type = event_type
        self._allowed = packet.payload_type_table((payload_type, *(() if event_type is None else (event_type,))))
        self._discard_waiting()
        self._sending = False
        with suppress(OSError):
            self._rtp.connect((remote_ip, remote_port))
            self._rtcp.connect((remote_ip, rtcp_port or min(remote_port + 1, 65535)))
            self._sending = True
        self._sender.errors += not self._sending

    def play(self, source: Source, on_finished: Callable[[], object] | None = None) -> None:
        """Sends this from the next tick on; `on_finished` is called once, on the loop, when the source has ended."""
        self._echo = source if isinstance(source, Echo) else None
        self._sender.play(source, on_finished)

    def send_digits(self, digits: str, ticks: int = DIGIT_TICKS) -> None:
        """Sends DTMF as telephone-events in place of the audio, 60 ms apart; raises ValueError for no digit."""
        self._sender.send_digits(digits, ticks)

    def record(self, path: Path | None) -> None:
        """Writes what is heard to a WAV file; None ends the recording."""
        if self._recorder is not None:
            self._recorder.close()
        self._recorder = None if path is None else Recorder(path)

    def hold(self) -> None:
        """Sends nothing and stops the source where it is; goes on receiving."""
        self._sender.hold()

    def resume(self) -> None:
        self._sender.resume()

    def figures(self) -> RtpFigures:
        """What was sent, received and lost so far."""
        dropped = {name: count for name, count in zip(packet.FAULTS, self.dropped, strict=True) if count}
        if self._early:
            dropped["early"] = self._early
        if self._reporter.malformed:
            dropped["malformed-rtcp"] = self._reporter.malformed
        if self._telephone_events.malformed:
            dropped["malformed-event"] = self._telephone_events.malformed
        return self._reporter.figures(self._sender.sent, self._sender.errors, self._statistics, dropped)

    def close(self) -> None:
        """Says BYE, ends a recording and gives the ports back; doing it twice does nothing."""
        if self.closed:
            return
        self._report(goodbye=True)
        self.record(None)
        self._forget(self)
        self._rtp.close()
        self._rtcp.close()
        self._sender.play(Nothing())
        self._echo = self.on_digit = None

    def tick(self) -> None:
        """One packet time has passed; called by the engine."""
        self._sender.tick(connected=self._sending)
        self._report_in -= 1
        if not self._report_in:
            self._report_in = REPORT_TICKS
            self._statistics.sample()
            self._report()

    def drain_rtp(self) -> None:
        """Takes what waits at the RTP socket, at most 32 packets; called by the loop."""
        buffer, view = self._buffer, self._view
        receive = self._rtp.recv_into
        for _ in range(MAX_DRAIN):
            try:
                size = receive(buffer)
            except BlockingIOError:
                return
            except OSError:  # ICMP about something we sent
                self._sender.errors += 1
                continue
            self._receive(view, size)

    def drain_rtcp(self) -> None:
        """Takes what waits at the RTCP socket; called by the loop."""
        for _ in range(MAX_DRAIN):
            try:
                size = self._rtcp.recv_into(self._buffer)
            except BlockingIOError:
                return
            except OSError:
                continue
            if self._sending:
                self._receive_rtcp(self._view[:size])

    def _receive(self, view: memoryview, size: int) -> None:
        if not self._sending:
            self._early += 1
            return
        fault = packet.fault(view, size, self._allowed)
        if fault:
            if fault == packet.WRONG_PAYLOAD_TYPE and packet.is_rtcp(view, size):
                self._receive_rtcp(view[:size])
            else:
                self.dropped[fault] += 1
            return
        self._check_source(packet.ssrc(view))
        timestamp = packet.timestamp(view)
        payload_type = packet.payload_type(view)
        start, end = packet.payload_span(view, size)
        statistics = self._statistics
        if payload_type == self._event_type:
            statistics.receive_untimed(packet.sequence(view), end - start)
            digit = self._telephone_events.receive(timestamp, view[start:end])
            if digit is not None:
                self._hear_digit(digit)
            return
        arrival = int(clock.now() * g711.SAMPLE_RATE)
        statistics.receive(packet.sequence(view), timestamp, arrival, end - start)
        if self._echo is not None:
            self._echo.hear(bytes(view[start:end]))
        if self._recorder is not None and end > start:
            self._recorder.hear(timestamp, bytes(view[start:end]), self._sender.law)

    def _check_source(self, ssrc: int) -> None:
        if ssrc != self._peer:
            if self._peer is not None:
                self._statistics.new_source()
                self._telephone_events = TelephoneEventReceiver()
            self._peer = ssrc

    def _hear_digit(self, digit: str) -> None:
        if len(self.digits) < MAX_DIGITS:
            self.digits += digit
        if self.on_digit is not None:
            self._loop.call_soon(self.on_digit, digit)

    def _receive_rtcp(self, data: memoryview) -> None:
        self._reporter.receive(data, clock.now(), clock.wall().timestamp())

    def _report(self, *, goodbye: bool = False) -> None:
        if not self._sending:
            return
        sender, unix_s = self._sender, clock.wall().timestamp()
        compound = self._reporter.compound(
            sender.sent, sender.timestamp, self._peer, self._statistics, clock.now(), unix_s, goodbye=goodbye
        )
        with suppress(OSError):
            self._rtcp.send(compound)

    def _discard_waiting(self) -> None:
        """What came before the peer was known may be anybody's."""
        for waiting in (self._rtp, self._rtcp):
            with suppress(OSError):
                while waiting.recv_into(self._buffer):
                    pass
