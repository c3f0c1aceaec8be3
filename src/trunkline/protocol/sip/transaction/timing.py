"""The timers of RFC 3261 section 17 and RFC 6026: their letters, their lengths, and starting and stopping them."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Timer(Enum):
    """Every letter its own. C is a proxy's and never started here; L and M come from RFC 6026."""

    A = "INVITE request repetition"
    B = "INVITE transaction timeout"
    C = "proxy INVITE transaction timeout"
    D = "wait for repeated final responses to an INVITE"
    E = "non-INVITE request repetition"
    F = "non-INVITE transaction timeout"
    G = "INVITE response repetition"
    H = "wait for the ACK"
    I = "wait for repeated ACKs"  # noqa: E741  the RFC's letter
    J = "wait for repeated non-INVITE requests"
    K = "wait for repeated non-INVITE responses"
    L = "wait for repeated INVITEs after a 2xx"
    M = "wait for repeated 2xx"


@dataclass(frozen=True, slots=True)
class Timing:
    """The base values of section 17.1.1.1, in seconds."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0

    @property
    def timeout(self) -> float:
        """64*T1: how long any of the transactions waits for the far end."""
        return 64 * self.t1


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Machine output: (re)start a timer, `delay` seconds from now."""

    timer: Timer
    delay: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Machine output: stop a timer; harmless when it does not run."""

    timer: Timer


STOP_A: Final = StopTimer(Timer.A)
STOP_B: Final = StopTimer(Timer.B)
STOP_E: Final = StopTimer(Timer.E)
STOP_F: Final = StopTimer(Timer.F)
STOP_G: Final = StopTimer(Timer.G)
STOP_H: Final = StopTimer(Timer.H)


class TimerStarts:
    """The StartTimer outputs that are always the same, built once per layer and shared by its transactions.

    D, I, J and K are the lengths for unreliable transports; over reliable ones they are zero, and the machines then
    end at once instead of starting them.
    """

    __slots__ = ("a", "b", "d", "e", "e_t2", "f", "g", "h", "i", "j", "k", "l", "m", "timing")

    def __init__(self, timing: Timing) -> None:
        self.timing = timing
        self.a = StartTimer(Timer.A, timing.t1)
        self.b = StartTimer(Timer.B, timing.timeout)
        # At least 32 s (section 17.1.1.2), which is 64*T1 at the default T1: as long as the far end's timer H.
        self.d = StartTimer(Timer.D, timing.timeout)
        self.e = StartTimer(Timer.E, timing.t1)
        self.e_t2 = StartTimer(Timer.E, timing.t2)
        self.f = StartTimer(Timer.F, timing.timeout)
        self.g = StartTimer(Timer.G, timing.t1)
        self.h = StartTimer(Timer.H, timing.timeout)
        self.i = StartTimer(Timer.I, timing.t4)
        self.j = StartTimer(Timer.J, timing.timeout)
        self.k = StartTimer(Timer.K, timing.t4)
        self.l = StartTimer(Timer.L, timing.timeout)
        self.m = StartTimer(Timer.M, timing.timeout)
