"""The end of a process (design, section 7): calls are hung up; what only absorbs repetitions is not waited for."""

from tests.kit.phone import Script
from tests.kit.scene import Scene
from trunkline.domain.call.release_cause import SHUT_DOWN


def _settled(scene: Scene) -> bool:
    return scene.platform.switch.is_settled


def test_platform_hangs_up_and_is_settled_as_soon_as_the_far_ends_have_answered() -> None:
    with Scene(Script(answer_after=1.0)) as scene:
        scene.dial()
        scene.run(5.0)
        switch = scene.platform.switch
        assert not _settled(scene)
        switch.refuse_new(SHUT_DOWN)
        switch.release_all(SHUT_DOWN, scene.world.now)
        scene.platform.pump()
        assert not _settled(scene)
        scene.run(1.0)
        assert _settled(scene)
        assert not switch.is_quiet  # transactions live on for 32 s, only to absorb repetitions


def test_platform_is_not_settled_while_a_callee_owes_the_answer_to_a_cancel() -> None:
    with Scene(Script(answer_after=100.0)) as scene:
        scene.dial()
        scene.run(3.0)
        scene.callee.gate = lambda _data: None
        scene.platform.switch.release_all(SHUT_DOWN, scene.world.now)
        scene.platform.pump()
        scene.run(1.0)
        assert not _settled(scene)
        scene.run(70.0)
        assert _settled(scene)


def test_a_drained_gateway_keeps_its_calls_takes_none_and_is_taken_back() -> None:
    with Scene(Script(answer_after=1.0)) as scene:
        switch = scene.platform.switch
        live = scene.dial()
        scene.run(3.0)
        switch.drain()
        refused = scene.dial()
        scene.run(3.0)
        assert (live.over, refused.end) == (False, "503")
        switch.take_new()
        taken = scene.dial()
        scene.run(3.0)
        assert taken.answered_at is not None
        for call in (live, taken):
            scene.alice.hang_up(call)


def test_a_gateway_that_shuts_down_is_neither_drained_nor_taken_back() -> None:
    with Scene() as scene:
        switch = scene.platform.switch
        switch.refuse_new(SHUT_DOWN)
        switch.drain()
        switch.take_new()
        assert not switch.is_draining
        refused = scene.dial()
        scene.run(3.0)
        assert refused.end == "503"
