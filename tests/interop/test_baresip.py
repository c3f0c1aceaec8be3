"""baresip against baresip and through a proxy: the instrument that later shows two-way audio through a trunk."""

from pathlib import Path

import pytest

from tests.interop.baresip import Baresip
from tests.interop.kamailio import Kamailio
from tests.interop.port import PortBlock
from tests.interop.sipp import Sipp, Transport
from tests.interop.tone import heard_seconds, tone_share, write_tone

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_each_phone_hears_the_tone_of_the_other_through_a_proxy_with_digest(
    tmp_path: Path, ports: PortBlock, transport: Transport
) -> None:
    """Two-way audio is found by frequency: 440 Hz at the callee, 1000 Hz at the caller, and not the other way about."""
    login = ("customer", "Not-A-Secret-1")
    callee = Baresip(tmp_path, ports, user="callee", domain="pbx.invalid", answers=True, tone_hz=1000)
    proxy = Kamailio(
        tmp_path, ports.take(), ("127.0.0.1", callee.port), next_transport=transport, realm="sbc.invalid",
        password=login[1], tcp=transport == "tcp",
    )  # fmt: skip
    caller = Baresip(
        tmp_path, ports, user="+15005550101", domain="sbc.invalid", proxy=("127.0.0.1", proxy.port), login=login,
        transport=transport,
    )  # fmt: skip
    caller.dial("callee", "sbc.invalid")
    caller.wait_for("CALL_ESTABLISHED")
    callee.wait_for("CALL_ESTABLISHED")
    callee.talk(1.5)
    caller.hang_up()
    callee.wait_for("CALL_CLOSED")
    callee.stop()
    caller.stop()
    proxy.stop()
    for phone, own, other in ((callee, 1000, 440), (caller, 440, 1000)):
        assert heard_seconds(phone.recording()) > 1.0
        assert tone_share(phone.recording(), other) > 0.9
        assert tone_share(phone.recording(), own) < 0.01


def test_a_phone_hears_itself_from_a_callee_that_echoes(tmp_path: Path, ports: PortBlock) -> None:
    """sipp sends every RTP packet back to where it came from: the callee for tests of media without a second phone."""
    callee = Sipp("callee_answers", tmp_path, ports.take(), media_port=ports.take(4, even=True))
    caller = Baresip(
        tmp_path, ports, user="+15005550101", domain="pbx.invalid", proxy=("127.0.0.1", callee.port), tone_hz=697
    )
    caller.dial("callee", "pbx.invalid")
    caller.wait_for("CALL_ESTABLISHED")
    caller.talk(1.5)
    caller.hang_up()
    caller.wait_for("CALL_CLOSED")
    caller.stop()
    callee.stop().assert_all(1)
    assert heard_seconds(caller.recording()) > 1.0
    assert tone_share(caller.recording(), 697) > 0.9


def test_a_refused_call_is_closed_with_its_reason(tmp_path: Path, ports: PortBlock) -> None:
    proxy = Kamailio(
        tmp_path, ports.take(), ("127.0.0.1", ports.take()), realm="sbc.invalid", password="Not-A-Secret-1"
    )
    caller = Baresip(tmp_path, ports, user="+15005550101", domain="sbc.invalid", proxy=("127.0.0.1", proxy.port))
    caller.dial("callee", "sbc.invalid")
    assert "407" in str(caller.wait_for("CALL_CLOSED").get("param"))
    caller.stop()
    proxy.stop()


def test_a_tone_is_found_and_no_other(tmp_path: Path) -> None:
    file = write_tone(tmp_path / "tone.wav", 440, 1.0)
    assert tone_share(file, 440) > 0.99
    assert tone_share(file, 480) < 0.01
    assert heard_seconds(file) == pytest.approx(1.0, abs=0.01)
    assert tone_share(write_tone(tmp_path / "silence.wav", 440, 1.0, level=0.0), 440) == 0.0
