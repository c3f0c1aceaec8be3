"""Every ending leaves exactly one record with its cause; a challenged INVITE leaves none (design, decision 9)."""

import pytest

from tests.kit.phone import Script
from tests.kit.scene import CALLEE, Scene, open_facts

TERMINATION = [
    ("caller_hung_up", Script(), Script(hang_up_after=1.0)),
    ("callee_hung_up", Script(hang_up_after=1.0), Script()),
    ("caller_cancelled", Script(answer_after=None), Script(cancel_after=2.0)),
    ("caller_cancelled", Script(ring_after=None, answer_after=None), Script(cancel_after=2.0)),
    ("carrier_486", Script(refuse_with=486), Script()),
    ("carrier_404", Script(refuse_with=404, ring_after=None), Script()),
    ("carrier_603", Script(refuse_with=603), Script()),
    ("carrier_500", Script(refuse_with=500), Script()),
    ("carrier_no_progress", Script(ring_after=None, answer_after=None), Script()),
    ("no_answer", Script(answer_after=None), Script()),
]


@pytest.mark.parametrize(("cause", "callee", "caller"), TERMINATION)
def test_termination_ends_one_record_with_its_cause(cause: str, callee: Script, caller: Script) -> None:
    # The second gateway answers as the first does, so that a hunt ends with the same word.
    with Scene(callee, callee) as scene:
        call = scene.dial(caller)
        scene.world.run_until(lambda: call.over)
        assert call.statuses[0] == 407
    record = scene.platform.record
    assert record.cause.name == cause
    assert (record.answered_at is not None) == cause.endswith("hung_up")


@pytest.mark.parametrize(
    ("cause", "status"),
    [("callee_486", 486), ("callee_404", 404), ("callee_603", 603), ("callee_500", 500), ("callee_403", 403)],
)
def test_origination_refused_by_all_one_record_with_the_last_word(cause: str, status: int) -> None:
    refuse = Script(refuse_with=status)
    with Scene(refuse, refuse, refuse, origination=True) as scene:
        call = scene.dial()
        scene.world.run_until(lambda: call.over)
        assert call.end == str(status)
    assert scene.platform.record.cause.name == cause


def test_all_targets_silent_one_record() -> None:
    with Scene(origination=True) as scene:
        for phone in scene.callees:
            phone.deaf = True
        call = scene.dial()
        scene.run(13.0)
        assert call.end == "480"
    assert scene.platform.record.cause.name == "target_silent"
    assert [alert.code for alert in scene.platform.records.alerts] == [32011] * 3


def test_caller_ends_during_every_moment_of_the_set_up_one_record() -> None:
    """CANCEL at each 5 ms of the set-up, relay answers late: never none, never two."""
    for moment in range(1, 140):
        with Scene(facts=open_facts()) as scene:
            scene.platform.media.delay_s = 0.02
            call = scene.dial(Script(cancel_after=moment * 0.005, hang_up_after=0.3))
            scene.world.run_until(lambda call=call: call.over)  # type: ignore[misc]
        assert scene.platform.record.cause.name in {"caller_cancelled", "caller_hung_up"}


def test_challenged_and_never_repeated_no_record() -> None:
    with Scene() as scene:
        scene.alice.gate = lambda data: None if b"Proxy-Authorization" in data else data
        call = scene.dial()
        scene.world.run_until(lambda: call.over)
        assert call.end == "timeout"
    assert scene.platform.records.records == []


def test_number_is_no_number_refused_with_a_record() -> None:
    with Scene(facts=open_facts()) as scene:
        call = scene.dial(number="4420794")
        scene.run(1.0)
        assert call.end == "400"
    assert scene.platform.record.cause.name == "not_e164"


def test_platform_hangs_up_one_record() -> None:
    from trunkline.domain.call.release_cause import API_HUNG_UP

    with Scene(facts=open_facts()) as scene:
        call = scene.dial(number=CALLEE)
        scene.run(5.0)
        (sid,) = scene.platform.calls.by_sid
        assert scene.platform.switch.release(sid, API_HUNG_UP, scene.world.now)
        scene.platform.pump()
        scene.run(1.0)
        assert (call.end, scene.callee.call_made.end) == ("bye received", "bye received")
    assert scene.platform.record.cause is API_HUNG_UP
