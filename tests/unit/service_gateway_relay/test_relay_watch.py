"""A relay that died has lost its sessions: the calls on it end with a cause and a record, all others go on."""

from collections.abc import Callable

import pytest

from tests.kit.phone import Script
from tests.kit.scene import Scene, open_facts
from trunkline.domain.call.release_cause import CallStatus
from trunkline.service.gateway.relay.relay_watch import RelayWatch


class Relays:
    """Two relays: odd calls are on the one, even ones on the other; `lost` names sessions that are not known there."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.lost: set[str] = set()
        self.asked: list[str] = []

    def place(self, key: str) -> str:
        if key not in self.keys:
            self.keys.append(key)
        return f"relay {self.keys.index(key) % 2}"

    def holds(self, key: str, done: Callable[[bool], None]) -> None:
        self.asked.append(key)
        done(key not in self.lost)


def _watch(scene: Scene, relays: Relays) -> RelayWatch:
    platform = scene.platform
    return RelayWatch(relays, platform.calls, platform.switch, lambda: scene.world.now, platform.pump)


@pytest.fixture
def scene() -> Scene:
    scene = Scene(Script(), facts=open_facts())
    for _ in range(6):
        scene.dial()
        scene.run(2.0)
    assert scene.platform.calls.talking() == 6
    return scene


def _finish(scene: Scene) -> None:
    for call in scene.alice.calls:
        scene.alice.hang_up(call)
    scene.world.settle()
    scene.assert_quiet()


def test_of_each_relay_only_the_oldest_call_is_asked_for(scene: Scene) -> None:
    relays = Relays()
    _watch(scene, relays).ask()
    assert relays.asked == relays.keys[:2]
    assert scene.platform.calls.talking() == 6
    _finish(scene)


def test_all_calls_of_a_relay_that_forgot_them_end_and_those_after_its_return_go_on(scene: Scene) -> None:
    """Goals row 10 (b)."""
    relays = Relays()
    watch = _watch(scene, relays)
    watch.ask()
    keys = [f"{sid}-0" for sid in scene.platform.calls.by_sid]
    for key in keys:
        relays.place(key)
    relays.lost = {keys[0], keys[2]}  # the third call on this relay began after it had come back
    watch.ask()
    scene.run(1.0)
    records = scene.platform.records.records
    assert [record.cause.name for record in records] == ["media_unavailable"] * 2
    assert {record.status for record in records} == {CallStatus.COMPLETED}
    assert [call.end for call in scene.alice.calls] == ["bye received", "", "bye received", "", "", ""]
    assert scene.platform.calls.talking() == 4
    _finish(scene)
