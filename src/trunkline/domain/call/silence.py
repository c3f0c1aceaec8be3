"""Whether a call has gone silent: the relay's count of packets, asked for now and then (features row 92)."""

from typing import Final

from trunkline.kit.instant import Instant, later

MEDIA_SILENCE_S: Final = 600.0
_LONGEST_PAUSE_S: Final = 600.0
"""Between two questions, which also tell the relay that the call of a held session lives."""

_ROUNDING_S: Final = 0.001
"""Of instants that were added up a third at a time."""


class Silence:
    """Packets of both sides together: one side alone may be muted, or may only listen."""

    __slots__ = ("_heard_at", "_packets", "limit_s")

    def __init__(self, limit_s: float, heard_at: Instant | None) -> None:
        """`heard_at` is the answer's moment; None when the count before is not known."""
        self.limit_s = limit_s
        self._heard_at = heard_at
        self._packets = 0

    @property
    def pause_s(self) -> float:
        """Between two questions: a third of the limit (design, decision 16)."""
        return min(self.limit_s / 3, _LONGEST_PAUSE_S)

    def begin(self, now: Instant) -> Instant:
        """The call is answered; the first moment to ask."""
        self._heard_at = now
        return later(now, self.pause_s)

    def next_at(self, since: Instant, now: Instant) -> Instant:
        """The next of the moments that lie a pause apart from `since` on, so that calls do not ask all at once."""
        pause_s = self.pause_s
        return later(since, pause_s * (1 + max(0.0, now - since) // pause_s))

    def counted(self, packets: int | None, now: Instant) -> bool:
        """The relay's count; whether the call is silent. None, which is held or not known, begins anew."""
        if packets is None:
            self._heard_at = None
            return False
        if self._heard_at is None or packets != self._packets:
            self._heard_at = now
            self._packets = packets
            return False
        return now - self._heard_at >= self.limit_s - _ROUNDING_S
