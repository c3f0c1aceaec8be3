"""Coroutines on fake time: `pause` is their only way to wait, `PausedRunner` the jobs' room."""

from collections.abc import Callable, Coroutine, Generator
from typing import Any

from tests.kit.world import World


class Pause:
    """What a coroutine hands to its runner."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __await__(self) -> Generator["Pause", None, None]:
        yield self


async def pause(seconds: float) -> None:
    """Wait on the fake clock."""
    await Pause(seconds)


class JobEnded(Exception):
    """A job without a value: it crashed or took too long."""


class PausedRunner:
    """service.gateway.port.Runner; `crash` lists the jobs, counted from 0, that die at their start."""

    def __init__(self, world: World, wake: Callable[[], None]) -> None:
        self._world = world
        self._wake = wake
        self.started = 0
        self.running = 0
        self.crash: set[int] = set()

    def run(self, work: Coroutine[Any, Any, Any], deadline_s: float, done: Callable[[Any], None]) -> None:
        number = self.started
        self.started += 1
        self.running += 1
        _Job(self, self._world, work, deadline_s, done, crashes=number in self.crash).start()

    def ended(self, done: Callable[[Any], None], value: Any) -> None:
        self.running -= 1
        done(value)
        self._wake()


class _Job:
    def __init__(
        self,
        runner: PausedRunner,
        world: World,
        work: Coroutine[Any, Any, Any],
        deadline_s: float,
        done: Callable[[Any], None],
        *,
        crashes: bool,
    ) -> None:
        self._runner = runner
        self._world = world
        self._work = work
        self._ends_at = world.now + deadline_s
        self._done = done
        self._crashes = crashes

    def start(self) -> None:
        self._world.after(0.0, self._go_on)

    def _go_on(self) -> None:
        if self._crashes:
            self._work.close()
            self._runner.ended(self._done, JobEnded("crashed"))
            return
        try:
            paused: Pause = self._work.send(None)
        except StopIteration as stop:
            self._runner.ended(self._done, stop.value)
        except ConnectionError as error:
            self._runner.ended(self._done, JobEnded(str(error)))
        else:
            if self._world.now + paused.seconds >= self._ends_at:
                self._work.close()
                self._world.after(
                    self._ends_at - self._world.now, lambda: self._runner.ended(self._done, JobEnded("deadline"))
                )
            else:
                self._world.after(paused.seconds, self._go_on)
