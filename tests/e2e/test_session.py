"""What happens between answer and BYE, over sockets and through the real relay (rows 85, 91, 92; decision 12)."""

import time
from collections.abc import Iterator

import pytest

from tests.e2e.peer import Callee
from tests.e2e.place import Place, Town
from tests.e2e.rtp import carried, heard, rtp_socket, say
from tests.e2e.sip import sdp
from tests.interop.port import PortBlock
from tests.interop.service import Trunkline

pytestmark = pytest.mark.e2e

SILENCE_S = 3.0
LONGEST_S = 7.0


@pytest.fixture(scope="module")
def impatient_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A service in which calls do not last."""
    ports = PortBlock()
    settings = {"TRUNKLINE_MEDIA_SILENCE_S": str(SILENCE_S), "TRUNKLINE_MAX_CALL_S": str(LONGEST_S)}
    with Trunkline(tmp_path_factory.mktemp("impatient"), ports, settings) as service:
        yield Town(service)
    ports.release()


@pytest.fixture
def brief(impatient_town: Town) -> Iterator[Place]:
    place = impatient_town.place()
    yield place
    place.close()


def test_row_92_a_silent_call_ends_with_32014_a_held_one_and_one_that_talks_do_not(brief: Place) -> None:
    """Rows 91 and 92: what talks, and what is held, ends by its length."""
    with brief.open().call_out() as (caller, callee):
        began = time.monotonic()
        caller.expect_bye(seconds=2 * SILENCE_S)
        callee.expect_bye()
        assert SILENCE_S - 0.5 <= time.monotonic() - began <= SILENCE_S * 4 / 3 + 1.0
    record = brief.record()
    assert (record["cause"], record["error_code"], record["status"]) == ("media_silent", 32014, "completed")


def test_rows_91_92_a_held_call_is_not_silent_and_ends_by_its_length_with_32015(brief: Place) -> None:
    with brief.open().call_out() as (caller, callee):
        began = time.monotonic()
        host = callee.wire.address[0]
        caller.request("INVITE", body=sdp(brief.customer_host, caller.rtp_port, direction="sendonly", version=2))
        callee.take_reinvite(sdp(host, callee.rtp_port, direction="recvonly", version=2))
        caller.expect(200)
        caller.ack()
        caller.expect_bye(seconds=LONGEST_S + 2.0)
        callee.expect_bye()
        assert LONGEST_S - 0.5 <= time.monotonic() - began <= LONGEST_S + 1.0
    record = brief.record()
    assert (record["cause"], record["error_code"]) == ("max_duration", 32015)


def test_row_92_one_side_that_talks_keeps_the_call(brief: Place) -> None:
    with brief.open().call_out() as (caller, callee), rtp_socket(brief.carrier_host, callee.rtp_port) as far:
        began = time.monotonic()
        while time.monotonic() - began < SILENCE_S * 4 / 3 + 1.0:
            say(far, callee.invite.rtp(), b"still here")
            time.sleep(0.2)
        caller.bye()
        callee.expect_bye()
    assert brief.record()["cause"] == "caller_hung_up"


def test_late_offer_in_a_reinvite_moves_the_media(place: Place) -> None:
    """Design, decision 12: the callee's new address reaches the relay by its 200, the caller's by its ACK."""
    with place.open().call_out() as (caller, callee):
        moved = place.host("media")
        near_port, far_port = caller.answered.rtp(), callee.invite.rtp()
        caller.request("INVITE")
        asked = callee.expect("INVITE")
        assert asked.body == b""
        callee.respond(asked, 200, "OK", body=sdp(moved, 41000, version=2))
        offer = caller.expect(200)
        assert offer.rtp() == near_port
        caller.ack(body=sdp(place.customer_host, 42000, version=2))
        answer = callee.expect("ACK")
        assert answer.rtp() == far_port
        with rtp_socket(moved, 41000) as far, rtp_socket(place.customer_host, 42000) as near:
            say(far, far_port, b"from the new place")
            assert heard(near) == (b"from the new place", near_port)
            say(near, near_port, b"to the new place")
            assert heard(far) == (b"to the new place", far_port)
        caller.bye()
        callee.expect_bye()


def test_refused_reinvite_leaves_the_media_where_it_was(place: Place) -> None:
    """RFC 3261 section 14.1: the relay had the new address already, and gets the agreed one back."""
    with place.open().call_out() as (caller, callee):
        near_port, far_port = caller.answered.rtp(), callee.invite.rtp()
        caller.request("INVITE", body=sdp(place.host("media"), 41000, version=2))
        callee.respond(callee.expect("INVITE"), 488, "Not Acceptable Here")
        callee.expect("ACK")
        caller.expect(488)
        with (
            rtp_socket(place.carrier_host, callee.rtp_port) as far,
            rtp_socket(place.customer_host, caller.rtp_port) as near,
        ):
            assert carried(far, far_port, near, b"where you were") == (b"where you were", near_port)
            assert carried(near, near_port, far, b"still here") == (b"still here", far_port)
        caller.bye()
        callee.expect_bye()


def test_row_85_a_carrier_without_an_offer_gets_one_and_audio_flows_after_its_ack(place: Place) -> None:
    """Rows 81, 84 and 85; design, decision 12."""
    place.open(uris=[place.uri()])
    pbx, caller = place.pbx(), place.from_carrier()
    caller.invite(body="")
    callee = Callee.on(pbx)
    lines = callee.invite.body.decode().split("\r\n")
    assert {"a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:20", "a=maxptime:20"} <= set(lines)
    callee.answer()
    offer = caller.expect(200)
    caller.take(offer)
    near_port, far_port = offer.rtp(), callee.invite.rtp()
    caller.ack(body=sdp(place.carrier_host, 42000, codecs="0 101"))
    callee.expect("ACK")
    with rtp_socket(pbx.address[0], callee.rtp_port) as far, rtp_socket(place.carrier_host, 42000) as near:
        assert carried(far, far_port, near, b"from the customer") == (b"from the customer", near_port)
        assert carried(near, near_port, far, b"from the carrier") == (b"from the carrier", far_port)
    caller.bye()
    callee.expect_bye()
    assert place.record()["cause"] == "caller_hung_up"
