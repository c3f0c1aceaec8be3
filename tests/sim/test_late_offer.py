"""A carrier calls without an offer: the platform makes one, the carrier answers in its ACK (design, decision 12)."""

from pathlib import Path

import pytest

from tests.kit.facts import CARRIER_ONE, OWNED, PBX_ONE
from tests.kit.phone import Script
from tests.kit.port import RELAY_HOST
from tests.kit.restart import Restartable
from tests.kit.scene import Scene, open_facts
from trunkline.service.gateway.journal import entry

LATE = Script(late=True, hang_up_after=4.0)


def test_row_85_the_platform_offers_the_customer_answers_the_carrier_answers_that() -> None:
    """Rows 81, 84 and 85: PCMU, PCMA, PT 101 with events 0-16 and 20 ms, since the platform itself is the offerer."""
    with Scene(origination=True) as scene:
        call = scene.dial(LATE)
        scene.run(2.0)
        offer = scene.callee.call_made.sdp.decode()
        assert f"c=IN IP4 {RELAY_HOST}\r\n" in offer
        media = offer[offer.index("m=audio") :].split("\r\n")
        assert media[0].endswith(" RTP/AVP 0 8 101")
        assert media[1:-1] == [
            "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16",
            "a=ptime:20", "a=maxptime:20", "a=sendrecv",
        ]  # fmt: skip
        assert f"c=IN IP4 {RELAY_HOST}\r\n".encode() in call.sdp
        read = scene.platform.media.read
        assert [(verb, opener) for verb, opener, _ in read] == [
            ("offer", "caller"), ("answer", "caller"), ("offer", "callee"), ("answer", "callee"),
        ]  # fmt: skip
        assert f"c=IN IP4 {CARRIER_ONE[0]}\r\n".encode() in read[3][2], "out of the ACK"
        assert read[2][2] == read[1][2], "the customer's answer is the offer now"
    record = scene.platform.record
    assert (record.cause.name, record.codec) == ("caller_hung_up", "PCMA")


def test_early_media_of_the_customer_cannot_reach_the_carrier_its_183_goes_on_without_sdp() -> None:
    """RFC 3261 section 13.2.1: an unreliable provisional response may not hold the offer."""
    with Scene(Script(early_media=True), origination=True) as scene:
        scene.world.trace = []
        call = scene.dial(LATE)
        scene.run(1.0)
        assert 183 in call.statuses
        (early,) = [data for _, _, to, data in scene.world.trace if to == CARRIER_ONE and b" 183 " in data[:12]]
        assert b"Content-Length: 0\r\n" in early


def test_ack_without_the_answer_ends_the_call_with_32103() -> None:
    with Scene(origination=True) as scene:
        call = scene.dial(Script(late=True, late_answer=b""))
        scene.run(2.0)
        assert call.end == "bye received"
        assert scene.callee.call_made.end == "bye received"
    assert scene.platform.record.cause.name == "sdp_missing"
    assert scene.platform.record.cause.error_code == 32103


@pytest.mark.parametrize("use", [2, 3])
def test_relay_does_not_take_the_answer_the_call_has_no_media_and_ends(use: int) -> None:
    with Scene(origination=True) as scene:
        scene.platform.media.refuses.at = {use}
        call = scene.dial(LATE)
        scene.run(2.0)
        assert call.end == "bye received"
    assert scene.platform.record.cause.name == "media_unavailable"


def test_reinvites_of_both_sides_go_on_as_in_any_call() -> None:
    with Scene(origination=True) as scene:
        call = scene.dial(Script(late=True, hang_up_after=8.0))
        scene.run(2.0)
        other = scene.callee.call_made
        assert scene.alice.reinvite(call)
        scene.run(1.0)
        assert scene.callee.ask(other)
        scene.run(1.0)
        assert call.reinvites == other.reinvites == [200]
        scene.callee.script.refuse_reinvite_with = 488
        agreed = scene.platform.media.read[-2:]
        scene.alice.reinvite(call)
        scene.run(1.0)
        assert scene.platform.media.read[-2:] == agreed


def test_customer_fails_the_next_uri_gets_the_same_offer() -> None:
    with Scene(Script(refuse_with=503), origination=True) as scene:
        scene.dial(LATE)
        scene.run(2.0)
        assert [phone.call_made.sdp[:60] for phone in scene.callees[:2]] == [scene.callee.call_made.sdp[:60]] * 2


@pytest.mark.parametrize(("sdp", "end", "cause"), [(b"nonsense", "400", "sdp_invalid"), (b"", "400", "sdp_missing")])
def test_row_44_a_customer_may_not_leave_the_offer_to_us(sdp: bytes, end: str, cause: str) -> None:
    with Scene(facts=open_facts()) as scene:
        call = scene.alice.dial("+442079460123", sdp=sdp)
        scene.run(1.0)
        assert call.end == end
    assert scene.platform.record.cause.name == cause


def test_row_44_sdp_of_a_carrier_that_cannot_be_read_is_400_with_32102() -> None:
    with Scene(origination=True) as scene:
        call = scene.alice.dial(OWNED, sdp=b"nonsense", host="192.0.2.1", caller="+442079460199")
        scene.run(1.0)
        assert call.end == "400"
    assert scene.platform.record.cause.error_code == 32102


def test_process_dies_before_the_ack_the_200_comes_again_and_its_answer_counts(tmp_path: Path) -> None:
    """Design, decision 8."""
    stage = Restartable(tmp_path, origination=True)
    stage.scene.alice.gate = lambda data: None if data.startswith(b"ACK") else data
    call = stage.scene.dial(LATE)
    assert stage.world.run_until(lambda: call.answered_at is not None)
    stage.restart()
    stage.scene.alice.gate = lambda data: data
    stage.run(5.0)
    stage.finish()
    assert [(verb, opener) for verb, opener, _ in stage.media.read][-2:] == [("offer", "callee"), ("answer", "callee")]
    assert stage.record.codec == "PCMA"


def test_process_dies_while_it_talks_a_refused_reinvite_is_undone_to_what_the_ack_agreed(tmp_path: Path) -> None:
    stage = Restartable(tmp_path, Script(refuse_reinvite_with=488), origination=True)
    call = stage.scene.dial(Script(late=True, hang_up_after=8.0))
    stage.run(2.0)
    agreed = stage.media.read[-2:]
    stage.restart()
    stage.run(1.0)
    stage.scene.alice.reinvite(call)
    stage.run(1.0)
    assert call.reinvites == [488]
    assert stage.media.read[-2:] == agreed
    stage.finish()


def test_process_dies_in_the_middle_of_a_reinvite_the_relay_is_told_what_was_agreed(tmp_path: Path) -> None:
    stage = Restartable(tmp_path, facts=open_facts())
    stage.scene.dial(Script(reinvite_after=1.0, hang_up_after=8.0))
    stage.run(1.0)
    agreed = stage.media.read[-2:]
    stage.media.delay_s = 0.05
    assert stage.world.run_until(lambda: bool([1 for _, kind, _ in stage.entries if kind == entry.OFFERED]), 5.0)
    stage.restart()
    stage.run(1.0)
    assert stage.media.read[-2:] == agreed
    assert stage.scene.alice.call_made.reinvites == [491]
    stage.finish()


def test_offer_names_the_carrier_s_host_for_want_of_its_media_address() -> None:
    """0.0.0.0 would be a hold (RFC 3264 section 8.4)."""
    with Scene(origination=True) as scene:
        scene.dial(LATE)
        scene.run(2.0)
        own = scene.platform.media.read[0][2]
        assert f"c=IN IP4 {CARRIER_ONE[0]}\r\n".encode() in own
        assert b"m=audio 9 RTP/AVP 0 8 101" in own
        assert PBX_ONE[0].encode() not in own
