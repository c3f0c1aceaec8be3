"""Row 92: calls on which nothing is heard are ended with 32014; held ones go on (design, decision 16)."""

from pathlib import Path

import pytest

from tests.kit.phone import Script
from tests.kit.restart import Restartable
from tests.kit.scene import Scene, open_facts
from trunkline.domain.call.silence import MEDIA_SILENCE_S


def mute(scene: Scene, at: int = 0) -> None:
    scene.platform.media.packets = lambda: at


def test_nothing_is_heard_both_sides_get_bye_and_the_record_says_32014() -> None:
    with Scene(facts=open_facts()) as scene:
        mute(scene)
        call = scene.dial()
        scene.run(MEDIA_SILENCE_S)
        assert not call.over
        scene.run(2.0)
        assert call.end == "bye received"
        assert scene.callee.call_made.end == "bye received"
    record = scene.platform.record
    assert (record.cause.name, record.cause.error_code) == ("media_silent", 32014)
    assert record.duration_s == pytest.approx(MEDIA_SILENCE_S, abs=0.1)
    assert scene.platform.media.counted == 3


def test_silence_counts_from_the_last_packet() -> None:
    with Scene(facts=open_facts()) as scene:
        call = scene.dial()
        scene.run(500.0)
        mute(scene, 7)  # the count at 600 s is the last that differs
        scene.run(MEDIA_SILENCE_S + 95.0)
        assert not call.over
        scene.run(10.0)
        assert call.end == "bye received"


@pytest.mark.parametrize("way", ["sendonly", "inactive"])
def test_held_call_goes_on_and_ends_when_it_is_resumed_and_silent(way: str) -> None:
    with Scene(facts=open_facts()) as scene:
        call = scene.dial()
        scene.run(2.0)
        scene.alice.reinvite(call, way)
        mute(scene)
        scene.run(5 * MEDIA_SILENCE_S)
        assert not call.over
        scene.alice.reinvite(call, "sendrecv")
        scene.run(MEDIA_SILENCE_S - 1.0)
        assert not call.over
        scene.run(MEDIA_SILENCE_S / 3 + 2.0)
        assert call.end == "bye received"
    assert scene.platform.record.cause.name == "media_silent"


def test_relay_does_not_answer_nothing_is_judged() -> None:
    with Scene(facts=open_facts()) as scene:
        call = scene.dial(Script(hang_up_after=3 * MEDIA_SILENCE_S + 100.0))
        scene.run(2.0)
        mute(scene)
        uses = scene.platform.media.sleeps.uses
        scene.platform.media.sleeps.at = set(range(uses, uses + 9))
        scene.run(3 * MEDIA_SILENCE_S)
        assert not call.over
        assert scene.platform.media.counted == 8
        scene.platform.media.packets = lambda: int(scene.world.now)
    assert call.end == "bye sent"


def test_gateway_restarts_silence_counts_anew(tmp_path: Path) -> None:
    stage = Restartable(tmp_path, facts=open_facts())
    stage.media.packets = lambda: 7
    call = stage.scene.dial()
    stage.run(500.0)
    stage.restart()
    stage.run(MEDIA_SILENCE_S - 1.0)
    assert not call.over
    stage.run(MEDIA_SILENCE_S / 3 + 1.0)
    assert call.end == "bye received"
    stage.finish()
    assert stage.record.cause.name == "media_silent"


def test_call_ends_while_the_relay_counts_one_record() -> None:
    with Scene(facts=open_facts()) as scene:
        scene.platform.media.delay_s = 1.0
        call = scene.dial(Script(hang_up_after=MEDIA_SILENCE_S / 3 + 0.5))
        scene.run(MEDIA_SILENCE_S)
        assert call.end == "bye sent"
    assert len(scene.platform.records.records) == 1
