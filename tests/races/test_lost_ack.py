"""Row 42: no ACK for our 200: it is repeated, then both legs get BYE at 64*T1, and the alert is 32022."""

from tests.kit.phone import Script
from tests.kit.puppet import Puppet
from tests.kit.scene import ALICE, CALLEE, Scene, open_facts


def test_row_42_caller_never_acks_both_legs_get_bye_at_64_t1() -> None:
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, ALICE)
        puppet.on_request = lambda request: puppet.respond(request, 200)
        puppet.invite(CALLEE)
        scene.run(40.0)
        sent = [at for at, line in puppet.arrivals if line == "SIP/2.0 200 OK"]
        # RFC 3261 section 13.3.1.4: T1, doubling to T2, ten repetitions within 64*T1.
        assert [round(at - sent[0], 3) for at in sent] == [
            0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5,
        ]  # fmt: skip
        bye_at = next(at for at, line in puppet.arrivals if line.startswith("BYE "))
        assert round(bye_at - sent[0], 3) == 32.0
        assert scene.callee.call_made.end == "bye received"
    platform = scene.platform
    assert platform.record.cause.name == "ack_missing"
    assert platform.record.answered_at is not None
    assert [alert.code for alert in platform.records.alerts] == [32022]


def test_row_42_the_first_ack_is_lost_the_repeated_200_brings_another() -> None:
    with Scene(facts=open_facts()) as scene:
        call = scene.dial(Script(hang_up_after=3.0))
        acks: list[bytes] = []

        def lose_first(data: bytes) -> bytes | None:
            if data.startswith(b"ACK "):
                acks.append(data)
                return None if len(acks) == 1 else data
            return data

        scene.alice.gate = lose_first
        scene.run(5.0)
        assert len(acks) == 2
        assert call.end == "bye sent"
    assert scene.platform.record.cause.name == "caller_hung_up"


def test_callee_answers_and_our_ack_is_lost_its_repeated_200_is_acked_again() -> None:
    with Scene(Script(hang_up_after=2.0), facts=open_facts()) as scene:
        scene.dial()
        scene.run(0.3)
        # The callee answers at 0.52; our ACK at 0.53 is lost.
        scene.world.run_until(lambda: scene.world.clock.passed >= 0.52)
        scene.callee.deaf = True
        scene.run(0.1)
        scene.callee.deaf = False
        scene.run(3.0)
        assert scene.callee.call_made.end == "bye sent"
