"""What a call that was taken back does next: numbers, probes, re-INVITEs, endings from either side, many at once."""

import asyncio
import os
import random
from pathlib import Path

import pytest

from tests.kit.length import runs
from tests.kit.phone import Script
from tests.kit.restart import Restartable
from tests.kit.scene import ALICE, open_facts
from tests.kit.wire import Wire
from tests.unit.platform_journal.disk import Disk
from trunkline.kit.ids import CallSid
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse
from trunkline.service.gateway.journal import entry
from trunkline.service.gateway.recovery import TakenBack

TALKS = Script(hang_up_after=60.0)


def requests_to(stage: Restartable, address: tuple[str, int], method: str) -> list[Request]:
    """What the platform sent, repetitions included."""
    messages = [parse(data) for _, _, target, data in stage.world.trace or [] if target == address]
    return [message for message in messages if isinstance(message, Request) and message.method == method]


def talking(path: Path, caller: Script = TALKS, *scripts: Script, relay_s: float = 0.0) -> Restartable:
    """A call that is up since a second."""
    stage = Restartable(path, *scripts, facts=open_facts())
    stage.media.delay_s = relay_s
    stage.world.trace = []
    stage.scene.dial(caller)
    stage.run(1.5)
    assert stage.scene.alice.call_made.answered_at is not None
    return stage


def test_our_numbers_leap_with_every_life_and_both_legs_are_probed(tmp_path: Path) -> None:
    """Design, decision 8: local CSeq + 1000 for each life, an in-dialog OPTIONS to each side."""
    stage = talking(tmp_path)
    for life in (1, 2, 3):
        stage.restart()
        stage.run(1.0)
        for address, first in ((ALICE, 0), (stage.scene.callee.address, 1)):
            asked = requests_to(stage, address, "OPTIONS")
            assert len(asked) == life
            assert asked[-1].cseq[0] == first + 1000 * life + 1
        assert stage.taken_back.resumed == 1
    stage.finish()
    assert stage.record.cause.name == "caller_hung_up"
    assert not stage.record.interrupted
    assert stage.record.duration_s == pytest.approx(60.0, abs=0.1)


def test_re_invite_under_way_gets_491_and_passes_the_next_time(tmp_path: Path) -> None:
    stage = talking(tmp_path, Script(hang_up_after=60.0, reinvite_after=2.0), relay_s=0.05)
    assert stage.world.run_until(lambda: bool([1 for _, kind, _ in stage.entries if kind == entry.OFFERED]), 5.0)
    stage.restart()
    stage.run(1.0)
    call = stage.scene.alice.call_made
    assert call.reinvites == [491]
    assert stage.scene.alice.reinvite(call)
    stage.run(1.0)
    assert call.reinvites == [491, 200]
    stage.finish()
    assert not stage.record.interrupted


def test_callee_answers_a_re_invite_of_the_dead_process_its_200_is_acked_and_the_call_goes_on(tmp_path: Path) -> None:
    """Unacknowledged, a callee would hang up after 64*T1 (RFC 3261 section 13.3.1.4)."""
    stage = talking(tmp_path, Script(hang_up_after=60.0, reinvite_after=2.0))
    callee = stage.scene.callee
    assert stage.world.run_until(lambda: bool(callee.call_made.reinvited), 5.0)
    stage.restart()
    stage.finish()
    assert callee.call_made.end == "bye received"
    assert stage.record.duration_s == pytest.approx(60.0, abs=0.1)


@pytest.mark.parametrize("side", ["caller", "callee"])
@pytest.mark.parametrize("down_s", [0.2, 3.0])
def test_hung_up_after_the_restart_from_either_side(tmp_path: Path, side: str, down_s: float) -> None:
    """Goals row 10: BYE from either side works within 3 s."""
    stage = talking(tmp_path, Script())
    stage.restart(down_s)
    stage.run(5.0)
    alice, bob = stage.scene.alice.call_made, stage.scene.callee.call_made
    (stage.scene.alice if side == "caller" else stage.scene.callee).hang_up(alice if side == "caller" else bob)
    stage.run(0.5)
    assert {alice.end, bob.end} == {"bye sent", "bye received"}
    stage.finish()
    assert stage.record.cause.name == f"{side}_hung_up"
    assert not stage.record.interrupted


@pytest.mark.parametrize("side", ["caller", "callee"])
def test_hung_up_while_the_gateway_was_dead_the_other_side_is_freed(tmp_path: Path, side: str) -> None:
    """No repetition of the BYE is heard: the probe finds out."""
    stage = talking(tmp_path, Script())
    stage.kill()
    phone = stage.scene.alice if side == "caller" else stage.scene.callee
    phone.hang_up(phone.call_made)
    stage.run(60.0)
    stage.start()
    stage.finish()
    assert stage.record.cause.name == f"{side}_lost"
    assert stage.record.interrupted
    # Whoever pays does not pay for the minute without a gateway.
    assert stage.record.duration_s < 1.5


def test_peer_that_does_not_know_the_dialog_any_more_ends_the_call(tmp_path: Path) -> None:
    stage = talking(tmp_path, Script())
    callee = stage.scene.callee
    stage.kill()
    callee.hang_up(callee.call_made)
    callee.gate = lambda data: data if data.startswith(b"SIP/2.0") else None
    stage.run(1.0)
    stage.start()
    stage.run(1.0)
    assert stage.scene.alice.call_made.end == "bye received"
    stage.finish()
    assert (stage.record.cause.name, stage.record.interrupted) == ("callee_lost", True)


def test_died_between_the_bye_and_the_record_the_ending_is_exact(tmp_path: Path) -> None:
    """Why and when are in the journal before a BYE leaves; the relay's figures may be lost, the record is not."""
    stage = talking(tmp_path, Script(hang_up_after=5.0), relay_s=0.2)
    assert stage.world.run_until(lambda: bool([1 for _, kind, _ in stage.entries if kind == entry.RELEASING]), 20.0)
    assert not stage.delivered
    stage.restart(10.0)
    assert stage.taken_back.released == 1
    stage.finish()
    record = stage.record
    assert (record.cause.name, record.interrupted) == ("caller_hung_up", False)
    assert record.duration_s == pytest.approx(5.0, abs=1.1)
    ended_at = stage.scene.alice.call_made.ended_at
    assert ended_at is not None
    assert record.released_at.timestamp() == pytest.approx(stage.platform.executor.seconds(ended_at), abs=0.1)


def test_longest_duration_counts_from_the_answer_over_all_lives(tmp_path: Path) -> None:
    stage = talking(tmp_path, Script())
    stage.restart()
    stage.world.run(24 * 3600.0)
    stage.finish()
    assert stage.record.cause.name == "max_duration"
    assert stage.record.duration_s == pytest.approx(24 * 3600.0, abs=1.0)


def test_record_of_a_call_taken_back_has_everything_that_another_has(tmp_path: Path) -> None:
    records = []
    for name in ("whole", "restarted"):
        stage = talking(tmp_path / name, Script(hang_up_after=20.0), Script(refuse_with=503), Script())
        if name == "restarted":
            stage.restart()
        stage.finish()
        records.append(stage.record)
    whole, restarted = records
    assert whole.carrier_sid is not None
    for field in whole.__slots__:
        if field.endswith("_sip_call_id"):
            assert getattr(restarted, field)
        elif field != "attempts":
            assert getattr(restarted, field) == getattr(whole, field), field
    assert [(tried.index, tried.status, tried.target_uri, tried.address) for tried in restarted.attempts] == [
        (tried.index, tried.status, tried.target_uri, tried.address) for tried in whole.attempts
    ]
    assert [tried.cause for tried in restarted.attempts] == [tried.cause for tried in whole.attempts]


def test_origination_record_of_a_call_taken_back_is_complete_too(tmp_path: Path) -> None:
    records = []
    for name in ("whole", "restarted"):
        stage = Restartable(tmp_path / name, origination=True)
        stage.scene.dial(Script(hang_up_after=20.0))
        stage.run(2.0)
        if name == "restarted":
            stage.restart()
        stage.finish()
        records.append(stage.record)
    whole, restarted = records
    for field in ("number_sid", "to_uri", "to_number", "from_number", "carrier_sid", "carrier_gateway", "caller_name"):
        assert getattr(restarted, field) == getattr(whole, field), field


def test_fifty_calls_live_on_and_each_is_hung_up_from_one_side_or_the_other(tmp_path: Path) -> None:
    """Issue "Foundation": 50 live calls, kill -9, 50 right records; the relay is not told anything meanwhile."""
    stage = Restartable(tmp_path, Script(), facts=open_facts())
    for _ in range(50):
        stage.scene.dial(Script())
        stage.run(0.1)
    stage.run(3.0)
    asked, places = len(stage.media.asked), set(stage.media.open)
    assert len(places) == 50
    stage.restart(2.0)
    stage.run(5.0)
    assert stage.taken_back.resumed == 50
    assert len(stage.media.asked) == asked
    assert stage.media.open == places == set(stage.media.adopted)
    alice, bob = stage.scene.alice, stage.scene.callee
    for at in range(50):
        phone = (alice, bob)[at % 2]
        phone.hang_up(phone.calls[at])
        stage.run(0.1)
    stage.finish()
    assert len(stage.stored) == 50
    talks = sorted(
        min(mine.ended_at, theirs.ended_at) - mine.answered_at
        for mine, theirs in zip(alice.calls, bob.calls, strict=True)
        if mine.ended_at is not None and theirs.ended_at is not None and mine.answered_at is not None
    )
    durations = sorted(record.duration_s for record in stage.stored.values())
    assert durations == pytest.approx(talks, abs=1.0)
    assert {record.cause.name for record in stage.stored.values()} == {"caller_hung_up", "callee_hung_up"}
    assert not any(record.interrupted for record in stage.stored.values())


SEEDS = range(int(os.environ.get("TRUNKLINE_RECOVERY_SEEDS", runs(15))))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("loss", [0.0, 0.05])
def test_killed_at_random_moments_under_load_one_record_per_call(tmp_path: Path, seed: int, loss: float) -> None:
    """Goals row 9, small: 24 deaths in the quick tests, 120 in the long ones; nobody is left ringing or talking."""
    chance = random.Random(seed)
    wire = Wire(seed, loss=loss, delay=(0.005, 0.05))
    stage = Restartable(tmp_path, Script(answer_after=1.0), facts=open_facts(), wire=wire, segment_bytes=20_000)
    stage.media.delay_s = 0.01
    for _ in range(4):
        for _ in range(12):
            stage.scene.dial(Script(hang_up_after=chance.uniform(0.5, 8.0)))
            stage.run(chance.uniform(0.0, 0.5))
        stage.restart(chance.uniform(0.1, 3.0))
    stage.finish()
    assert stage.kills == 4
    assert len(stage.stored) <= 48


# ---- disk and store away


def test_disk_full_new_calls_get_503_live_ones_go_on_and_records_are_kept(tmp_path: Path) -> None:
    disk = Disk()
    stage = Restartable(tmp_path, facts=open_facts(), write=disk.write)
    first = stage.scene.dial(Script(hang_up_after=10.0))
    stage.run(2.0)
    disk.full = True
    second = stage.scene.dial(Script(hang_up_after=1.0))
    stage.run(1.0)
    assert second.end == "503"
    third = stage.scene.dial(Script(hang_up_after=1.0))
    stage.run(1.0)
    assert third.end == "503"
    assert ("Retry-After", "10") in third.headers
    stage.run(10.0)
    assert first.end == "bye sent"
    assert len(stage.delivered) == 2
    asyncio.run(stage.outbox.flush())
    assert len(stage.stored) == 2
    disk.full = False
    for _ in range(20):
        stage.journal.tick()
    fourth = stage.scene.dial(Script(hang_up_after=1.0))
    stage.run(5.0)
    assert fourth.end == "bye sent"
    stage.world.settle()
    stage.scene.assert_quiet()


def test_calls_of_a_time_without_disk_are_taken_back_once_it_is_there_again(tmp_path: Path) -> None:
    disk = Disk()
    stage = Restartable(tmp_path, facts=open_facts(), write=disk.write)
    stage.scene.dial(Script(hang_up_after=10.0))
    stage.run(0.3)
    disk.full = True
    stage.run(2.0)
    disk.full = False
    for _ in range(20):
        stage.journal.tick()
    stage.restart()
    assert stage.taken_back.resumed == 1
    stage.finish()
    assert stage.record.cause.name == "caller_hung_up"


def test_unreadable_call_is_left_and_the_others_are_taken_back(tmp_path: Path) -> None:
    stage = talking(tmp_path, Script(hang_up_after=20.0))
    stage.journal.write(CallSid("CAbroken"), entry.ADMITTED, {"direction": "sideways"})
    stage.restart()
    assert (stage.taken_back.resumed, stage.taken_back.unreadable) == (1, 1)
    stage.open.discard(CallSid("CAbroken"))
    stage.finish()


def test_relay_sessions_that_no_call_owns_are_swept(tmp_path: Path) -> None:
    stage = talking(tmp_path, Script(hang_up_after=20.0))
    mine = set(stage.media.open)
    stage.media.open |= {"CA00-0", "CA00-x", "junk"}
    stage.restart()
    assert stage.media.open == mine
    stage.finish()


def test_call_that_has_ended_on_both_sides_is_not_taken_back(tmp_path: Path) -> None:
    stage = talking(tmp_path, Script(hang_up_after=2.0))
    stage.run(60.0)
    stage.journal.tick()
    stage.restart()
    assert stage.taken_back == TakenBack()
    stage.finish()


@pytest.mark.parametrize(("talks_s", "marked"), [(1.0, True), (8.0, False)])
def test_ending_soon_after_the_restart_may_be_an_old_one_and_says_so(
    tmp_path: Path, talks_s: float, marked: bool
) -> None:
    """A BYE sent while nobody was here comes again within T2: whether this one is such a one cannot be told."""
    stage = talking(tmp_path, Script())
    stage.restart(1.0)
    stage.run(talks_s)
    stage.scene.alice.hang_up(stage.scene.alice.call_made)
    stage.finish()
    assert (stage.record.cause.name, stage.record.interrupted) == ("caller_hung_up", marked)


@pytest.mark.parametrize("side", ["caller", "callee"])
def test_journal_lets_go_of_a_call_before_the_user_agent_does(tmp_path: Path, side: str) -> None:
    """Both peers know that it is over: repetitions are absorbed for 64*T1, a restart has nothing to say."""
    stage = talking(tmp_path, Script())
    phone = stage.scene.alice if side == "caller" else stage.scene.callee
    phone.hang_up(phone.call_made)
    stage.run(1.0)
    assert len(stage.platform.calls) == 1
    assert len(stage.journal) == 0
    stage.journal.tick()
    stage.restart()
    assert stage.taken_back == TakenBack()
    stage.finish()
