"""The bad network of goal 4: seeded losses, repetitions, delays and so reordering, in short seeds."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.kit.ledger import assert_agree, completed
from tests.kit.length import runs
from tests.kit.phone import PhoneCall, Script
from tests.kit.scene import Scene
from tests.kit.wire import Wire

SEEDS = int(os.environ.get("TRUNKLINE_SIM_SEEDS", runs(140)))
"""For each loss and each story; over all 420 in the quick tests and 2,100 in the long ones."""


@dataclass(frozen=True)
class Weather:
    """`pass_line` is the share of calls that must come about."""

    loss: float
    pass_line: float


WEATHERS = (
    Weather(0.0, 1.0),
    Weather(0.02, 1.0),
    Weather(0.05, 1.0),
    Weather(0.10, 0.999),
    Weather(0.20, 0.99),
)


def wire_of(weather: Weather, seed: int) -> Wire:
    """Delays of 1 to 150 ms, so that packets overtake each other, and up to a tenth of them twice."""
    mood = random.Random(seed)
    return Wire(seed, weather.loss, mood.uniform(0.0, 0.1), (0.001, mood.uniform(0.002, 0.15)))


def sail(
    weather: Weather, make: Callable[[Wire, int], Scene], act: Callable[[Scene, int], PhoneCall], name: str
) -> None:
    """Make one call per seed; all must end cleanly at both ends, and enough must come about."""
    failed: list[tuple[int, str]] = []
    lost = 0
    for seed in range(SEEDS):
        try:
            with make(wire_of(weather, seed), seed) as scene:
                scene.platform.journal.strict = False
                call = act(scene, seed)
            assert_agree(scene)
            lost += scene.world.wire.lost
        except AssertionError as error:
            raise AssertionError(f"{name}, loss {weather.loss}, seed {seed}: {error}") from error
        if not completed(call):
            failed.append((seed, call.end))
    assert (lost > 0) == (weather.loss > 0), "fair weather where it should storm"
    share = 1 - len(failed) / SEEDS
    assert share >= weather.pass_line, f"{name}, loss {weather.loss}: {share:.4f} completed; failed {failed}"


def script_of(seed: int) -> Script:
    """A callee that rings and answers at its own pace; every other one hangs up first."""
    mood = random.Random(seed + 1_000_000)
    return Script(
        ring_after=mood.uniform(0.05, 1.0),
        answer_after=mood.uniform(1.0, 6.0),
        hang_up_after=mood.uniform(0.5, 5.0) if seed % 2 else None,
        early_media=seed % 3 == 0,
    )


def caller_script(seed: int) -> Script:
    """The caller hangs up at last, should its callee not have done so."""
    mood = random.Random(seed + 2_000_000)
    return Script(hang_up_after=mood.uniform(0.5, 5.0) if seed % 2 == 0 else 40.0)
