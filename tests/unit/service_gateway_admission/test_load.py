"""Decision 19 and goal 2: when a gateway is overloaded, what it refuses then, and when it is well again."""

from collections import deque
from dataclasses import dataclass, field

import pytest

from trunkline.kit.instant import Instant, later
from trunkline.platform.setting.metrics import LAG_SECONDS
from trunkline.service.gateway.admission.load import TICK_S, Load

START = Instant(50.0)


class Time:
    """Tells a load tick by tick."""

    def __init__(self) -> None:
        self.load = Load()
        self.now = START

    def run(self, seconds: float, late_s: float = 0.0) -> None:
        """Each tick comes `late_s` late."""
        until = later(self.now, seconds)
        while self.now < until:
            self.now = later(self.now, TICK_S + late_s)
            self.load.told(late_s, self.now)

    def refused(self, calls: int = 100) -> int:
        return sum(self.load.refuses() for _ in range(calls))


def test_a_loop_on_time_refuses_nobody() -> None:
    time = Time()
    time.run(10.0, late_s=0.09)
    assert (time.refused(), time.load.share) == (0, 0.0)
    assert round(time.load.lag_s, 3) == 0.09


def test_one_long_stop_alone_is_no_overload() -> None:
    """A pause of the collector or of the disk: one sample among fifty."""
    time = Time()
    time.run(2.0)
    time.run(0.1, late_s=0.15)
    time.run(2.0)
    assert time.load.share == 0.0


def test_a_loop_that_stands_still_again_and_again_refuses_all_within_a_second() -> None:
    time = Time()
    time.run(2.0)
    time.run(1.0, late_s=0.25)
    assert time.load.share == 1.0
    assert time.refused() == 100
    assert time.load.refuses_all()


def test_moments_of_waiting_are_none() -> None:
    time = Time()
    for _ in range(100):
        time.run(0.08, late_s=0.09)
        time.run(0.02)
    assert time.load.share == 0.0


def test_the_share_is_spread_evenly() -> None:
    time = Time()
    time.load.share = 0.25
    assert [time.load.refuses() for _ in range(8)] == [False, False, False, True] * 2


def test_normal_again_within_five_seconds() -> None:
    time = Time()
    time.run(10.0, late_s=0.5)
    assert time.refused() == 100
    time.run(1.0)
    assert 0 < time.load.share < 1
    assert time.load.overloaded
    time.run(2.0)
    assert (time.load.share, time.refused(), time.load.overloaded) == (0.0, 0, False)


@dataclass
class Gateway:
    """A model: calls are taken one after the other, each costs `CALL_S` or, refused, `REFUSAL_S`."""

    rate: float
    load: Load = field(default_factory=Load)
    taken: int = 0
    waited: list[float] = field(default_factory=list)

    def run(self, seconds: float) -> float:
        """Calls taken per second."""
        free, tick, queue = 0.0, 0.0, deque(number / self.rate for number in range(round(seconds * self.rate)))
        while queue:
            now = max(free, queue[0])
            while tick <= now:
                oldest = max(0.0, tick - queue[0])
                self.load.told(oldest, Instant(tick))
                tick += TICK_S
            arrived = queue.popleft()
            if self.load.refuses():
                free = now + REFUSAL_S
            else:
                free = now + CALL_S
                self.taken += 1
                self.waited.append(now - arrived)
        return self.taken / seconds


CALL_S, REFUSAL_S = 0.0015, 0.0002
CAPACITY = 1 / CALL_S


@pytest.mark.parametrize("times", [1.5, 3.0, 4.5])
def test_goal_2_what_is_taken_at_three_times_the_load(times: float) -> None:
    """L is half of what the gateway can take: at least 80 % of L is served, and nearly all that the refusals leave."""
    gateway = Gateway(times * CAPACITY / 2)
    taken = gateway.run(12.0)
    left = min(gateway.rate, (1 - gateway.rate * REFUSAL_S) / (CALL_S - REFUSAL_S))
    assert taken >= 0.8 * CAPACITY / 2
    assert taken >= 0.95 * left
    late = sorted(gateway.waited[len(gateway.waited) // 4 :])
    assert late[len(late) * 99 // 100] < 0.15


def test_what_it_can_just_take_it_takes() -> None:
    gateway = Gateway(0.98 * CAPACITY)
    assert gateway.run(12.0) == pytest.approx(gateway.rate, rel=0.01)


def test_lags_are_counted_by_bucket() -> None:
    time = Time()
    for late in (0.0, 0.001, 0.0011, 0.3, 7.0):
        time.load.told(late, time.now)
    counted = dict(zip((*LAG_SECONDS, None), time.load.lags.counts, strict=True))
    assert {limit: count for limit, count in counted.items() if count} == {0.001: 2, 0.005: 1, 0.5: 1, None: 1}
    assert round(time.load.lags.total, 4) == 7.3021
