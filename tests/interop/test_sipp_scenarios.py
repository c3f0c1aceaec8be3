"""Our sipp scenarios against each other: each end must agree with the other before either judges the platform."""

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.interop.baresip import Baresip
from tests.interop.kamailio import Kamailio
from tests.interop.port import PortBlock
from tests.interop.sipp import Caller, Sipp, Statistics, Transport, run_sipp

pytestmark = pytest.mark.interop
CALLER = Caller("customer", "Not-A-Secret-1", "+15005550101", "+15005550102")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_carrier_and_callee_complete_every_call(tmp_path: Path, ports: PortBlock, transport: Transport) -> None:
    """RFC 3261 section 13: INVITE, 100, 180, 200, ACK, BYE, 200, counted alike at both ends."""
    callee = Sipp("callee_answers", tmp_path, ports.take(), transport=transport)
    caller = run_sipp(
        "carrier_calls", tmp_path, ports.take(), ("127.0.0.1", callee.port), calls=20, rate=50, transport=transport,
        callers=[CALLER], settings={"DOMAIN": "carrier.invalid", "HOLD_MS": "50"},
    )  # fmt: skip
    heard = callee.stop()
    caller.assert_all(20)
    heard.assert_all(20)
    assert len(caller.response_ms["setup"]) == len(caller.response_ms["answer"]) == 20


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_caller_answers_the_challenge_of_a_proxy_on_every_call(
    tmp_path: Path, ports: PortBlock, transport: Transport
) -> None:
    """Row 23's peer: INVITE, 407, ACK, INVITE with digest, and the route set is obeyed (RFC 3261 section 12.2.1.1)."""
    callee = Sipp("callee_answers", tmp_path, ports.take(), transport=transport)
    proxy = Kamailio(
        tmp_path, ports.take(), ("127.0.0.1", callee.port), next_transport=transport,
        realm="sbc.invalid", password=CALLER.password, tcp=transport == "tcp",
    )  # fmt: skip
    caller = _call(tmp_path, ports, proxy.port, "caller_digest", transport)
    heard = callee.stop()
    assert proxy.stop() == 0
    caller.assert_all(10)
    heard.assert_all(10)


def test_caller_with_the_wrong_password_fails_every_call(tmp_path: Path, ports: PortBlock) -> None:
    proxy = Kamailio(
        tmp_path, ports.take(), ("127.0.0.1", ports.take()), realm="sbc.invalid", password="Not-A-Secret-2"
    )
    caller = _call(tmp_path, ports, proxy.port, "caller_refused", "udp", settings={"STATUS": "407"})
    proxy.stop()
    caller.assert_all(10)


# A proxy turns 503 into 500 (RFC 3261 section 16.7 step 6).
CROSSINGS = [
    ("caller_refused", {"STATUS": "486"}, "callee_refuses", {"STATUS_LINE": "486 Busy Here"}),
    ("caller_refused", {"STATUS": "500"}, "callee_refuses", {"STATUS_LINE": "503 Service Unavailable"}),
    ("caller_refused", {"STATUS": "302"}, "callee_redirects", {"CONTACT": "<sip:+15005550103@127.0.0.1:9>"}),
    ("caller_cancels", {}, "callee_rings", {}),
    ("caller_hung_up", {}, "callee_hangs_up", {}),
]


@pytest.mark.parametrize(("near", "near_settings", "far", "far_settings"), CROSSINGS)
def test_both_ends_of_a_scenario_agree_through_a_proxy(
    tmp_path: Path, ports: PortBlock, near: str, near_settings: dict[str, str], far: str, far_settings: dict[str, str]
) -> None:
    """Refusal, redirect, CANCEL and a hang-up by the far side, each with its own ACK (RFC 3261 section 17.1.1.3)."""
    callee = Sipp(far, tmp_path, ports.take(), settings={"HOLD_MS": "100", **far_settings})
    proxy = Kamailio(tmp_path, ports.take(), ("127.0.0.1", callee.port), realm="sbc.invalid", password=CALLER.password)
    caller = _call(tmp_path, ports, proxy.port, near, "udp", settings=near_settings)
    heard = callee.stop()
    assert proxy.stop() == 0
    caller.assert_all(10)
    heard.assert_all(10)


def test_options_is_answered(tmp_path: Path, ports: PortBlock) -> None:
    """Row 28's peer."""
    proxy = Kamailio(tmp_path, ports.take(), ("127.0.0.1", ports.take()))
    caller = _call(tmp_path, ports, proxy.port, "options", "udp")
    proxy.stop()
    caller.assert_all(10)


def test_pbx_fails_a_call_without_the_headers_of_origination(tmp_path: Path, ports: PortBlock) -> None:
    """The checks of rows 61-63 can fail: a carrier's bare INVITE has neither Diversion nor X-Twilio-AccountSid."""
    pbx = Sipp("pbx_answers", tmp_path, ports.take())
    caller = _call(tmp_path, ports, pbx.port, "carrier_calls", "udp", calls=3)
    heard = pbx.stop()
    caller.assert_all(3)
    assert (heard.successful, heard.failed) == (0, 3)


def test_a_silent_callee_takes_the_invite_and_says_nothing(tmp_path: Path, ports: PortBlock) -> None:
    """Row 55's peer: one call, however often the INVITE is sent again, and not one datagram back."""
    callee = Sipp("callee_silent", tmp_path, ports.take(), settings={"WAIT_MS": "300"})
    invite = (
        f"INVITE sip:callee@127.0.0.1:{callee.port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1\r\n"
        "From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:b@127.0.0.1>\r\nCall-ID: silent\r\nCSeq: 1 INVITE\r\n"
        "Contact: <sip:a@127.0.0.1>\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.settimeout(0.1)
        for _ in range(2):
            caller.sendto(invite.encode(), ("127.0.0.1", callee.port))
            with pytest.raises(TimeoutError):
                caller.recv(65535)
    assert callee.stop().created == 1


def test_hold_and_resume_are_answered_in_kind(tmp_path: Path, ports: PortBlock) -> None:
    """RFC 3264 section 8.4: sendonly is answered recvonly or inactive, sendrecv again sendrecv."""
    phone = Baresip(tmp_path, ports, user=CALLER.callee, domain="pbx.invalid", answers=True)
    proxy = Kamailio(tmp_path, ports.take(), ("127.0.0.1", phone.port), realm="sbc.invalid", password=CALLER.password)
    caller = _call(tmp_path, ports, proxy.port, "caller_holds", "udp", calls=1)
    phone.stop()
    proxy.stop()
    caller.assert_all(1)


def test_register_meets_its_refusal(tmp_path: Path, ports: PortBlock) -> None:
    """Row 26's peer: the status passes, and the missing X-Twilio-Error is seen."""
    proxy = Kamailio(tmp_path, ports.take(), ("127.0.0.1", ports.take()))
    caller = _call(tmp_path, ports, proxy.port, "register", "udp", calls=2, settings={"STATUS": "405"})
    proxy.stop()
    assert (caller.successful, caller.failed) == (0, 2)
    assert caller.failures == {"RegexpHdrNotFound": 2}


def _call(
    folder: Path,
    ports: PortBlock,
    port: int,
    scenario: str,
    transport: Transport,
    *,
    calls: int = 10,
    settings: Mapping[str, str] | None = None,
) -> Statistics:
    return run_sipp(
        scenario, folder, ports.take(), ("127.0.0.1", port), calls=calls, rate=50, seconds=10, transport=transport,
        callers=[CALLER], settings={"DOMAIN": "sbc.invalid", "HOLD_MS": "50", **(settings or {})},
    )  # fmt: skip
