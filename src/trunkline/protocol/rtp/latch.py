"""Where a leg's media may come from and goes to: the decision, without sockets (features rows 86 and 87).

Strict: media goes to the address of the SDP only, and only packets from there are taken.
Symmetric: the first packets say where the peer really is; address, port and SSRC are pinned then, and only a new
answer opens the latch again. Until it is pinned nothing is sent anywhere but to the SDP's address, so that an
intruder hears nothing; a source that sends from the SDP's address is pinned by its first packet, one on a trusted
host displaces one that is not, and all but the first need `PIN_AFTER` packets.

Who sends first has not won: a source on neither host is no source before the answer, nor in `STRANGERS_WAIT_S` after
it. A latch that was pinned and is opened again takes packets of its former source, which goes on until its peer has
heard of the answer, but is not pinned to it meanwhile. RTCP follows the host that RTP was pinned to.
"""

from typing import Final, final

from trunkline.kit.instant import Instant, later

ACCEPT: Final = 0
"""The packet belongs to the stream."""
PINNED: Final = 1
"""The same, and the latch has just closed: connect to `destination`."""
NEW_SSRC: Final = 2
"""The same, and the peer has just changed its SSRC: statistics start a new source."""
WRONG_SOURCE: Final = 3
"""Not the peer: drop and count."""
WRONG_SSRC: Final = 4
"""From the peer's address with another SSRC than the pinned one: drop and count."""

PIN_AFTER: Final = 3
STRANGERS_WAIT_S: Final = 0.2
FORMER_S: Final = 2.0
"""After the answer: a loss or two of the message that bears it, and some 20 ms."""
SSRC_AFTER: Final = 5
CANDIDATE_SILENCE_S: Final = 0.1
"""A candidate that sends nothing for so long (five packets) gives its place to the next source."""

Address = tuple[str, int]


@final
class Latch:
    """One direction of one leg. Give it every packet until `pinned`; afterwards a connected socket filters the
    address, and only a packet whose SSRC is not `ssrc` has to come here."""

    __slots__ = (
        "_candidate",
        "_candidate_at",
        "_candidate_count",
        "_candidate_rank",
        "_candidate_ssrc",
        "_expected",
        "_follows",
        "_former",
        "_former_until",
        "_host",
        "_other_count",
        "_other_ssrc",
        "_strangers_from",
        "_trusted_host",
        "destination",
        "pinned",
        "ssrc",
        "symmetric",
    )

    def __init__(
        self, expected: Address, *, symmetric: bool, trusted_host: str | None = None, follows: bool = False
    ) -> None:
        """`expected` is the SDP's address, `trusted_host` the address that the signalling came from.

        `follows`: this is the RTCP of a stream, which `follow` tells about.
        """
        self._follows = follows
        self.pinned = self.symmetric = False
        self.destination = expected
        self.reopen(expected, symmetric=symmetric, trusted_host=trusted_host)

    def reopen(self, expected: Address, *, symmetric: bool, trusted_host: str | None = None) -> None:
        """A new answer moved this peer: its address holds, and nothing is pinned any more."""
        self._former = self.destination if self.symmetric and self.pinned else None
        self._former_until: Instant | None = None
        self._strangers_from: Instant | None = None
        self._host: str | None = None
        self._expected = self.destination = expected
        self.symmetric = symmetric
        self.pinned = not symmetric
        self.ssrc: int | None = None
        self._trusted_host = trusted_host
        self._candidate: Address | None = None
        self._candidate_at = Instant(0.0)
        self._candidate_count = 0
        self._candidate_rank = 0
        self._candidate_ssrc = 0
        self._other_ssrc: int | None = None
        self._other_count = 0

    def answered(self, now: Instant) -> None:
        """Both sides know the address: from here the peer may speak from anywhere."""
        if self._strangers_from is None:
            self._strangers_from = later(now, STRANGERS_WAIT_S)
            self._former_until = later(now, FORMER_S)

    def follow(self, host: str) -> bool:
        """RTP was pinned to this host; whether that opens this latch, which somebody else had taken."""
        if not self.symmetric:
            return False
        taken = self.pinned and self.destination != self._expected and self.destination[0] != host
        if taken:
            self.reopen(self._expected, symmetric=True, trusted_host=self._trusted_host)
            self._former = None
        self._host = host
        return taken

    def receive(self, source: Address, ssrc: int, now: Instant) -> int:
        """Judges one packet that is good RTP of an allowed payload type."""
        if not self.symmetric:
            return ACCEPT if source == self.destination else WRONG_SOURCE
        if not self.pinned:
            return self._learn(source, ssrc, now)
        if source != self.destination:
            return WRONG_SOURCE
        if ssrc == self.ssrc:
            self._other_ssrc = None
            return ACCEPT
        return self._change_ssrc(ssrc)

    def old_ssrc_alive(self) -> None:
        """Tells of a packet of the pinned SSRC that was judged elsewhere, while `doubted`."""
        self._other_ssrc = None

    @property
    def doubted(self) -> bool:
        """Whether another SSRC is on its way to take over."""
        return self._other_ssrc is not None

    def _learn(self, source: Address, ssrc: int, now: Instant) -> int:
        rank = self._rank(source)
        if rank == 2 or (rank == 1 and self._host is not None):
            return self._pin(source, ssrc)
        if source == self._former and (self._former_until is None or now < self._former_until):
            return ACCEPT
        if rank < 0 or (rank == 0 and (self._strangers_from is None or now < self._strangers_from)):
            return WRONG_SOURCE
        if source == self._candidate and ssrc == self._candidate_ssrc:
            self._candidate_count += 1
            self._candidate_at = now
            return self._pin(source, ssrc) if self._candidate_count >= PIN_AFTER else ACCEPT
        if (
            self._candidate is not None
            and rank <= self._candidate_rank
            and now - self._candidate_at < CANDIDATE_SILENCE_S
        ):
            return WRONG_SOURCE
        self._candidate = source
        self._candidate_ssrc = ssrc
        self._candidate_rank = rank
        self._candidate_count = 1
        self._candidate_at = now
        return ACCEPT

    def _rank(self, source: Address) -> int:
        """2 for the very address, 1 for a host that may be the peer's, 0 for a stranger, -1 for nobody of ours."""
        if source == self.destination:
            return 2
        if self._host is not None:
            return 1 if source[0] == self._host else -1
        if source[0] in {self.destination[0], self._trusted_host}:
            return 1
        return -1 if self._follows else 0

    def _pin(self, source: Address, ssrc: int) -> int:
        self.destination = source
        self.ssrc = ssrc
        self.pinned = True
        return PINNED

    def _change_ssrc(self, ssrc: int) -> int:
        """A peer may change its SSRC (RFC 3550 section 8.2) when its PBX joins other parties without a re-INVITE.

        It is believed after `SSRC_AFTER` packets in a row: an injector cannot silence the peer, whose own packets
        come in between.
        """
        if ssrc != self._other_ssrc:
            self._other_ssrc = ssrc
            self._other_count = 0
        self._other_count += 1
        if self._other_count < SSRC_AFTER:
            return WRONG_SSRC
        self.ssrc = ssrc
        self._other_ssrc = None
        return NEW_SSRC
