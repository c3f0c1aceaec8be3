"""Goal 4: calls over a network that loses, repeats, delays and reorders; prints its seed when one fails."""

import random

import pytest

from tests.kit.ledger import assert_agree
from tests.kit.phone import PhoneCall, Script
from tests.kit.scene import Scene
from tests.kit.wire import Wire
from tests.sim.weather import SEEDS, WEATHERS, Weather, caller_script, sail, script_of, wire_of


@pytest.mark.parametrize("weather", WEATHERS, ids=lambda weather: f"loss {weather.loss}")
def test_termination_with_digest_in_bad_weather(weather: Weather) -> None:
    def make(wire: Wire, seed: int) -> Scene:
        return Scene(script_of(seed), script_of(seed), wire=wire, seed=seed)

    def act(scene: Scene, seed: int) -> PhoneCall:
        return scene.dial(caller_script(seed))

    sail(weather, make, act, "termination")


@pytest.mark.parametrize("weather", WEATHERS, ids=lambda weather: f"loss {weather.loss}")
def test_origination_with_failover_in_bad_weather(weather: Weather) -> None:
    """Row 55 and 57: the first PBX is dead or refuses, the second answers."""

    def make(wire: Wire, seed: int) -> Scene:
        scene = Scene(Script(refuse_with=500), script_of(seed), script_of(seed), wire=wire, seed=seed, origination=True)
        scene.callee.deaf = seed % 4 == 0
        return scene

    def act(scene: Scene, seed: int) -> PhoneCall:
        return scene.dial(caller_script(seed))

    sail(weather, make, act, "origination")


@pytest.mark.parametrize("weather", WEATHERS, ids=lambda weather: f"loss {weather.loss}")
def test_cancels_refusals_holds_and_silences_in_bad_weather(weather: Weather) -> None:
    """Whatever the two sides do, at whatever moment: one record, both ledgers agree, nothing is left."""
    for seed in range(SEEDS):
        mood = random.Random(seed + 3_000_000)
        callee = Script(
            trying=mood.random() < 0.8,
            ring_after=mood.choice([None, mood.uniform(0.0, 5.0)]),
            early_media=mood.random() < 0.3,
            answer_after=mood.choice([None, mood.uniform(0.0, 6.0), mood.uniform(0.0, 6.0)]),
            refuse_with=mood.choice([0, 0, 0, 302, 404, 486, 503, 603]),
            hang_up_after=mood.uniform(0.0, 4.0),
            reinvite_after=mood.choice([None, mood.uniform(0.0, 4.0)]),
            refuse_reinvite_with=mood.choice([0, 0, 488]),
        )
        caller = Script(
            cancel_after=mood.choice([None, mood.uniform(0.0, 8.0)]),
            hang_up_after=mood.uniform(0.0, 4.0),
            reinvite_after=mood.choice([None, mood.uniform(0.0, 4.0)]),
        )
        wire = wire_of(weather, seed)
        try:
            with Scene(callee, callee, callee, wire=wire, seed=seed, origination=seed % 2 == 0) as scene:
                scene.platform.journal.strict = False
                scene.platform.media.delay_s = mood.choice([0.0, 0.05])
                scene.platform.facts.delay_s = mood.choice([0.0, 0.05])
                scene.dial(caller)
            assert_agree(scene)
        except AssertionError as error:
            raise AssertionError(f"loss {weather.loss}, seed {seed}: {error}") from error
