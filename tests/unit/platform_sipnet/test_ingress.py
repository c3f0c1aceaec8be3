"""The ingress guard's bookkeeping."""

from trunkline.kit.instant import Instant
from trunkline.platform.sipnet.ingress import IngressGuard

NOW = Instant(1000.0)
SIP = b"OPTIONS sip:x SIP/2.0\r\n\r\n"


def test_twenty_faults_use_up_patience_and_a_second_brings_one_back() -> None:
    guard = IngressGuard()
    for _ in range(20):
        assert guard.admits(SIP, "192.0.2.9", NOW)
        guard.blame("192.0.2.9", NOW)
    assert not guard.admits(SIP, "192.0.2.9", NOW)
    assert guard.admits(SIP, "192.0.2.10", NOW)
    assert not guard.admits(SIP, "192.0.2.9", Instant(1000.9))
    assert guard.admits(SIP, "192.0.2.9", Instant(1001.0))
    guard.blame("192.0.2.9", Instant(1001.0))
    assert guard.in_debt("192.0.2.9", Instant(1001.0))
    assert not guard.in_debt("192.0.2.9", Instant(1100.0))


def test_vouched_source_is_never_in_debt() -> None:
    guard = IngressGuard(exempt=lambda address: address == "192.0.2.9")
    for _ in range(100):
        guard.blame("192.0.2.9", NOW)
    assert guard.admits(SIP, "192.0.2.9", NOW)
    assert not guard.admits(b"junk", "192.0.2.9", NOW)
    assert len(guard) == 0


def test_table_is_bounded_and_forgets_the_oldest() -> None:
    guard = IngressGuard()
    for _ in range(20):
        guard.blame("192.0.2.1", NOW)
    for number in range(10_000):
        guard.blame(f"2001:db8::{number:x}", NOW)
    assert len(guard) == 10_000
    assert not guard.in_debt("192.0.2.1", NOW)
