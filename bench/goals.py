"""The figures to reach, as ratios of ours to an anchor measured in the same run (plain Python)."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.contender import KAMAILIO, KAMAILIO_TLSF, OURS, SIPPY
from bench.signalling import Figure


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours over the anchor's, at one rate; the goal is an upper bound."""

    of: str
    ours: float
    anchor: float
    goal: float

    @property
    def value(self) -> float:
        return self.ours / self.anchor

    @property
    def is_met(self) -> bool:
        return self.value <= self.goal


_SIGNALLING = {SIPPY: 0.30, KAMAILIO: 1.3, KAMAILIO_TLSF: 3.0}
MEMORY_KB_PER_CALL = 30.0
SET_UP_P50_MS, SET_UP_P99_MS = 1.0, 5.0
RTPENGINE_RATIO, PLAIN_RELAY_RATIO = 0.75, 1.7


def signalling(figures: Sequence[Figure]) -> list[Ratio]:
    """Every anchor that has a goal, at each rate that both were run at; none while our side is missing."""
    ours = {figure.rate: figure for figure in figures if figure.contender == OURS}
    return [
        Ratio(
            f"{figure.contender}, {figure.rate:g}/s",
            ours[figure.rate].cpu_ms,
            figure.cpu_ms,
            _SIGNALLING[figure.contender],
        )
        for figure in figures
        if figure.contender in _SIGNALLING and figure.rate in ours
    ]
