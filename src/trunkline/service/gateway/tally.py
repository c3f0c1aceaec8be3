"""What the finished calls of a gateway add up to, for its metrics: plain numbers, counted once a call."""

from bisect import bisect_left
from typing import final

from trunkline.domain.call.release_cause import CONCURRENCY_EXCEEDED, POOL_CPS_EXCEEDED, TRUNK_CPS_EXCEEDED
from trunkline.domain.record.call_record import CallRecord
from trunkline.domain.record.media_statistics import MediaStatistics
from trunkline.platform.setting.metrics import CALL_SECONDS, LAG_SECONDS, SCORES, SET_UP_SECONDS

_LIMITS = frozenset({CONCURRENCY_EXCEEDED.name, POOL_CPS_EXCEEDED.name, TRUNK_CPS_EXCEEDED.name})


@final
class Distribution:
    """How many values fell below each limit, and their sum."""

    __slots__ = ("counts", "limits", "total")

    def __init__(self, limits: tuple[float, ...]) -> None:
        self.limits = limits
        self.counts = [0] * (len(limits) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.limits, value)] += 1
        self.total += value

    @property
    def sample(self) -> list[float]:
        """As `platform.setting.metrics.Report` has it."""
        return [*self.counts, self.total]


@final
class Tally:
    """Told each record as it is delivered."""

    __slots__ = ("durations", "failovers", "jitters", "limited", "packets", "pdds", "results", "scores")

    def __init__(self) -> None:
        self.results: dict[tuple[str, str], int] = {}
        """By direction and status."""
        self.failovers: dict[str, int] = {}
        """Attempts that did not answer, by their release cause."""
        self.limited: dict[str, int] = {}
        """Calls refused by a limit, by their release cause."""
        self.packets = {"inbound": 0, "outbound": 0}
        self.pdds = Distribution(SET_UP_SECONDS)
        self.durations = Distribution(CALL_SECONDS)
        self.jitters = Distribution(LAG_SECONDS)
        self.scores = Distribution(SCORES)

    def count(self, record: CallRecord) -> None:
        """One finished call."""
        key, cause = (record.direction.value, record.status.value), record.cause.name
        self.results[key] = self.results.get(key, 0) + 1
        if cause in _LIMITS:
            self.limited[cause] = self.limited.get(cause, 0) + 1
        for attempt in record.attempts:
            if attempt.cause is not None:
                self.failovers[attempt.cause.name] = self.failovers.get(attempt.cause.name, 0) + 1
        if (pdd_ms := record.pdd_ms) is not None:
            self.pdds.add(pdd_ms / 1000)
        if record.answered_at is not None:
            self.durations.add(record.duration_s)
        self._hear("inbound", record.inbound_media)
        self._hear("outbound", record.outbound_media)

    def _hear(self, leg: str, media: MediaStatistics | None) -> None:
        if media is None:
            return
        self.packets[leg] += media.packets_received or 0
        if media.jitter_ms is not None:
            self.jitters.add(media.jitter_ms / 1000)
        if media.mos is not None:
            self.scores.add(media.mos)
