"""A 200 to a re-INVITE that is broken, or has no SDP: the call neither hangs nor dies of it unheard."""

import pytest

from tests.kit.facts import CARRIER_ONE
from tests.kit.phone import Script
from tests.kit.puppet import Puppet
from tests.kit.scene import Scene, open_facts
from trunkline.protocol.sip.message.message import Request


def _break(data: bytes, how: str) -> bytes:
    match how:
        case "no To":
            return b"\r\n".join(line for line in data.split(b"\r\n") if not line.startswith(b"To:"))
        case "bad CSeq":
            return data.replace(b"CSeq: 2 INVITE", b"CSeq: two INVITE")
        case "bad Contact":
            return data.replace(b"Contact: <sip:", b"Contact: <<sip")
        case _:
            return data[: data.index(b"\r\n\r\n") - 5]


@pytest.mark.parametrize("how", ["no To", "bad CSeq", "bad Contact", "cut off"])
def test_callee_answers_the_reinvite_with_a_broken_200_call_ends_at_64_t1(how: str) -> None:
    """Section 14.1: no final response is a 408, and 408 ends the dialog (section 12.2.1.2)."""
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def answer(request: Request) -> None:
            if request.method == "INVITE" and not request.to.tag:
                puppet.accept(request)
            elif request.method == "INVITE":
                response = request.respond(200)
                response.add("Contact", "<sip:puppet@192.0.2.200:5060>")
                puppet.send(_break(response.to_bytes(), how))
            elif request.method == "BYE":
                puppet.respond(request, 200)

        puppet.on_request = answer
        call = scene.dial(Script(reinvite_after=1.0))
        scene.run(10.0)
        assert not call.over
        scene.run(30.0)
        # 64*T1 pass at the caller first, by the length of the way.
        assert call.reinvites in ([408], [0])
        assert call.end == "bye received"
        assert len(puppet.got("BYE")) == 1
    assert scene.platform.record.cause.name == "callee_lost"


def test_callee_answers_the_reinvite_without_sdp_caller_gets_488_and_the_call_goes_on() -> None:
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def answer(request: Request) -> None:
            if request.method == "INVITE":
                puppet.respond(request, 200, sdp=b"" if request.to.tag else puppet.sdp)
            elif request.method == "BYE":
                puppet.respond(request, 200)

        puppet.on_request = answer
        call = scene.dial(Script(reinvite_after=1.0, hang_up_after=5.0))
        scene.run(3.0)
        assert call.reinvites == [488]
        assert not call.over
        assert [ack.cseq[0] for ack in puppet.got("ACK")] == [1, 2], "its 200 is acknowledged all the same"
    assert scene.platform.record.cause.name == "caller_hung_up"
