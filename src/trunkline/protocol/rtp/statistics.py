"""Reception statistics of one stream: sequence, loss and jitter (RFC 3550 appendices A.1, A.3, A.8).

Integers only; one method call per packet. There is no probation here: whoever counts has already decided that the
packet belongs to the stream (`trunkline.protocol.rtp.latch`).
"""

from typing import Final, final

MAX_DROPOUT: Final = 3000
MAX_MISORDER: Final = 100
MAX_JUMP: Final = 8000
"""Ticks, a second of G.711: no jitter but another clock, as when a PBX joins other parties under the same SSRC."""
_ANY: Final = -1


@final
class ReceptionStatistics:
    """Counters of what arrived; times are in ticks of the stream's clock (8 per millisecond for G.711)."""

    __slots__ = (
        "_bad_sequence",
        "_base",
        "_earlier_expected",
        "_expected_prior",
        "_jitter_samples",
        "_jitter_sum",
        "_next",
        "_received_prior",
        "_timed",
        "_transit",
        "extended_highest",
        "jitter_max",
        "jitter_scaled",
        "octets",
        "received",
    )

    def __init__(self) -> None:
        self.received = 0
        self.octets = 0
        self.extended_highest = -1
        self.jitter_scaled = 0
        """Sixteen times the interarrival jitter, in ticks (appendix A.8, the integer form)."""
        self.jitter_max = 0
        self._jitter_sum = 0
        self._jitter_samples = 0
        self._base = 0
        self._next = _ANY
        self._earlier_expected = 0
        self._bad_sequence = _ANY
        self._transit = 0
        self._timed = False
        self._expected_prior = 0
        self._received_prior = 0

    def receive(self, sequence: int, timestamp: int, arrival: int, octets: int) -> None:
        """Counts one packet of audio; `arrival` is the reading of any clock in ticks, `octets` its payload."""
        if sequence == self._next:
            self.extended_highest += 1
            self._next = (sequence + 1) & 0xFFFF
            self.received += 1
            self.octets += octets
        elif not self.receive_untimed(sequence, octets):
            return
        transit = arrival - timestamp
        difference = (transit - self._transit) & 0xFFFFFFFF
        if difference & 0x80000000:
            difference = 0x100000000 - difference
        self._transit = transit
        if self._timed and difference < MAX_JUMP:
            self.jitter_scaled += difference - ((self.jitter_scaled + 8) >> 4)
        else:
            self._timed = True

    def receive_untimed(self, sequence: int, octets: int) -> bool:
        """Counts a packet whose timestamp tells nothing of its sending (RFC 4733); False if it was set aside.

        A jump of the sequence is believed when its next packet follows (A.1): until then the packet counts as
        neither expected nor received.
        """
        if self._next == _ANY:
            self._restart(sequence)
        else:
            delta = (sequence - self.extended_highest) & 0xFFFF
            if delta < MAX_DROPOUT:
                self.extended_highest += delta
                self._next = (sequence + 1) & 0xFFFF
            elif delta <= 0x10000 - MAX_MISORDER:
                if sequence != self._bad_sequence:
                    self._bad_sequence = (sequence + 1) & 0xFFFF
                    return False
                self._restart(sequence)
        self.received += 1
        self.octets += octets
        return True

    def new_source(self) -> None:
        """Another SSRC takes the stream over: the change of its numbering is neither loss nor jitter."""
        self._next = _ANY
        self._timed = False

    def _restart(self, sequence: int) -> None:
        self._earlier_expected = self.expected
        self._base = self.extended_highest = sequence
        self._next = (sequence + 1) & 0xFFFF
        self._bad_sequence = _ANY
        self._timed = False

    @property
    def expected(self) -> int:
        """Packets that the sequence numbers say were sent."""
        return self._earlier_expected + self.extended_highest - self._base + 1

    @property
    def lost(self) -> int:
        """Packets expected and not received; below zero when duplicates came (A.3)."""
        return self.expected - self.received

    @property
    def loss_ratio(self) -> float:
        """The share of packets lost, 0 to 1."""
        expected = self.expected
        return max(0.0, (expected - self.received) / expected) if expected else 0.0

    @property
    def jitter(self) -> int:
        """Interarrival jitter in ticks, as a report block carries it."""
        return self.jitter_scaled >> 4

    @property
    def jitter_mean(self) -> int:
        """The mean of the samples taken, in ticks; the present value while there are none."""
        return self._jitter_sum // self._jitter_samples if self._jitter_samples else self.jitter

    def sample(self) -> None:
        """Notes the present jitter for `jitter_max` and `jitter_mean`; called now and then, not per packet."""
        jitter = self.jitter
        self._jitter_sum += jitter
        self._jitter_samples += 1
        self.jitter_max = max(self.jitter_max, jitter)

    def fraction_lost(self) -> int:
        """The loss since the last call in 256ths, for the next report block (A.3)."""
        expected = self.expected
        interval = expected - self._expected_prior
        lost = interval - (self.received - self._received_prior)
        self._expected_prior = expected
        self._received_prior = self.received
        return min(255, (lost << 8) // interval) if interval > 0 and lost > 0 else 0
