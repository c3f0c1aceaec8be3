"""A gateway's part of limits that several gateways share by count alone."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` within any `seconds`."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Share:
    """The part of every limit that is this gateway's, the `place`-th of `gateways` (from 0) that share by count alone.

    The parts of all gateways add up to the limit. A rate below one call for each gateway is stretched in time instead,
    since a gateway without any would refuse every call: 1 call a second among 3 is one call in 3 s each.
    """

    place: int = 0
    gateways: int = 1

    def calls(self, limit: int) -> int:
        """Of calls at once."""
        return limit // self.gateways + (1 if self.place < limit % self.gateways else 0)

    def rate(self, cps: int) -> Rate:
        """Of calls a second."""
        if 0 < cps < self.gateways:
            return Rate(1, self.gateways / cps)
        return Rate(self.calls(cps), 1.0)


WHOLE: Final = Share()
