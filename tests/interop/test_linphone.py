"""linphonec with baresip: two phones of different makers, so that neither's reading of the RFC is taken for the RFC."""

from pathlib import Path

import pytest

from tests.interop.baresip import Baresip
from tests.interop.kamailio import Kamailio
from tests.interop.linphone import Linphone
from tests.interop.port import PortBlock
from tests.interop.tone import heard_seconds, tone_share

pytestmark = pytest.mark.interop


def test_linphone_answers_and_each_side_hears_the_other(tmp_path: Path, ports: PortBlock) -> None:
    callee = Linphone(tmp_path, ports, user="callee", answers=True, tone_hz=1000)
    caller = Baresip(tmp_path, ports, user="+15005550101", domain="pbx.invalid", proxy=("127.0.0.1", callee.port))
    caller.dial("callee", "pbx.invalid")
    caller.wait_for("CALL_ESTABLISHED")
    caller.talk(2.0)
    caller.hang_up()
    callee.wait_for("ended")
    callee.stop()
    caller.stop()
    _assert_heard(callee.recording(), 440)
    _assert_heard(caller.recording(), 1000)


def test_linphone_calls_through_a_proxy_with_digest(tmp_path: Path, ports: PortBlock) -> None:
    login = ("customer", "Not-A-Secret-1")
    callee = Baresip(tmp_path, ports, user="callee", domain="pbx.invalid", answers=True, tone_hz=1000)
    proxy = Kamailio(tmp_path, ports.take(), ("127.0.0.1", callee.port), realm="sbc.invalid", password=login[1])
    caller = Linphone(
        tmp_path, ports, user="+15005550101", domain="sbc.invalid", proxy=("127.0.0.1", proxy.port), login=login
    )
    caller.dial("sip:callee@sbc.invalid")
    callee.wait_for("CALL_ESTABLISHED")
    callee.talk(2.0)
    caller.hang_up()
    callee.wait_for("CALL_CLOSED")
    caller.stop()
    callee.stop()
    proxy.stop()
    _assert_heard(callee.recording(), 440)
    _assert_heard(caller.recording(), 1000)


def _assert_heard(file: Path, frequency_hz: float) -> None:
    assert heard_seconds(file) > 1.0
    assert tone_share(file, frequency_hz) > 0.9
