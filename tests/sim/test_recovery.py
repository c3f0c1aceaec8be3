"""Calls outlive the gateway: killed at every step of a call's life, restarted, both ends checked (goals rows 9, 10)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.kit.phone import PhoneCall, Script
from tests.kit.restart import Restartable
from tests.kit.scene import open_facts
from trunkline.service.gateway.journal import entry
from trunkline.service.gateway.recovery import LONGEST_REPETITION_S

ANSWERS = Script()


@dataclass
class Play:
    """One scene: what the caller does, what the other side does, how it ends when nobody dies."""

    caller: Script
    cause: str
    callees: list[Script] = field(default_factory=list)
    relay_s: float = 0.0
    transport: str = "UDP"
    scene: dict[str, Any] = field(default_factory=dict)

    def run(self, path: Path, kill_at: int | set[int], down_s: float, **more: Any) -> Restartable:
        facts = None if self.scene else open_facts()
        stage = Restartable(path, *self.callees, kill_at=kill_at, down_s=down_s, facts=facts, **self.scene, **more)
        stage.media.delay_s = self.relay_s
        stage.scene.dial(self.caller, transport=self.transport)
        stage.finish()
        return stage


HANGS_UP = Script(hang_up_after=8.0)
LATE = Script(hang_up_after=8.0, late=True)
PLAYS = {
    "caller hangs up": Play(HANGS_UP, "caller_hung_up"),
    "slow relay": Play(HANGS_UP, "caller_hung_up", relay_s=0.02),
    "callee hangs up": Play(Script(), "callee_hung_up", [HANGS_UP], relay_s=0.02),
    "busy": Play(Script(), "carrier_486", [Script(refuse_with=486)]),
    "cancelled": Play(Script(cancel_after=3.0), "caller_cancelled", [Script(answer_after=None)], relay_s=0.02),
    "second gateway": Play(HANGS_UP, "caller_hung_up", [Script(refuse_with=503), ANSWERS], relay_s=0.02),
    "silent gateway": Play(HANGS_UP, "caller_hung_up", [Script(trying=False, ring_after=5.0), ANSWERS]),
    "origination": Play(HANGS_UP, "caller_hung_up", [Script(refuse_with=503), ANSWERS], scene={"origination": True}),
    "re-INVITE": Play(Script(hang_up_after=6.0, reinvite_after=2.0), "caller_hung_up", relay_s=0.02),
    "late re-INVITE": Play(Script(hang_up_after=6.0, ask_after=2.0), "caller_hung_up", relay_s=0.02),
    "late offer": Play(
        Script(hang_up_after=8.0, late=True),
        "caller_hung_up",
        [Script(ask_after=1.0)],
        0.02,
        scene={"origination": True},
    ),
    "early media": Play(HANGS_UP, "caller_hung_up", [Script(early_media=True, answer_after=2.0)], relay_s=0.02),
    "TCP": Play(HANGS_UP, "caller_hung_up", transport="TCP"),
}


@pytest.mark.parametrize("name", PLAYS)
@pytest.mark.parametrize("down_s", [0.3, 5.0])
def test_killed_at_every_step_one_record_and_both_phones_end(tmp_path: Path, name: str, down_s: float) -> None:
    play = PLAYS[name]
    whole = play.run(tmp_path / "whole", 0, down_s)
    assert (whole.lives, whole.record.cause.name) == (1, play.cause)
    assert whole.steps >= 20
    for kill_at in range(1, whole.steps + 1):
        try:
            stage = play.run(tmp_path / str(kill_at), kill_at, down_s)
            assert stage.lives == 2
            judge(stage, play)
        except AssertionError as error:
            raise AssertionError(f"killed at step {kill_at}") from error


def judge(stage: Restartable, play: Play) -> None:
    """The record tells what both phones lived through."""
    alice = stage.scene.alice.call_made
    if not stage.entries:
        assert not stage.stored  # it died before it knew of the call, and the caller has given up since
        assert not [status for status in alice.statuses if status > 100]
        return
    record = stage.record
    kinds = {kind for _, kind, _ in stage.entries}
    assert (record.answered_at is not None) == (entry.ANSWERED in kinds)
    if record.cause.name in {"interrupted", "caller_lost", "callee_lost"}:
        assert record.interrupted
    if entry.CONFIRMED in kinds:
        assert alice.answered_at is not None
        callee = next(call for phone in stage.scene.callees for call in phone.calls if call.answered_at is not None)
        assert record.cause.name in {play.cause, "caller_lost", "callee_lost"}
        _judge_duration(stage, record.duration_s, record.interrupted, alice, callee)


def _judge_duration(
    stage: Restartable, duration_s: float, interrupted: bool, alice: PhoneCall, callee: PhoneCall
) -> None:
    assert alice.answered_at is not None
    assert alice.ended_at is not None
    assert callee.ended_at is not None
    assert stage.killed_at_s is not None
    first_end = min(alice.ended_at, callee.ended_at)
    answered_s, ended_s = (at - stage.world.clock.start for at in (alice.answered_at, first_end))
    talked_s = ended_s - answered_s
    dead_from, dead_to = stage.killed_at_s - 0.1, stage.killed_at_s + stage.down_s + 0.1
    if dead_from <= ended_s <= dead_to or dead_from <= answered_s <= dead_to:
        # Nobody was there: the end is known by the next repetition of the BYE, 4 s at most apart.
        assert talked_s - stage.down_s - 1.0 <= duration_s <= talked_s + stage.down_s + 4.5
    else:
        assert abs(duration_s - talked_s) <= 1.0
        assert not interrupted or dead_to < ended_s < dead_to + LONGEST_REPETITION_S


@pytest.mark.parametrize("name", ["slow relay", "busy", "re-INVITE"])
def test_the_entry_under_way_is_torn_it_is_as_if_it_had_not_been_written(tmp_path: Path, name: str) -> None:
    play = PLAYS[name]
    whole = play.run(tmp_path / "whole", 0, 0.3)
    torn = 0
    for kill_at in range(1, whole.steps + 1):
        stage = play.run(tmp_path / str(kill_at), kill_at, 0.3, tear=True)
        torn += stage.tears
        judge(stage, play)
    assert torn >= 4


@pytest.mark.parametrize("name", ["slow relay", "second gateway", "cancelled"])
def test_segments_turn_in_the_middle_of_the_call_nothing_changes(tmp_path: Path, name: str) -> None:
    play = PLAYS[name]
    whole = play.run(tmp_path / "whole", 0, 0.3, segment_bytes=1500)
    for kill_at in range(1, whole.steps + 1, 2):
        stage = play.run(tmp_path / str(kill_at), kill_at, 0.3, segment_bytes=1500)
        judge(stage, play)


@pytest.mark.parametrize("name", ["slow relay", "cancelled", "re-INVITE", "late offer"])
def test_killed_again_at_every_step_of_the_recovery(tmp_path: Path, name: str) -> None:
    play = PLAYS[name]
    whole = play.run(tmp_path / "whole", 0, 0.3)
    for first in range(4, whole.steps, 5):
        once = play.run(tmp_path / f"{first}", first, 0.3)
        for second in range(first + 1, min(once.steps, first + 20) + 1, 2):
            stage = play.run(tmp_path / f"{first}-{second}", {first, second}, 0.3)
            assert stage.lives == 3, (first, second)
            assert len(stage.stored) == 1, (first, second)
