"""Real RTP through the relay: who is heard, where it is sent, and on which ports (rows 86-88)."""

import json
from pathlib import Path

import pytest

from tests.e2e.peer import Callee, Caller
from tests.e2e.place import Place, Town
from tests.e2e.rtp import carried, heard, rtp_socket, say
from tests.interop.port import PortBlock
from tests.interop.service import RTP_PORTS, Trunkline
from trunkline.protocol.rtp.latch import STRANGERS_WAIT_S

pytestmark = pytest.mark.e2e


def test_row_86_rtp_goes_to_the_address_of_the_sdp_only(place: Place) -> None:
    """Row 86: what comes from elsewhere is neither passed on nor answered to; the named address hears everything."""
    with place.open().call_out() as (caller, callee):
        near_port, far_port = caller.answered.rtp(), callee.invite.rtp()
        with (
            rtp_socket(place.customer_host, caller.rtp_port) as near,
            rtp_socket(place.carrier_host, callee.rtp_port) as far,
            rtp_socket(place.host("stranger")) as stranger,
        ):
            say(stranger, near_port, b"injected")
            assert heard(far, 0.3) is None
            say(far, far_port, b"from the carrier")
            assert heard(near) == (b"from the carrier", near_port)
            say(near, near_port, b"from the customer")
            assert heard(far) == (b"from the customer", far_port)
            say(stranger, near_port, b"injected again")
            assert heard(far, 0.3) is None
            say(far, far_port, b"still")
            assert heard(near) == (b"still", near_port)
            assert heard(stranger, 0.2) is None
        caller.bye()
        callee.expect_bye()
    inbound = json.loads(place.record()["inbound_media"])
    assert (inbound["packets_received"], inbound["packets_sent"]) == (1, 2)


def test_row_87_symmetric_rtp_follows_the_source(place: Place) -> None:
    """Row 87: the customer speaks from behind a NAT: what it hears comes to where it speaks from, not to its SDP."""
    place.open()
    place.set(SymmetricRtpEnabled="true")
    with place.call_out() as (caller, callee):
        near_port, far_port = caller.answered.rtp(), callee.invite.rtp()
        with (
            rtp_socket(place.customer_host, caller.rtp_port) as named,
            rtp_socket(place.host("other")) as behind_nat,
            rtp_socket(place.carrier_host, callee.rtp_port) as far,
            rtp_socket(place.host("stranger")) as stranger,
        ):
            say(stranger, near_port, b"too early")
            assert heard(far, STRANGERS_WAIT_S + 0.1) is None
            for number in range(3):
                say(behind_nat, near_port, b"hello %d" % number)
                assert heard(far) == (b"hello %d" % number, far_port)
            say(far, far_port, b"answer")
            assert heard(behind_nat) == (b"answer", near_port)
            assert heard(named, 0.2) is None
            for _ in range(5):
                say(stranger, near_port, b"too late")
                say(stranger, far_port, b"the carrier's side is strict")
            assert heard(far, 0.2) is None
            assert heard(behind_nat, 0.2) is None
        caller.bye()
        callee.expect_bye()


def test_row_88_every_port_is_of_the_range(place: Place) -> None:
    """Row 88: what both SDPs name is inside TRUNKLINE_RTP_PORTS, even, and nobody else's."""
    first, last = (int(text) for text in RTP_PORTS.split("-"))
    place.open(acl=[place.customer_host], credentials=False)
    carrier = place.carrier()
    seen: list[int] = []
    talking: list[tuple[Caller, Callee]] = []
    for _ in range(10):
        caller = place.customer()
        caller.invite()
        callee = Callee.on(carrier)
        callee.answer()
        seen += [callee.invite.rtp()[1], caller.established().rtp()[1]]
        talking.append((caller, callee))
    for caller, callee in talking:
        caller.bye()
        callee.expect_bye()
    assert len(set(seen)) == 20
    assert all(first <= port <= last and port % 2 == 0 for port in seen)


def test_audio_flows_where_the_service_is_bound_to_every_address(tmp_path: Path) -> None:
    """As on a public host: peers send to the advertised address, and hear from there, however they are routed to."""
    ports = PortBlock()
    settings = {"TRUNKLINE_SIP_ADVERTISE": "127.0.0.7", "TRUNKLINE_ALLOW_PRIVATE": "true"}
    service = Trunkline(tmp_path, ports, settings | {"TRUNKLINE_SIP_BIND": f"0.0.0.0:{(port := ports.take(2))}"})
    service.sip_port = port
    with service:
        place = Town(service, areas=11).place().open()
        with place.call_out() as (caller, callee):
            near_port, far_port = caller.answered.rtp(), callee.invite.rtp()
            assert (near_port[0], far_port[0]) == ("127.0.0.7", "127.0.0.7")
            with (
                rtp_socket(place.customer_host, caller.rtp_port) as near,
                rtp_socket(place.carrier_host, callee.rtp_port) as far,
            ):
                assert carried(far, far_port, near, b"from the carrier") == (b"from the carrier", near_port)
                assert carried(near, near_port, far, b"from the customer") == (b"from the customer", far_port)
            caller.bye()
            callee.expect_bye()
        place.forget_wires()
    ports.release()
