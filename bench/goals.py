"""The figures to reach, as ratios of ours to an anchor measured in the same run."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.contender import KAMAILIO, KAMAILIO_TLSF, OURS, OURS_COMPILED, SIPPY
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


_SIGNALLING = {
    OURS: {SIPPY: 0.30, KAMAILIO: 1.3, KAMAILIO_TLSF: 3.0},
    OURS_COMPILED: {SIPPY: 0.20, KAMAILIO: 0.9, KAMAILIO_TLSF: 2.0},
}
_SHORT = {OURS: "", OURS_COMPILED: "compiled, "}
MEMORY_KB_PER_CALL = 30.0
SET_UP_P50_MS, SET_UP_P99_MS = 1.0, 5.0
RTPENGINE_RATIO, PLAIN_RELAY_RATIO = 0.75, 1.7


def signalling(figures: Sequence[Figure]) -> list[Ratio]:
    """Each form of ours against every anchor that has a goal, at each rate that both were run at."""
    return [
        Ratio(f"{_SHORT[ours.contender]}{anchor.contender}, {anchor.rate:g}/s", ours.cpu_ms, anchor.cpu_ms, goal)
        for anchor in figures
        for ours in figures
        if ours.rate == anchor.rate and (goal := _SIGNALLING.get(ours.contender, {}).get(anchor.contender))
    ]
