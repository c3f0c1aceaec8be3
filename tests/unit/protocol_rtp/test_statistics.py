"""RFC 3550 appendices A.1, A.3 and A.8: what arrived, what was lost, how unevenly."""

from collections.abc import Iterable

from trunkline.protocol.rtp.statistics import ReceptionStatistics

PACKET = 160
"""Ticks and octets of 20 ms of G.711."""


def fed(sequences: Iterable[int], statistics: ReceptionStatistics | None = None) -> ReceptionStatistics:
    """Packets that arrive exactly when they were sent."""
    statistics = statistics or ReceptionStatistics()
    for sequence in sequences:
        statistics.receive(sequence & 0xFFFF, sequence * PACKET, sequence * PACKET, PACKET)
    return statistics


def test_nothing_received_is_nothing_lost() -> None:
    statistics = ReceptionStatistics()
    assert (statistics.expected, statistics.lost, statistics.loss_ratio) == (0, 0, 0.0)
    assert statistics.fraction_lost() == 0
    assert statistics.jitter_mean == 0


def test_a_stream_in_order_across_the_wrap_of_the_sequence() -> None:
    statistics = fed(range(65500, 65600))
    assert (statistics.received, statistics.expected, statistics.lost) == (100, 100, 0)
    assert statistics.extended_highest == 65599
    assert statistics.octets == 16000
    assert statistics.jitter == 0


def test_sequence_zero_may_come_first() -> None:
    assert fed(range(5)).expected == 5


def test_gaps_are_loss() -> None:
    statistics = fed(sequence for sequence in range(100, 200) if sequence % 10 != 5)
    assert (statistics.expected, statistics.lost) == (100, 10)
    assert statistics.loss_ratio == 0.1


def test_late_packets_fill_their_gap_and_duplicates_count_against_loss() -> None:
    assert fed([1, 2, 4, 3, 5]).lost == 0
    statistics = fed([1, 2, 2, 2, 3])
    assert statistics.lost == -2
    assert statistics.loss_ratio == 0.0


def test_a_jump_is_believed_when_the_next_packet_follows() -> None:
    """A.1: a source that restarts, here by 20,000."""
    statistics = fed([1, 2, 3, 20003])
    assert (statistics.received, statistics.expected) == (3, 3)
    fed([20004, 20005], statistics)
    assert (statistics.received, statistics.expected, statistics.lost) == (5, 5, 0)
    assert statistics.extended_highest == 20005


def test_a_stray_packet_from_afar_is_set_aside() -> None:
    statistics = fed([1, 2, 30000, 3, 40000, 4])
    assert (statistics.received, statistics.expected) == (4, 4)


def test_a_new_source_starts_its_own_numbering() -> None:
    statistics = fed([10, 11, 12])
    statistics.new_source()
    statistics.receive(11, 5, 999_999, PACKET)
    statistics.receive(12, 5 + PACKET, 999_999 + PACKET, PACKET)
    assert (statistics.received, statistics.expected, statistics.lost) == (5, 5, 0)
    assert statistics.jitter == 0


def test_fraction_lost_is_of_the_interval() -> None:
    """A.3: 256ths of what was expected since the last report."""
    statistics = fed(sequence for sequence in range(100) if sequence % 4 != 3)
    assert statistics.fraction_lost() == (24 << 8) // 99
    fed(range(100, 200), statistics)
    assert statistics.fraction_lost() == (1 << 8) // 101  # packet 99 turned out lost
    assert statistics.fraction_lost() == 0


def test_jitter_follows_the_integer_recurrence() -> None:
    """A.8: J += |D| - (J + 8) / 16, kept sixteen-fold; every second packet 5 ms (40 ticks) late."""
    statistics = ReceptionStatistics()
    expected = 0
    for sequence in range(50):
        late = 40 * (sequence % 2)
        statistics.receive(sequence, sequence * PACKET, sequence * PACKET + late, PACKET)
        if sequence:
            expected += 40 - ((expected + 8) >> 4)
    assert statistics.jitter == expected >> 4
    assert 36 <= statistics.jitter <= 40


def test_jitter_survives_the_wrap_of_the_timestamp() -> None:
    statistics = ReceptionStatistics()
    for sequence in range(20):
        statistics.receive(sequence, (0xFFFFFFFF - 800 + sequence * PACKET) & 0xFFFFFFFF, sequence * PACKET, PACKET)
    assert statistics.jitter == 0


def test_another_clock_under_the_same_ssrc_is_no_jitter() -> None:
    """RFC 3550 section 5.1: a PBX that turns to another party goes on with its own numbers and the other timestamps."""
    statistics = fed(range(50))
    for sequence in range(50, 100):
        statistics.receive(sequence, 0x7000_0000 + sequence * PACKET, sequence * PACKET, PACKET)
    assert (statistics.jitter, statistics.lost) == (0, 0)
    statistics.receive(100, 0x7000_0000 + 100 * PACKET, 100 * PACKET + 800, PACKET)
    assert statistics.jitter == 50


def test_events_are_counted_without_a_time() -> None:
    """RFC 4733 section 2.4.1: all packets of an event carry the timestamp of its beginning."""
    statistics = fed([1, 2])
    assert statistics.receive_untimed(3, 4)
    assert statistics.receive_untimed(4, 4)
    fed([5, 6], statistics)
    assert (statistics.received, statistics.lost, statistics.jitter) == (6, 0, 0)
    assert statistics.octets == 4 * PACKET + 8


def test_samples_give_mean_and_greatest_jitter() -> None:
    statistics = ReceptionStatistics()
    for sequence in range(200):
        late = 80 * (sequence % 2) if sequence < 100 else 0
        statistics.receive(sequence, sequence * PACKET, sequence * PACKET + late, PACKET)
        if sequence % 50 == 49:
            statistics.sample()
    assert statistics.jitter_max > 70
    assert 0 < statistics.jitter_mean < statistics.jitter_max
