"""The calls that every rung of the ladder makes, and what must hold whatever failed in them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.kit.phone import Script
from tests.kit.port import Fault
from tests.kit.scene import Scene

MOST_RUNGS = 60


@dataclass(frozen=True)
class Story:
    """One call to be made."""

    name: str
    callee: Script
    caller: Script
    origination: bool = False


STORIES = (
    Story("answered", Script(), Script(hang_up_after=2.0)),
    Story("hung up by the callee", Script(hang_up_after=2.0), Script(hang_up_after=30.0)),
    Story("early media and a hold", Script(early_media=True), Script(reinvite_after=1.0, hang_up_after=3.0)),
    Story("cancelled", Script(answer_after=None), Script(cancel_after=2.0)),
    Story("refused", Script(refuse_with=503), Script(hang_up_after=2.0)),
    Story("late offers", Script(ask_after=1.0), Script(late=True, ask_after=2.0, hang_up_after=4.0), origination=True),
    Story("origination", Script(refuse_with=500), Script(hang_up_after=2.0), origination=True),
)


LAST = Script(hang_up_after=4.0)
"""Who is tried when the first one fails."""


def climb(
    story: Story, fault: Callable[[Scene], Fault], prepare: Callable[[Scene], None]
) -> Iterator[tuple[int, Scene]]:
    """The story again and again, with the k-th use of a port failing; ends when there is no k-th use any more.

    Each time: the caller gets a final answer, nothing is left anywhere, and an admitted call has exactly one record.
    """
    for k in range(MOST_RUNGS):
        with Scene(story.callee, LAST, LAST, origination=story.origination, bugs=True, seed=k) as scene:
            prepare(scene)
            fault(scene).at = {k}
            call = scene.dial(story.caller)
            told = scene.world.run_until(lambda call=call: call.over)  # type: ignore[misc]
            assert told or scene.alice.dead, (k, scene.platform.bugs)
        used = fault(scene).uses > k
        if not used:
            return
        yield k, scene
    raise AssertionError("the ladder has no end")
