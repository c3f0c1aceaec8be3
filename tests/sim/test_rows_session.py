"""Rows 27, 84, 90 and 91 and sip.md 9.9: what a peer may ask for in a session, and what it is not given."""

from dataclasses import replace

import pytest

from tests.kit.facts import CARRIER_ONE, OWNED
from tests.kit.phone import Script
from tests.kit.platform import PLATFORM
from tests.kit.port import offer_sdp
from tests.kit.puppet import Puppet
from tests.kit.scene import ALICE, CALLEE, Scene, open_facts
from tests.sim.test_exchange import last_answer, with_puppet
from trunkline.protocol.sip.message.message import Request

ALLOW = "ACK,BYE,CANCEL,INVITE,OPTIONS,REFER,NOTIFY"


def test_row_27_slow_facts_the_100_comes_when_the_journal_has_the_call() -> None:
    """Design, decision 8: who has a 100 stops repeating, and would be lost with this process."""
    facts = open_facts()
    facts.delay_s = 0.3
    with Scene(facts=facts) as scene:
        puppet = Puppet(scene.world, ALICE)
        invite = puppet.invite(CALLEE)
        scene.run(0.6)
        puppet.send(invite.to_bytes())
        scene.run(0.3)
        assert puppet.responses == [], "a repetition is taken in and not answered"
        scene.run(3.0)
        trying = puppet.responses[0]
        assert (trying.status, trying.reason) == (100, "trying -- your call is important to us")
        assert trying.get("server") == "Twilio Gateway"
        assert scene.platform.journal.entries, "it was written before"
        scene.run(10.0)
        puppet.follow(invite, "CANCEL", via=invite.get("via") or "")
        scene.run(0.1)
        if puppet.got_status("INVITE")[-1] == 200:
            to = puppet.answer_to("INVITE", 200).get("to") or ""
            puppet.follow(invite, "ACK", to=to)
            puppet.follow(invite, "BYE", to=to, cseq=2)


KEY = b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
SRTP = offer_sdp(CARRIER_ONE[0]).replace(b"RTP/AVP", b"RTP/SAVP")


@pytest.mark.parametrize("body", [SRTP, SRTP + KEY])
def test_row_71_srtp_of_a_carrier_does_not_reach_a_trunk_that_is_not_secure(body: bytes) -> None:
    """Sip.md 4.4: such a trunk is offered RTP/AVP, and nothing here turns one into the other."""
    with Scene(origination=True) as scene:
        call = scene.alice.dial(OWNED, host=PLATFORM[0], sdp=body)
        scene.run(1.0)
        assert (call.end, scene.callee.calls) == ("488", [])
        assert scene.platform.record.cause.error_code == 32207


def test_row_71_the_rtp_line_beside_an_srtp_line_is_what_a_plain_trunk_takes() -> None:
    """Sip.md section 10: only SRTP alone is refused with 32207."""
    with Scene(facts=open_facts()) as scene:
        both = SRTP + KEY + b"m=audio 40002 RTP/AVP 0 8\r\n"
        scene.alice.dial(CALLEE, Script(hang_up_after=1.0), sdp=both)
        scene.run(1.0)
        offered = scene.callee.call_made.sdp
        assert (offered.count(b"m=audio 0 RTP/SAVP"), offered.count(b" RTP/AVP 0 8\r\n"), offered.count(b"crypto")) == (
            1,
            1,
            0,
        )
        scene.run(3.0)


@pytest.mark.parametrize("kind", ["multipart/mixed;boundary=x", "application/isup"])
def test_row_44_a_body_that_is_no_sdp_gets_415_with_what_is_accepted(kind: str) -> None:
    """RFC 3261 sections 8.2.3 and 21.4.13."""
    with Scene(facts=open_facts()) as scene:
        scene.alice.gate = lambda data: data.replace(b"application/sdp", kind.encode())
        call = scene.dial()
        scene.run(1.0)
        assert (call.end, dict(call.headers)["Accept"]) == ("415", "application/sdp")
        assert dict(call.headers)["X-Twilio-Error"].startswith("32102 ")


def test_row_27_quick_facts_one_100_and_it_is_not_repeated_after_200_ms() -> None:
    with Scene(Script(answer_after=1.0), facts=open_facts()) as scene:
        for _ in range(2):  # the facts looked up, and found at hand
            call = scene.dial(Script(hang_up_after=1.0))
            scene.run(0.9)
            assert call.statuses == [100, 180]
            scene.run(3.0)


def test_row_90_session_timers_are_neither_asked_for_nor_kept() -> None:
    """Sip.md 9.7: `Supported: timer` is stripped, Session-Expires ignored, nothing is refreshed."""
    timers = (("Supported", "timer"), ("Session-Expires", "90;refresher=uas"), ("Min-SE", "90"))
    with Scene(facts=open_facts()) as scene:
        scene.world.trace = []
        call = scene.alice.dial(CALLEE, Script(hang_up_after=300.0), headers=timers)
        scene.run(250.0)
        assert call.answered_at is not None
        ours = b"".join(data for _, source, _, data in scene.world.trace if source not in {ALICE, CARRIER_ONE}).lower()
        assert b"invite sip:" in ours
        assert b"session-expires" not in ours
        assert b"min-se" not in ours
        assert b"timer" not in ours
        assert scene.callee.call_made.reinvited == 0
        scene.run(60.0)
    assert call.end == "bye sent"


def test_row_90_a_422_is_a_failure_like_others_the_next_uri_is_tried() -> None:
    with Scene(Script(refuse_with=422), origination=True) as scene:
        scene.dial(Script(hang_up_after=1.0))
        scene.run(2.0)
        assert scene.callees[1].call_made.answered_at is not None
    assert scene.platform.record.cause.name == "caller_hung_up"


@pytest.mark.parametrize("method", ["INFO", "UPDATE", "PRACK", "MESSAGE", "SUBSCRIBE", "PUBLISH"])
def test_rows_63_84_what_allow_does_not_name_is_405_and_reaches_nobody(method: str) -> None:
    with Scene(facts=open_facts()) as scene:
        puppet, invite, to = with_puppet(scene)
        puppet.follow(invite, method, to=to, cseq=2)
        scene.run(0.5)
        answer = puppet.answer_to(method, 405)
        assert answer.get("allow") == ALLOW
        puppet.follow(invite, "INVITE", to=to, cseq=3, body=offer_sdp(ALICE[0], version=2))
        scene.run(0.5)
        assert last_answer(puppet, 3).status == 200, "the session stands"
        puppet.follow(invite, "ACK", to=to, cseq=3)
        puppet.follow(invite, "BYE", to=to, cseq=4)


@pytest.mark.parametrize(("allow_private", "status", "user"), [(True, 200, "moved"), (False, 400, "puppet")])
def test_loopback_contact_of_a_reinvite_is_as_unusable_as_of_an_invite(
    allow_private: bool, status: int, user: str
) -> None:
    """Sip.md 3.6."""
    with Scene(Script(hang_up_after=3.0), facts=open_facts()) as scene:
        settings = replace(scene.platform.settings, allow_private=allow_private)
        executor = scene.platform.executor
        executor._means = replace(executor._means, settings=settings)
        puppet, invite, to = with_puppet(scene)
        moved = ("Contact", "<sip:moved@127.0.0.1:5060>")
        asked = puppet.follow(invite, "INVITE", moved, to=to, cseq=2, body=offer_sdp(ALICE[0], version=2))
        scene.run(0.3)
        assert last_answer(puppet, 2).status == status
        puppet.follow(invite, "ACK", to=to, cseq=2, via=asked.get("via") or "")
        scene.run(4.0)
        assert [bye.uri.user for bye in puppet.got("BYE")] == [user]


def test_two_forks_ring_with_early_media_the_first_2xx_is_what_the_caller_hears() -> None:
    """RFC 3261 section 13.2.2.4: each 183 is another dialog; the second 2xx is acknowledged and hung up."""
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)
        one, two = offer_sdp("192.0.2.181", codecs="0 101"), offer_sdp("192.0.2.182", codecs="8 101")

        def answer(request: Request) -> None:
            if request.method == "INVITE":
                puppet.respond(request, 183, "one", one)
                puppet.respond(request, 183, "two", two)
            elif request.method == "BYE":
                puppet.respond(request, 200)

        puppet.on_request = answer
        call = scene.dial(Script(hang_up_after=5.0))
        scene.run(1.0)
        invite = puppet.got("INVITE")[0]
        assert call.statuses.count(183) == 2
        puppet.respond(invite, 200, "one", one)
        puppet.respond(invite, 200, "two", two)
        scene.run(1.0)
        assert scene.platform.media.read[-1] == ("answer", "caller", one), "the relay is turned back to the first"
        assert [ack.to.tag for ack in puppet.got("ACK")] == ["one", "two"]
        assert [bye.to.tag for bye in puppet.got("BYE")] == ["two"]
        scene.run(5.0)
        assert [bye.to.tag for bye in puppet.got("BYE")] == ["two", "one"]
    record = scene.platform.record
    assert (record.cause.name, record.codec) == ("caller_hung_up", "PCMU")


def test_glare_both_back_off_by_the_rfc_and_both_offers_pass() -> None:
    """RFC 3261 section 14.1: the owner of the Call-ID waits 2.1 to 4 s, the other up to 2 s; the second one is ours."""
    with Scene(facts=open_facts()) as scene:
        call = scene.dial(Script(hang_up_after=20.0))
        scene.run(2.0)
        other = scene.callee.call_made
        scene.alice.reinvite(call)
        scene.callee.reinvite(other)
        scene.run(2.0)
        assert scene.callee.reinvite(other)
        scene.run(0.1)
        assert scene.alice.reinvite(call)
        scene.run(3.0)
        assert call.reinvites == other.reinvites == [491, 200]
        assert (call.reinvited, other.reinvited) == (1, 1)


def test_decision_14_private_contact_is_written_but_the_source_is_where_it_goes() -> None:
    with Scene(Script(hang_up_after=2.0), facts=open_facts()) as scene:
        puppet = Puppet(scene.world, ALICE)
        puppet.on_request = lambda request: puppet.respond(request, 200) if request.method == "BYE" else None
        invite = puppet.invite(CALLEE)
        scene.run(1.0)
        to = puppet.answer_to("INVITE", 200).get("to") or ""
        puppet.follow(invite, "ACK", to=to)
        private = ("Contact", "<sip:pbx@10.0.0.7:5070>")
        puppet.follow(invite, "INVITE", private, to=to, cseq=2, body=offer_sdp(ALICE[0], version=2))
        scene.run(0.2)
        puppet.follow(invite, "ACK", to=to, cseq=2)
        scene.run(3.0)
        (bye,) = puppet.got("BYE")
        assert bye.uri_text == "sip:pbx@10.0.0.7:5070"


def test_decision_14_reinvite_from_another_port_moves_where_we_send() -> None:
    """A NAT that forgot the mapping gives a new one."""
    with Scene(Script(hang_up_after=2.0), facts=open_facts()) as scene:
        puppet, invite, to = with_puppet(scene)
        moved = Puppet(scene.world, (ALICE[0], 6060))
        moved.on_request = lambda request: moved.respond(request, 200) if request.method == "BYE" else None
        moved.follow(invite, "INVITE", to=to, cseq=2, body=offer_sdp(ALICE[0], version=2))
        scene.run(0.2)
        moved.follow(invite, "ACK", to=to, cseq=2)
        scene.run(3.0)
        assert len(moved.got("BYE")) == 1
        assert puppet.got("BYE") == []
