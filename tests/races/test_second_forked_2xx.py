"""Two phones behind one carrier answer: the second is acknowledged and hung up (RFC 3261 section 13.2.2.4)."""

from tests.kit.facts import CARRIER_ONE
from tests.kit.phone import Script
from tests.kit.puppet import Puppet
from tests.kit.scene import Scene, open_facts
from trunkline.protocol.sip.message.message import Request


def _answer(puppet: Puppet, request: Request) -> None:
    if request.method == "INVITE":
        puppet.accept(request, "first")
    elif request.method == "BYE":
        puppet.respond(request, 200)


def test_second_fork_answers_it_gets_ack_and_bye_and_the_first_talks_on() -> None:
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)
        puppet.on_request = lambda request: _answer(puppet, request)
        call = scene.dial(Script(hang_up_after=10.0))
        scene.run(1.0)
        puppet.accept(puppet.got("INVITE")[0], "second")
        scene.run(1.0)
        assert [ack.to.tag for ack in puppet.got("ACK")] == ["first", "second"]
        assert [bye.to.tag for bye in puppet.got("BYE")] == ["second"]
        assert not call.over
        scene.run(9.0)
        assert [bye.to.tag for bye in puppet.got("BYE")] == ["second", "first"]
    assert scene.platform.record.cause.name == "caller_hung_up"


def test_second_fork_repeats_its_2xx_it_gets_another_ack_but_one_bye() -> None:
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)
        puppet.on_request = lambda request: _answer(puppet, request)
        scene.dial(Script(hang_up_after=10.0))
        scene.run(1.0)
        second = puppet.respond(puppet.got("INVITE")[0], 200, "second", puppet.sdp)
        scene.run(0.5)
        puppet.send(second)
        scene.run(0.5)
        assert [ack.to.tag for ack in puppet.got("ACK")] == ["first", "second", "second"]
        assert [bye.to.tag for bye in puppet.got("BYE")] == ["second"]


def test_second_fork_answers_after_the_call_is_over_it_is_hung_up_too() -> None:
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)
        puppet.on_request = lambda request: _answer(puppet, request)
        scene.dial(Script(hang_up_after=1.0))
        scene.run(3.0)
        puppet.accept(puppet.got("INVITE")[0], "second")
        scene.run(1.0)
        assert [bye.to.tag for bye in puppet.got("BYE")] == ["first", "second"]


def test_a_2xx_follows_a_failure_of_the_same_invite_it_is_hung_up() -> None:
    """A forking proxy may pass a 2xx on after a 6xx (section 16.7 step 5)."""
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def answer(request: Request) -> None:
            puppet.respond(request, 603 if request.method == "INVITE" else 200)

        puppet.on_request = answer
        call = scene.dial()
        scene.run(1.0)
        assert call.end == "603"
        puppet.accept(puppet.got("INVITE")[0], "second")
        scene.run(1.0)
        assert [bye.to.tag for bye in puppet.got("BYE")] == ["second"]
    assert scene.platform.record.cause.name == "carrier_603"
