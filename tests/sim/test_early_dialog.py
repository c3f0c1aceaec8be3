"""Requests within a dialog that is not answered yet (RFC 3261 sections 12.2, 13.3.1.1 and 14.2; row 63)."""

import pytest

from tests.kit.facts import CARRIER_ONE, PBX_ONE
from tests.kit.phone import Script
from tests.kit.port import offer_sdp
from tests.kit.puppet import Puppet
from tests.kit.scene import ALICE, CALLEE, Scene, open_facts

ALLOW = "ACK,BYE,CANCEL,INVITE,OPTIONS,REFER,NOTIFY"
REFUSED = [("OPTIONS", 200), ("INFO", 405), ("UPDATE", 405), ("PRACK", 405), ("NOTIFY", 489), ("REFER", 603)]


@pytest.mark.parametrize(("method", "status"), REFUSED)
def test_row_63_what_the_caller_asks_for_while_it_rings_does_not_end_its_call(method: str, status: int) -> None:
    """Section 12.2.1.2: a 481 would say that there is no dialog, though the 180 made one."""
    with Scene(Script(answer_after=3.0, hang_up_after=1.0), facts=open_facts()) as scene:
        puppet = Puppet(scene.world, ALICE)
        invite = puppet.invite(CALLEE)
        scene.run(1.0)
        to = puppet.answer_to("INVITE", 180).get("to") or ""
        puppet.follow(invite, method, to=to, cseq=2)
        scene.run(0.5)
        assert puppet.got_status(method) == [status]
        if status == 405:
            assert puppet.answer_to(method, 405).get("allow") == ALLOW
        scene.run(2.0)
        puppet.follow(invite, "ACK", to=to)
        scene.run(0.5)
        puppet.follow(invite, "BYE", to=to, cseq=3)
        scene.run(0.5)
        assert puppet.got_status("BYE") == [200]


@pytest.mark.parametrize(("method", "status"), [*REFUSED[:3], ("BYE", 481), ("INVITE", 491)])
def test_row_63_what_the_callee_asks_for_while_it_rings_is_answered_as_later(method: str, status: int) -> None:
    """Section 14.2: an INVITE of ours is in progress. Section 15: a callee ends no early dialog by BYE."""
    with Scene(origination=True) as scene:
        scene.world.detach(PBX_ONE)
        puppet = Puppet(scene.world, PBX_ONE)
        call = scene.dial()
        scene.run(0.5)
        (invite,) = puppet.got("INVITE")
        puppet.respond(invite, 180)
        scene.run(0.2)
        puppet.say_back(invite, method, 1, offer_sdp(PBX_ONE[0]) if method == "INVITE" else b"")
        scene.run(0.2)
        assert puppet.got_status(method) == [status]
        puppet.respond(invite, 486)
        scene.run(0.2)
        assert call.end == "486"


def test_a_second_invite_of_the_caller_before_the_answer_to_the_first_is_to_wait() -> None:
    """Section 14.2: 500 with Retry-After of 0 to 10 s; the first one goes on."""
    with Scene(Script(answer_after=3.0), facts=open_facts()) as scene:
        puppet = Puppet(scene.world, ALICE)
        invite = puppet.invite(CALLEE)
        scene.run(1.0)
        to = puppet.answer_to("INVITE", 180).get("to") or ""
        second = puppet.follow(invite, "INVITE", to=to, cseq=2, body=offer_sdp(ALICE[0], version=2))
        scene.run(0.2)
        refusal = puppet.answer_to("INVITE", 500)
        assert 0 <= int(refusal.get("retry-after") or -1) <= 10
        puppet.follow(second, "ACK", to=to, cseq=2, via=second.get("via") or "")
        puppet.follow(invite, "CANCEL", via=invite.get("via") or "")
        scene.run(0.2)
        assert puppet.got_status("INVITE")[-1] == 487
        puppet.follow(invite, "ACK", to=to, via=invite.get("via") or "")


def test_a_stranger_with_another_tag_is_in_no_early_dialog() -> None:
    with Scene(Script(answer_after=3.0), facts=open_facts()) as scene:
        puppet = Puppet(scene.world, ALICE)
        invite = puppet.invite(CALLEE)
        scene.run(1.0)
        to = puppet.answer_to("INVITE", 180).get("to") or ""
        puppet.follow(invite, "INFO", to=to, cseq=2)
        stranger = Puppet(scene.world, ("192.0.2.77", 5060))
        invite.put("from", "<sip:other@192.0.2.77>;tag=other")
        stranger.follow(invite, "INFO", to=to, cseq=3)
        scene.run(0.2)
        assert (puppet.got_status("INFO"), stranger.got_status("INFO")) == ([405], [481])
        puppet.follow(invite, "CANCEL", via=invite.get("via") or "")
        scene.run(0.2)
        puppet.follow(invite, "ACK", to=to, via=invite.get("via") or "")


@pytest.mark.parametrize("early_media", [False, True])
def test_long_ringing_is_told_again_every_minute(early_media: bool) -> None:
    """Section 13.3.1.1: else a proxy gives the INVITE up after three minutes (timer C)."""
    with Scene(facts=open_facts()) as scene:
        scene.world.detach(CARRIER_ONE)
        puppet, carrier = Puppet(scene.world, ALICE), Puppet(scene.world, CARRIER_ONE)
        invite = puppet.invite(CALLEE)
        scene.run(0.3)
        (ours,) = carrier.got("INVITE")
        sdp = carrier.sdp if early_media else b""
        carrier.respond(ours, 183 if early_media else 180, "c", sdp)
        scene.run(90.0)
        carrier.respond(ours, 183 if early_media else 180, "c", sdp)
        scene.run(75.0)
        rung = [one for one in puppet.responses if 180 <= one.status <= 189]
        assert len({one.to_bytes() for one in rung}) == 1
        assert bool(rung[0].body) is early_media
        at = [round(when) for when, line in puppet.arrivals if line.startswith("SIP/2.0 18")]
        assert at == [0, 60, 90, 150]
        carrier.respond(ours, 486, "c")
        scene.run(90.0)
        assert puppet.got_status("INVITE")[-1] == 486
        puppet.follow(invite, "ACK", to=rung[0].get("to") or "", via=invite.get("via") or "")


def test_a_second_carrier_gateway_may_ring_as_long_as_the_first() -> None:
    """Row 43: the 60 s are for progress; what an attempt before has rung does not count."""
    first = Script(ring_after=0.1, answer_after=1.0, refuse_with=500)
    second = Script(ring_after=0.1, answer_after=100.0, hang_up_after=1.0)
    with Scene(first, second, facts=open_facts()) as scene:
        call = scene.dial()
        scene.run(110.0)
        assert (call.statuses[-1], call.end) == (200, "bye received")


def test_row_43_a_second_carrier_gateway_without_progress_is_given_up_as_such() -> None:
    first = Script(ring_after=0.1, answer_after=1.0, refuse_with=500)
    with Scene(first, Script(ring_after=None, answer_after=None), facts=open_facts()) as scene:
        call = scene.dial()
        scene.run(70.0)
        assert (call.end, scene.platform.record.cause.name) == ("480", "carrier_no_progress")


@pytest.mark.parametrize("relay_s", [0.0, 0.2])
def test_a_200_without_sdp_takes_that_of_the_early_media(relay_s: float) -> None:
    """Section 13.2.1 wants it repeated; who does not is answered alike however long the relay takes."""
    with Scene(origination=True) as scene:
        scene.world.detach(PBX_ONE)
        puppet = Puppet(scene.world, PBX_ONE)
        puppet.on_request = lambda request: puppet.respond(request, 200) if request.method == "BYE" else None
        scene.platform.media.delay_s = relay_s
        call = scene.dial(Script(hang_up_after=1.0))
        scene.run(0.3)
        (invite,) = puppet.got("INVITE")
        puppet.respond(invite, 183, sdp=puppet.sdp)
        puppet.respond(invite, 200)
        scene.run(5.0)
        assert (call.statuses[-1], call.end) == (200, "bye sent")
        assert b" RTP/AVP 0 101" in call.sdp


def test_row_81_codecs_that_an_answerer_adds_reach_nobody() -> None:
    with Scene(origination=True) as scene:
        scene.world.detach(PBX_ONE)
        puppet = Puppet(scene.world, PBX_ONE)
        puppet.on_request = lambda request: puppet.respond(request, 200) if request.method == "BYE" else None
        call = scene.dial(Script(hang_up_after=1.0))
        scene.run(0.3)
        (invite,) = puppet.got("INVITE")
        puppet.respond(invite, 200, "puppet", offer_sdp(PBX_ONE[0], codecs="18 0 101"))
        scene.run(5.0)
        assert b" RTP/AVP 0 101\r\n" in call.sdp


def test_another_fork_answers_within_the_session_that_the_caller_knows() -> None:
    """RFC 3264 section 8: one dialog has one o= line, whose version rises when other media is named."""
    with Scene(facts=open_facts()) as scene:
        scene.world.detach(CARRIER_ONE)
        puppet, carrier = Puppet(scene.world, ALICE), Puppet(scene.world, CARRIER_ONE)
        invite = puppet.invite(CALLEE)
        scene.run(0.3)
        (ours,) = carrier.got("INVITE")
        early = offer_sdp("192.0.2.8")
        carrier.respond(ours, 183, "fork-1", early)
        scene.run(0.2)
        carrier.respond(ours, 183, "fork-2", early.replace(b"o=- 1 1", b"o=other 99 500").replace(b"40000", b"41000"))
        scene.run(0.2)
        origins = [one.body.split(b"\r\n")[1].split()[:3] for one in puppet.responses if one.status == 183]
        assert origins == [[b"o=-", b"1", b"1"], [b"o=-", b"1", b"2"]]
        puppet.follow(invite, "CANCEL", via=invite.get("via") or "")
        scene.run(0.2)
        carrier.respond(ours, 487, "fork-2")
        scene.run(0.2)
        puppet.follow(invite, "ACK", to=puppet.responses[-1].get("to") or "", via=invite.get("via") or "")
