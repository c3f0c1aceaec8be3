"""Row 144: the validation call from voice through the gateway to the number, on the fake clock (rest.md 3.7)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.kit.facts import ACCOUNT, CARRIER, Facts
from tests.kit.phone import Script
from tests.kit.restart import Restartable
from tests.kit.scene import CALLEE, Scene
from tests.kit.voice import SHOWN, VOICE, Voice
from trunkline.domain.record.call_record import Direction
from trunkline.domain.trunk.carrier.profile import CarrierProfile
from trunkline.domain.trunk.facts import AccountFacts, AccountStatus, AccountType, Limits
from trunkline.domain.validation.dialogue import CHECK_S, ENTRY_S, LONGEST_S, MOST_TRIES
from trunkline.kit.secret import Secret
from trunkline.platform.media.audio import Play, Silence
from trunkline.platform.store.caller_id_validation import ValidationOrder
from trunkline.protocol.sip.transaction.flow import Flow

CALL_SID = "CA" + "5" * 32
ORDER = ValidationOrder(CALL_SID, ACCOUNT.sid, CALLEE, "")
CODE = "271828"


@contextmanager
def stage(
    *scripts: Script, facts: Facts | None = None, make: Callable[..., Voice] = Voice, **scene: float
) -> Iterator[tuple[Scene, Voice]]:
    """A scene with voice beside it; everybody is quiet at its end."""
    with Scene(*scripts, facts=facts, **scene) as made:  # type: ignore[arg-type]
        voice = make(made.world)
        yield made, voice
        made.world.settle()
        voice.assert_quiet()


def asked(voice: Voice) -> bool:
    """Whether the question is being played."""
    played = voice.ports[-1].played
    return bool(played) and isinstance(played[-1], Play)


def test_row_144_the_right_code_ends_in_a_record_under_the_promised_sid() -> None:
    with stage() as (scene, voice):
        port = voice.call(ORDER)
        assert scene.world.run_until(lambda: asked(voice), 10)
        voice.hears(CODE[:3])
        assert isinstance(port.played[-1], Silence), "the question stops at the first digit"
        voice.hears(CODE[3:])
        scene.run(10)
        assert voice.book.verified == [CALL_SID]
        assert voice.book.failed == []
        record = scene.platform.record
        assert (record.sid, record.account_sid, record.trunk_sid) == (CALL_SID, ACCOUNT.sid, None)
        assert (record.from_number, record.to_number) == (SHOWN, CALLEE)
        assert record.direction is Direction.TERMINATING
        assert record.cause.name == "caller_hung_up"
        assert [call.number for call in scene.callee.calls] == [CALLEE]


def test_row_144_what_the_invite_says_to_the_gateway_stays_there() -> None:
    """Also with a carrier that gets the customers' X- headers."""
    open_carrier = replace(CARRIER, profile=CarrierProfile(pass_x_headers=True))
    with stage(facts=Facts(carrier=open_carrier)) as (scene, voice):
        voice.call(ORDER)
        scene.run(2)
        [call] = scene.callee.calls
        assert call.session is not None
        names = {key for key, _, _ in call.session.request.headers}
        assert "p-asserted-identity" in names
        assert not [name for name in names if name.startswith("x-")]


def test_row_144_the_extension_is_keyed_in_first() -> None:
    with stage() as (scene, voice):
        port = voice.call(replace(ORDER, extension="12ww#3"))
        assert scene.world.run_until(lambda: asked(voice), 10)
        assert port.digits == "12#3"
        voice.hears(CODE)
        scene.run(10)
        assert voice.book.verified == [CALL_SID]


def test_row_144_three_wrong_codes() -> None:
    with stage() as (scene, voice):
        voice.call(ORDER)
        assert scene.world.run_until(lambda: asked(voice), 10)
        for wrong in ("000000", "111111", "222222"):
            voice.hears(wrong)
            scene.run(1)
        voice.hears(CODE)
        scene.run(10)
        assert voice.book.checked == ["000000", "111111", "222222"]
        assert voice.book.failed == [(CALL_SID, "wrong code")]
        assert scene.platform.record.cause.name == "caller_hung_up"


def test_row_144_a_phone_that_keys_nothing_in() -> None:
    with stage() as (scene, voice):
        voice.call(ORDER)
        scene.run(10 + MOST_TRIES * ENTRY_S)
        assert voice.book.failed == [(CALL_SID, "no code")]
        assert scene.callee.calls[0].over


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (Script(refuse_with=486), "486 Busy Here"),
        (Script(refuse_with=603), "603 Decline"),
        (Script(answer_after=None), "no answer"),
        (Script(hang_up_after=0.3), "hung up by the called one"),
        (Script(hang_up_after=5.0), "hung up by the called one"),
    ],
)
def test_row_144_no_talk_no_caller_id(script: Script, reason: str) -> None:
    with stage(script) as (scene, voice):
        voice.call(ORDER)
        scene.run(80)
        assert voice.book.failed == [(CALL_SID, reason)]
        assert scene.platform.record.sid == CALL_SID
        assert voice.book.verified == []


def test_row_144_who_hangs_up_with_the_last_digit_is_verified_all_the_same() -> None:
    with stage() as (scene, voice):
        voice.call(ORDER)
        voice.book.delay_s = 2.0
        assert scene.world.run_until(lambda: asked(voice), 10)
        voice.hears(CODE)
        scene.callee.hang_up(scene.callee.calls[0])
        scene.run(10)
        assert voice.book.verified == [CALL_SID]
        assert voice.book.failed == []


def test_row_144_a_store_that_never_answers_ends_the_call() -> None:
    with stage() as (scene, voice):
        voice.book.delay_s = None
        voice.call(ORDER)
        assert scene.world.run_until(lambda: asked(voice), 10)
        voice.hears(CODE)
        scene.run(CHECK_S + 5)
        assert voice.book.failed == [(CALL_SID, "the store did not answer")]
        assert scene.callee.calls[0].over


@pytest.mark.parametrize(
    ("account", "cause"),
    [
        (replace(ACCOUNT, countries=frozenset({"US"})), "country_not_allowed"),  # row 35
        (replace(ACCOUNT, status=AccountStatus.SUSPENDED), "account_not_active"),  # row 15
        (replace(ACCOUNT, limits=Limits(None, None, 0)), "concurrency_exceeded"),  # row 41
        (replace(ACCOUNT, limits=Limits(0, None, None)), "trunk_cps_exceeded"),  # row 38
    ],
)
def test_row_144_the_bounds_of_the_account_hold(account: AccountFacts, cause: str) -> None:
    with stage(facts=Facts(account_facts=account)) as (scene, voice):
        voice.call(ORDER)
        scene.run(5)
        assert [call_sid for call_sid, _ in voice.book.failed] == [CALL_SID]
        record = scene.platform.record
        assert (record.sid, record.cause.name) == (CALL_SID, cause)
        assert scene.callee.calls == []


def test_row_144_a_trial_account_has_its_numbers_verified() -> None:
    """Row 34 lets it call verified numbers alone: this is how they come to be."""
    with stage(facts=Facts(account_facts=replace(ACCOUNT, type=AccountType.TRIAL))) as (scene, voice):
        voice.call(ORDER)
        assert scene.world.run_until(lambda: asked(voice), 10)
        voice.hears(CODE)
        scene.run(10)
        assert voice.book.verified == [CALL_SID]


def test_row_144_a_blocked_number_is_not_called() -> None:
    with stage(facts=Facts(blocked=frozenset({"+4420"}))) as (scene, voice):
        voice.call(ORDER)
        scene.run(5)
        assert scene.platform.record.cause.name == "destination_blocked"
        assert len(voice.book.failed) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda world: Voice(world, key=Secret(b"x" * 32)),
        lambda world: Voice(world, door="192.0.2.2:5060"),
    ],
    ids=["another key", "another gateway's"],
)
def test_row_144_a_wrong_seal_is_a_strangers_call(make: Callable[..., Voice]) -> None:
    with stage(make=make) as (scene, voice):
        voice.call(ORDER)
        scene.run(80)
        assert scene.callee.calls == []
        assert scene.platform.records.records == []
        assert [call_sid for call_sid, _ in voice.book.failed] == [CALL_SID]


def test_row_144_voice_dies_and_the_gateway_ends_the_call_in_its_time() -> None:
    with Scene() as scene:
        voice = Voice(scene.world)
        voice.call(ORDER)
        assert scene.world.run_until(lambda: asked(voice), 10)
        scene.world.detach(VOICE)
        scene.run(LONGEST_S + 60)
        assert scene.callee.calls[0].over
        assert scene.platform.record.cause.name == "max_duration"


def test_row_144_a_process_that_ends_takes_leave() -> None:
    with stage() as (scene, voice):
        voice.call(ORDER)
        scene.run(0.3)
        voice.call(replace(ORDER, call_sid="CA" + "6" * 32))
        scene.run(3)
        assert len(voice.line) == 2
        voice.line.stop("shut down")
        known = [voice.line.is_quiet]
        scene.run(1)
        known.append(voice.line.is_quiet)
        assert known == [False, True]
        assert [reason for _, reason in voice.book.failed] == ["shut down", "shut down"]


def test_row_144_an_invite_is_taken_once() -> None:
    """Who has seen one on the wire can begin nothing with it."""
    with stage() as (scene, voice):
        scene.world.trace = []
        voice.call(ORDER)
        assert scene.world.run_until(lambda: asked(voice), 10)
        invite = next(data for _, _, _, data in scene.world.trace if data.startswith(b"INVITE"))
        voice.hears(CODE)
        scene.run(20)
        again = invite.replace(b"Call-ID: ", b"Call-ID: again").replace(b"z9hG4bK", b"z9hG4bKagain")
        scene.platform.receive(again, Flow("UDP", *VOICE))
        scene.run(60)
        assert len(scene.callee.calls) == 1
        assert len(scene.platform.records.records) == 1


@pytest.mark.parametrize("kill_at", range(1, 19))
def test_row_144_the_gateway_dies_and_the_call_is_ended_under_its_sid(tmp_path: Path, kill_at: int) -> None:
    """At every step of the call's beginning and talk: one record, and nobody is left with a call."""
    stage = Restartable(tmp_path, kill_at=kill_at, facts=Facts())
    voice = Voice(stage.world)
    voice.call(ORDER)
    stage.world.run(6)
    if asked(voice) and not voice.book.failed:
        voice.hears(CODE)
    stage.finish()
    voice.assert_quiet()
    assert stage.kills == 1
    assert [record.sid for record in stage.stored.values()] in ([CALL_SID], [])
    assert all(record.trunk_sid is None and record.to_number == CALLEE for record in stage.stored.values())
    assert bool(voice.book.verified) is not bool(voice.book.failed)
    assert len(stage.scene.callee.calls) <= 1
