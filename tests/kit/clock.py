"""Fake time: an instant that the test moves."""

from trunkline.kit.instant import Instant


class FakeClock:
    """Starts at 1000.0, so that a forgotten zero shows; `passed` is the time since then, free of float dust."""

    def __init__(self) -> None:
        self.start = Instant(1000.0)
        self.now = self.start

    @property
    def passed(self) -> float:
        return round(self.now - self.start, 6)

    def leap(self, seconds: float) -> Instant:
        """Move on by `seconds`."""
        self.now = Instant(self.now + seconds)
        return self.now

    def leap_to(self, at: Instant) -> Instant:
        """Move on to an instant; time never goes back."""
        assert at >= self.now, f"{at} lies before {self.now}"
        self.now = at
        return self.now
