"""DTMF as named events (RFC 4733): building the packets of a digit, and hearing digits once each."""

from struct import Struct
from typing import Final, final

from trunkline.protocol.rtp.packet import Buffer

PAYLOAD_TYPE: Final = 101
DIGITS: Final = "0123456789*#ABCD"
"""The digit of each event code (section 3.2)."""
END_PACKETS: Final = 3
"""How often the last packet of an event is sent (section 2.5.1.4)."""
MAX_DURATION: Final = 0xFFFF

_event = Struct("!BBH")


def event_payload(code: int, duration: int, *, end: bool, volume: int = 10) -> bytes:
    """The four octets of one event packet: `duration` in ticks so far, `volume` in -dBm0 (section 2.3)."""
    return _event.pack(code, (0x80 if end else 0) | volume & 0x3F, min(duration, MAX_DURATION))


def digit_payloads(digit: str, duration: int, packet_ticks: int = 160) -> list[bytes]:
    """The payloads of one digit, one a packet time, all under the timestamp of its beginning.

    The first goes with the marker bit; the last is the end, sent three times. Raises ValueError for no digit.
    """
    code = DIGITS.index(digit.upper())
    payloads = [event_payload(code, ticks, end=False) for ticks in range(packet_ticks, duration, packet_ticks)]
    return payloads + [event_payload(code, duration, end=True)] * END_PACKETS


@final
class TelephoneEventReceiver:
    """Turns event packets into digits: one for each event, at its first packet that arrives.

    An event is known by its timestamp: repetitions and late packets of an earlier one say nothing new, and an event
    of which only the end arrived still counts (section 2.5.1.5).
    """

    __slots__ = ("_last", "malformed")

    def __init__(self) -> None:
        self._last: int | None = None
        self.malformed = 0

    def receive(self, timestamp: int, payload: Buffer) -> str | None:
        """The digit that begins with this packet, None for anything else."""
        if len(payload) < 4:
            self.malformed += 1
            return None
        last = self._last
        if last is not None and (last - timestamp) & 0xFFFFFFFF < 0x80000000:
            return None
        self._last = timestamp
        return DIGITS[payload[0]] if payload[0] < len(DIGITS) else None
