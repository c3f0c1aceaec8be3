"""Rows 86 and 87: symmetric RTP off and on; goals.md, attacks on the relay."""

from trunkline.kit.instant import Instant
from trunkline.protocol.rtp.latch import (
    ACCEPT,
    FORMER_S,
    NEW_SSRC,
    PINNED,
    STRANGERS_WAIT_S,
    WRONG_SOURCE,
    WRONG_SSRC,
    Latch,
)

SDP = ("192.0.2.10", 4000)
NAT = ("192.0.2.77", 61234)
INTRUDER = ("192.0.2.66", 6666)


def at(seconds: float) -> Instant:
    return Instant(seconds)


def test_row_86_strict_takes_and_sends_only_the_sdp_address() -> None:
    latch = Latch(SDP, symmetric=False)
    assert latch.receive(INTRUDER, 1, at(0)) == WRONG_SOURCE
    assert latch.receive((SDP[0], 4002), 1, at(0)) == WRONG_SOURCE
    assert latch.receive(SDP, 1, at(0)) == ACCEPT
    assert latch.receive(SDP, 2, at(0)) == ACCEPT
    assert latch.destination == SDP


def answered(trusted_host: str | None = None) -> Latch:
    """Long enough ago for anybody to speak."""
    latch = Latch(SDP, symmetric=True, trusted_host=trusted_host)
    latch.answered(at(-STRANGERS_WAIT_S))
    return latch


def test_row_87_symmetric_pins_the_first_source_after_three_packets() -> None:
    latch = answered()
    assert [latch.receive(NAT, 7, at(0.02 * n)) for n in range(3)] == [ACCEPT, ACCEPT, PINNED]
    assert latch.pinned
    assert latch.destination == NAT
    assert latch.ssrc == 7


def test_row_87_who_sends_before_the_answer_or_first_after_it_has_not_won() -> None:
    """Goals, attacks on the relay: whoever sprays every port would have each call that rings."""
    latch = Latch(SDP, symmetric=True, trusted_host=NAT[0])
    assert {latch.receive(INTRUDER, 1, at(0.02 * n)) for n in range(100)} == {WRONG_SOURCE}
    latch.answered(at(2))
    latch.answered(at(2.1))
    assert {latch.receive(INTRUDER, 1, at(2 + 0.02 * n)) for n in range(10)} == {WRONG_SOURCE}
    assert latch.receive(INTRUDER, 1, at(2.01 + STRANGERS_WAIT_S)) == ACCEPT
    assert [latch.receive(NAT, 7, at(2.3 + 0.02 * n)) for n in range(3)] == [ACCEPT, ACCEPT, PINNED]


def test_the_signalling_host_may_speak_before_the_answer() -> None:
    latch = Latch(SDP, symmetric=True, trusted_host=NAT[0])
    assert [latch.receive(NAT, 7, at(0.02 * n)) for n in range(3)] == [ACCEPT, ACCEPT, PINNED]


def test_a_source_that_plays_on_while_its_peer_moves_is_heard_and_not_pinned_again() -> None:
    """RFC 3264 section 8.3.1: the old port is in use until the answer has arrived."""
    latch = answered()
    assert [latch.receive(NAT, 7, at(0.02 * n)) for n in range(3)][2] == PINNED
    moved, outside = ("192.0.2.10", 5000), (NAT[0], 40_000)
    latch.reopen(moved, symmetric=True, trusted_host=NAT[0])
    latch.answered(at(1))
    assert {latch.receive(NAT, 7, at(1 + 0.02 * n)) for n in range(20)} == {ACCEPT}
    assert latch.destination == moved
    assert [latch.receive(outside, 7, at(1.5 + 0.02 * n)) for n in range(3)] == [ACCEPT, ACCEPT, PINNED]
    assert latch.receive(NAT, 7, at(1.6)) == WRONG_SOURCE


def test_a_source_that_stays_where_it_was_is_pinned_in_the_end() -> None:
    latch = answered()
    assert [latch.receive(NAT, 7, at(0.02 * n)) for n in range(3)][2] == PINNED
    latch.reopen(("192.0.2.10", 5000), symmetric=True, trusted_host=NAT[0])
    latch.answered(at(1))
    late = 1 + FORMER_S
    assert [latch.receive(NAT, 7, at(late + 0.02 * n)) for n in range(3)] == [ACCEPT, ACCEPT, PINNED]


def rtcp() -> Latch:
    latch = Latch((SDP[0], SDP[1] + 1), symmetric=True, trusted_host="192.0.2.50", follows=True)
    latch.answered(at(-STRANGERS_WAIT_S))
    return latch


def test_rtcp_is_taken_from_the_host_that_rtp_was_pinned_to() -> None:
    """Goals, row 8: reports tell of a call too, and come so seldom that a stranger is always first."""
    latch = rtcp()
    assert {latch.receive(INTRUDER, 1, at(n)) for n in range(10)} == {WRONG_SOURCE}
    assert not latch.follow(NAT[0])
    assert latch.receive(INTRUDER, 1, at(11)) == WRONG_SOURCE
    assert latch.receive((NAT[0], 61_235), 5, at(12)) == PINNED


def test_rtcp_that_another_host_took_is_open_again_when_rtp_is_pinned() -> None:
    latch = rtcp()
    assert [latch.receive(("192.0.2.50", 99), 1, at(n)) for n in range(3)] == [ACCEPT, ACCEPT, PINNED]
    assert latch.follow(NAT[0])
    assert latch.destination == (SDP[0], SDP[1] + 1)
    assert latch.receive(("192.0.2.50", 99), 1, at(4)) == WRONG_SOURCE
    assert latch.receive((NAT[0], 61_235), 5, at(5)) == PINNED


def test_rtcp_from_the_address_of_its_own_attribute_is_the_peers() -> None:
    """RFC 3605: a=rtcp may name another host than RTP's."""
    latch = rtcp()
    assert latch.receive((SDP[0], SDP[1] + 1), 1, at(0)) == PINNED
    assert not latch.follow(NAT[0])
    strict = Latch(SDP, symmetric=False, follows=True)
    assert not strict.follow(NAT[0])
    assert strict.receive(SDP, 1, at(1)) == ACCEPT


def test_nothing_is_sent_to_a_candidate_that_is_not_pinned() -> None:
    latch = answered()
    latch.receive(INTRUDER, 1, at(0))
    latch.receive(INTRUDER, 1, at(0.001))
    assert latch.destination == SDP


def test_the_sdp_address_is_pinned_by_its_first_packet() -> None:
    latch = answered()
    latch.receive(INTRUDER, 1, at(0))
    latch.receive(INTRUDER, 1, at(0.001))
    assert latch.receive(SDP, 9, at(0.002)) == PINNED
    assert latch.receive(INTRUDER, 1, at(0.003)) == WRONG_SOURCE
    assert latch.destination == SDP


def test_the_host_of_the_signalling_displaces_a_stranger() -> None:
    latch = answered(NAT[0])
    latch.receive(INTRUDER, 1, at(0))
    latch.receive(INTRUDER, 1, at(0.001))
    assert latch.receive(NAT, 5, at(0.002)) == ACCEPT
    assert latch.receive(INTRUDER, 1, at(0.003)) == WRONG_SOURCE
    latch.receive(NAT, 5, at(0.02))
    assert latch.receive(NAT, 5, at(0.04)) == PINNED


def test_the_sdp_host_with_another_port_displaces_a_stranger() -> None:
    latch = answered()
    latch.receive(INTRUDER, 1, at(0))
    assert latch.receive((SDP[0], 50000), 5, at(0.001)) == ACCEPT


def test_a_second_source_waits_until_the_candidate_is_silent() -> None:
    latch = answered()
    assert latch.receive(INTRUDER, 1, at(0)) == ACCEPT
    assert latch.receive(NAT, 5, at(0.05)) == WRONG_SOURCE
    assert latch.receive(NAT, 5, at(0.2)) == ACCEPT
    latch.receive(NAT, 5, at(0.22))
    assert latch.receive(NAT, 5, at(0.24)) == PINNED


def pinned() -> Latch:
    latch = Latch(SDP, symmetric=True)
    assert latch.receive(SDP, 9, at(0)) == PINNED
    return latch


def test_a_pinned_latch_takes_no_other_source_whatever_its_ssrc() -> None:
    latch = pinned()
    for n in range(1000):
        assert latch.receive(INTRUDER, 9, at(1 + n)) == WRONG_SOURCE
    assert latch.destination == SDP


def test_a_forged_ssrc_never_takes_over_while_the_peer_sends() -> None:
    latch = pinned()
    for n in range(100):
        assert [latch.receive(SDP, 666, at(n)) for _ in range(4)] == [WRONG_SSRC] * 4
        assert latch.doubted
        assert latch.receive(SDP, 9, at(n)) == ACCEPT
        assert not latch.doubted


def test_a_peer_that_changes_its_ssrc_is_heard_after_five_packets() -> None:
    """RFC 3550 section 8.2: SSRCs may change at any time."""
    latch = pinned()
    verdicts = [latch.receive(SDP, 10, at(n)) for n in range(6)]
    assert verdicts == [WRONG_SSRC] * 4 + [NEW_SSRC, ACCEPT]
    assert latch.ssrc == 10


def test_packets_judged_elsewhere_keep_the_old_ssrc() -> None:
    latch = pinned()
    for n in range(20):
        assert latch.receive(SDP, 10, at(n)) == WRONG_SSRC
        latch.old_ssrc_alive()
    assert latch.ssrc == 9


def test_two_strange_ssrcs_do_not_help_each_other() -> None:
    latch = pinned()
    verdicts = {latch.receive(SDP, 10 + n % 2, at(n)) for n in range(20)}
    assert verdicts == {WRONG_SSRC}


def test_only_a_new_answer_opens_the_latch_again() -> None:
    latch = pinned()
    latch.reopen(("192.0.2.11", 5000), symmetric=True)
    assert not latch.pinned
    assert latch.destination == ("192.0.2.11", 5000)
    assert latch.receive(("192.0.2.11", 5000), 3, at(1)) == PINNED
    latch.reopen(SDP, symmetric=False)
    assert latch.receive(NAT, 3, at(2)) == WRONG_SOURCE
