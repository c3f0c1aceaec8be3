"""The playing field: a sipp callee, one contender in front of it, and sipp callers as they are wanted."""

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.interop.port import PortBlock
from tests.interop.process import end_all, running
from tests.interop.sipp import Sipp, Statistics

from bench.contender import Contender, Running

HOLD_MS = 200
WARM_UP_CALLS, WARM_UP_RATE = 100, 50


class Field:
    """Callee and contender, up and warmed; everything is ended on the way out, whatever happened."""

    def __init__(self, contender: Contender, *, seconds: float, probe: bool = False) -> None:
        """`seconds` bounds the callee's life; with `probe` a port is kept for a callee of the bench's own."""
        self._contender = contender
        self._before = running()
        self._folder = tempfile.TemporaryDirectory(prefix="trunkline-bench-")
        self._ports = PortBlock()
        self.probe_port = self._ports.take() if probe else None
        self._seconds = seconds
        self.warm_up = WARM_UP_CALLS

    def __enter__(self) -> Self:
        try:
            self._callee = Sipp("callee_answers", self.folder, self._ports.take(), seconds=self._seconds, timed=False)
            self.running: Running = self._contender.start(self.folder, self._ports, self._callee.port, self.probe_port)
            self.call(rate=WARM_UP_RATE, calls=WARM_UP_CALLS, hold_ms=HOLD_MS)
        except BaseException:
            self._clear()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.running.stop()
        finally:
            self._clear()

    @property
    def folder(self) -> Path:
        return Path(self._folder.name)

    def take_port(self) -> int:
        return self._ports.take()

    def begin(self, *, rate: float, calls: int, hold_ms: int) -> Sipp:
        """A caller at work."""
        login = self.running.login
        return Sipp(
            "caller_digest" if self._contender.digest else "carrier_calls",
            self.folder,
            self._ports.take(),
            target=("127.0.0.1", self.running.port),
            calls=calls,
            rate=rate,
            seconds=calls / rate + hold_ms / 1000 + 20,
            callers=login.callers(),
            settings={"DOMAIN": login.domain, "HOLD_MS": str(hold_ms)},
            timed=False,
        )

    def call(self, *, rate: float, calls: int, hold_ms: int) -> Statistics:
        """A caller's whole run."""
        return self.begin(rate=rate, calls=calls, hold_ms=hold_ms).wait(calls / rate + hold_ms / 1000 + 40)

    def hang_up(self) -> Statistics:
        """Ends the callee and reads what it counted, the warm-up included."""
        return self._callee.stop()

    def _clear(self) -> None:
        end_all(keep=self._before)
        self._ports.release()
        self._folder.cleanup()
