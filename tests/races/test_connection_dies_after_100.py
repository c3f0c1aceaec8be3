"""The far end's connection dies after its 100: the hunt moves on at once, since nobody rang (RFC 3261 section 18.4)."""

from dataclasses import replace

from tests.kit.facts import CARRIER, CARRIER_ONE, CARRIER_TWO, Facts
from tests.kit.phone import Script
from tests.kit.platform import PLATFORM
from tests.kit.puppet import Puppet
from tests.kit.scene import Scene, open_facts
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.facts import CarrierGateway


def tcp_first() -> Facts:
    facts = open_facts()
    gateways = (CarrierGateway(*CARRIER_ONE, Transport.TCP), CarrierGateway(*CARRIER_TWO))
    facts.carrier = replace(CARRIER, gateways=gateways)
    return facts


def test_callee_connection_dies_after_100_next_gateway_is_called_at_once() -> None:
    with Scene(Script(), Script(hang_up_after=1.0), facts=tcp_first()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE, "TCP")
        puppet.on_request = lambda request: puppet.respond(request, 100)
        call = scene.dial()
        scene.run(1.0)
        assert not scene.callees[1].calls
        scene.world.break_stream(PLATFORM, CARRIER_ONE)
        scene.run(2.0)
        assert len(puppet.got("CANCEL")) == 1, "who has the INVITE must not ring beside the one who is called now"
        assert call.end == "bye received"
        assert scene.callees[1].call_made.end == "bye sent"
    assert [attempt.status for attempt in scene.platform.record.attempts] == [503, 200]


def test_callee_connection_dies_while_it_rings_nobody_else_is_rung() -> None:
    with Scene(facts=tcp_first()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE, "TCP")
        puppet.on_request = lambda request: puppet.respond(request, 180)
        call = scene.dial()
        scene.run(1.0)
        scene.world.break_stream(PLATFORM, CARRIER_ONE)
        scene.run(2.0)
        assert call.end == "503"
        assert len(puppet.got("CANCEL")) == 1, "nobody rings in vain"
        assert not scene.callees[1].calls
    record = scene.platform.record
    assert record.cause.name == "carrier_unreachable"
    assert [attempt.cause for attempt in record.attempts] == [record.cause]


def test_callee_that_answers_over_another_connection_after_all_is_hung_up() -> None:
    """RFC 3261 section 9.1: the CANCEL crosses the 200."""
    with Scene(facts=tcp_first()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE, "TCP")
        call = scene.dial()
        scene.run(0.5)
        (invite,) = puppet.got("INVITE")
        puppet.respond(invite, 180)
        scene.run(0.5)
        puppet.on_request = lambda request: None if request.method == "ACK" else puppet.respond(request, 200)
        scene.world.break_stream(PLATFORM, CARRIER_ONE)
        puppet.accept(invite)
        scene.run(2.0)
        assert call.end == "503"
        assert [request.method for request in puppet.requests][1:] in (
            ["CANCEL", "ACK", "BYE"],
            ["ACK", "CANCEL", "BYE"],
        )


def test_caller_connection_dies_while_its_call_rings_the_answer_finds_nobody_and_the_callee_is_hung_up() -> None:
    with Scene(Script(answer_after=5.0), facts=open_facts()) as scene:
        scene.dial(transport="TCP")
        scene.run(1.0)
        scene.alice.dead = True  # a live one would say CANCEL over another connection
        scene.world.detach(scene.alice.address)
        scene.world.break_stream(PLATFORM, scene.alice.address)
        scene.run(40.0)
        assert scene.callee.call_made.end == "bye received"
    assert scene.platform.record.cause.name == "ack_missing"
