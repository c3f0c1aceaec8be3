"""The ingress guard: what is dropped before anything is parsed."""

from collections import OrderedDict
from collections.abc import Callable

from trunkline.kit.instant import Instant

_BURST = 20.0
_PER_SECOND = 1.0
_MAX_SOURCES = 10_000


def _nobody(address: str) -> bool:
    return False


class IngressGuard:
    """A first look, and a bucket of patience per source.

    Each fault of a source (`blame`) costs a token of 20, one comes back each second; a source without tokens is not
    parsed at all. UDP sources can be forged, so addresses that the user vouches for (`exempt`: carriers, addresses in
    an access list) are never in debt.
    """

    __slots__ = ("_exempt", "_sources")

    def __init__(self, exempt: Callable[[str], bool] = _nobody) -> None:
        self._exempt = exempt
        self._sources: OrderedDict[str, tuple[float, Instant]] = OrderedDict()

    def __len__(self) -> int:
        """Sources that have been blamed."""
        return len(self._sources)

    def apart(self) -> "IngressGuard":
        """One with books of its own that vouches for the same sources."""
        return IngressGuard(self._exempt)

    def admits(self, data: bytes, address: str, now: Instant) -> bool:
        """Whether a message is worth parsing; one that is no SIP is blamed on its source."""
        if b"SIP/" not in data:
            self.blame(address, now)
            return False
        return not self._sources or not self.in_debt(address, now)

    def in_debt(self, address: str, now: Instant) -> bool:
        """Whether nothing is to be taken from this source now."""
        return address in self._sources and self._tokens(address, now) < 1.0

    def blame(self, address: str, now: Instant) -> None:
        """A source sent junk (the user agent's anomalies count as well)."""
        if self._exempt(address):
            return
        tokens = self._tokens(address, now)
        self._sources[address] = (max(0.0, tokens - 1.0), now)
        self._sources.move_to_end(address)
        if len(self._sources) > _MAX_SOURCES:
            self._sources.popitem(last=False)

    def _tokens(self, address: str, now: Instant) -> float:
        held = self._sources.get(address)
        if held is None:
            return _BURST
        tokens, at = held
        return min(_BURST, tokens + (now - at) * _PER_SECOND)
