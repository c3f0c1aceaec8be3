"""An event loop on virtual time: when everything waits, time leaps to the next timer. Real sockets still work.

The selector is asked without waiting; only when it has nothing does time leap, so a test that needs packets to travel
uses the real loop instead.
"""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class _Leaping(selectors.DefaultSelector):
    leapt = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            return super().select(1.0)  # nothing is armed: only a socket can go on
        if not ready and timeout:
            self.leapt += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` starts at 1000.0."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)
        self.set_debug(True)
        self.slow_callback_duration = 60.0

    def time(self) -> float:
        return 1000.0 + self._leaping.leapt


def run(test: Callable[[], Awaitable[T]]) -> T:
    """Run an async test on virtual time."""

    async def main() -> T:
        return await test()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())
