"""Design, decision 20: calls leave nothing behind for the cyclic collector."""

import gc
from collections import Counter

import pytest

from tests.kit.phone import Script
from tests.kit.scene import Scene, open_facts

CALLS = 20


def _unreachable(scene: Scene, script: Script, transport: str) -> Counter[str]:
    """What the collector finds, by class, after the calls."""
    for _ in range(2):
        scene.dial(script, transport=transport)
        scene.run(6.0)
    scene.world.settle()
    scene.alice.calls.clear()
    for phone in scene.callees:
        phone.calls.clear()
    gc.collect()
    gc.garbage.clear()
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.disable()
    try:
        for _ in range(CALLS):
            scene.dial(script, transport=transport)
            scene.run(6.0)
        scene.world.settle()
        scene.platform.journal.entries.clear()
        gc.collect()
        return Counter(type(found).__qualname__ for found in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.enable()
        gc.garbage.clear()


@pytest.mark.parametrize(
    ("name", "callee", "caller", "digest"),
    [
        ("answered", Script(), Script(hang_up_after=1.0), True),
        ("hung up by the callee", Script(hang_up_after=1.0), Script(), False),
        ("cancelled", Script(answer_after=None), Script(cancel_after=1.0), False),
        ("refused", Script(refuse_with=486), Script(), False),
        ("held", Script(early_media=True), Script(reinvite_after=1.0, hang_up_after=2.0), False),
    ],
)
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_calls_leave_nothing_for_the_cyclic_collector(
    name: str, callee: Script, caller: Script, digest: bool, transport: str
) -> None:
    with Scene(callee, facts=None if digest else open_facts()) as scene:
        scene.platform.media.delay_s = 0.02
        found = _unreachable(scene, caller, transport)
    assert not found, f"{name}: {found}"
