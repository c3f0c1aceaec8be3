"""How much the gateway is behind, and which share of new calls it therefore refuses (design, decision 19; goal 2).

Two things are late under load: what the loop was to do (the lag of one timer), and datagrams that wait in the kernel
while every batch is full. The worse of both is sampled. It is overload when the p95 of the last second is over 100 ms
(a setting). From then on a share of new INVITEs is refused, as large as keeps the lag at half of that: a PI controller,
since refusing all and then none would leave the gateway idle half of the time, until nothing needs to be refused.
"""

from collections import deque
from typing import Final, final

from trunkline.kit.instant import Instant
from trunkline.platform.setting.metrics import LAG_SECONDS
from trunkline.service.gateway.tally import Distribution

TICK_S: Final = 0.05
WINDOW_S: Final = 1.0
# Of the share, for a lag that is off by the whole limit: at once, and for each second that it lasts.
_AT_ONCE: Final = 0.3
_PER_S: Final = 1.0
_AIM: Final = 0.5
_MOST_OFF: Final = 2.0


@final
class Load:
    """Told every TICK_S; asked at each new call."""

    __slots__ = ("_debt", "_late", "_most_lag_s", "_samples", "_steady", "_told_at", "lags", "overloaded", "share")

    def __init__(self, most_lag_s: float = 0.1) -> None:
        self._most_lag_s = most_lag_s
        self._samples: deque[tuple[Instant, float]] = deque()
        self._told_at: Instant | None = None
        self._debt = 0.0
        self._late = 0
        self.overloaded = False
        """From the first sight of it until nothing needs to be refused."""
        self._steady = 0.0
        """The share without what this moment asks for."""
        self.share = 0.0
        """Of new calls, that is refused now."""
        self.lags = Distribution(LAG_SECONDS)
        """Every sample since the start."""

    def told(self, late_s: float, now: Instant) -> None:
        """How late the timer came, or how long a datagram has waited, the worse of both."""
        lag = max(0.0, late_s)
        self.lags.add(lag)
        self._keep(lag, now)
        passed = now - (self._told_at or now)
        self._told_at = now
        self.overloaded = self.overloaded or (self._late > 0 and self.lag_s > self._most_lag_s)
        if self.overloaded:
            off = min(_MOST_OFF, lag / self._most_lag_s - _AIM)
            self._steady = _share(self._steady + _PER_S * off * passed)
            self.share = _share(self._steady + _AT_ONCE * off)
            self.overloaded = self._steady > 0.0 or self.share > 0.0

    def _keep(self, lag: float, now: Instant) -> None:
        """The samples of one second, and how many of them are over the limit: mostly none, and nothing is sorted."""
        samples = self._samples
        samples.append((now, lag))
        self._late += lag > self._most_lag_s
        while now - samples[0][0] >= WINDOW_S:
            self._late -= samples.popleft()[1] > self._most_lag_s

    @property
    def lag_s(self) -> float:
        """The p95 of the last second."""
        lags = sorted(lag for _, lag in self._samples)
        return lags[(len(lags) * 95 - 1) // 100] if lags else 0.0

    def refuses_all(self) -> bool:
        """Nothing less helps: then even who has answered a challenge is refused."""
        return self.share == 1.0

    def refuses(self) -> bool:
        """Whether this new call is one of the share; spread evenly."""
        if not self.share:
            return False
        self._debt += self.share
        if self._debt < 1.0:
            return False
        self._debt -= 1.0
        return True


def _share(share: float) -> float:
    return min(1.0, max(0.0, share))
