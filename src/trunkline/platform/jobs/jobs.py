"""The supervisor: every task of the process lives in its one task group, belongs to somebody and has an end."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

import structlog

from trunkline.platform.jobs.outcome import JobDone, JobEnd, JobFailed, JobOutcome

T = TypeVar("T")
Work = Coroutine[Any, Any, T]

_log = structlog.get_logger(__name__)

RESTARTS = 5
RESTART_WINDOW_S = 60.0
_FIRST_PAUSE_S = 0.1


class ServiceCrashed(Exception):
    """Our bug: a service crashed again and again; it ends the process, whose supervisor starts a fresh one."""


class Jobs:
    """Jobs and services of one process. Use as `async with Jobs() as jobs:`; leaving cancels what still runs.

    A *job* is slow work for somebody (a call): it has a deadline and exactly one outcome. A *service* is a loop that
    lives as long as the process. Nothing here runs before the block is entered.
    """

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._by_key: dict[Hashable, set[asyncio.Task[Any]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False
        self.crashes = 0

    def __len__(self) -> int:
        """How many jobs and services run."""
        return len(self._tasks)

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel_all()
        await self._group.__aexit__(kind, error, trace)
        if self._tasks or self._by_key:
            raise RuntimeError(f"left behind: {[task.get_name() for task in self._tasks]}")

    # ---- jobs

    def run(
        self,
        work: Work[T],
        deadline_s: float,
        done: Callable[[JobOutcome[T]], None],
        *,
        key: Hashable = None,
        name: str = "",
    ) -> None:
        """Start a job; `done` is called once from the loop, never from within this call.

        `key` is what `cancel` goes by. A crash of `work` or of `done` is logged and stays here.
        """
        name = name or getattr(work, "__qualname__", "job")
        if self._closing:
            work.close()
            outcome = JobFailed(JobEnd.CANCELLED, "shutting down")
            asyncio.get_running_loop().call_soon(self._hand_over, outcome, done, name)
            return
        task = self._group.create_task(self._attend(work, deadline_s, name), name=name)
        self._tasks.add(task)
        if key is not None:
            self._by_key.setdefault(key, set()).add(task)
        task.add_done_callback(partial(self._finished, work, done, key))

    async def _attend(self, work: Work[T], deadline_s: float, name: str) -> JobOutcome[T]:
        limit = asyncio.timeout(deadline_s)
        try:
            async with limit:
                return JobDone(await work)
        except TimeoutError as error:
            if limit.expired():
                return JobFailed(JobEnd.DEADLINE, f"{name} took longer than {deadline_s} s")
            return self._crashed(name, error)
        except Exception as error:  # noqa: BLE001  the bulkhead of style section 8: a job's bug ends that job only
            return self._crashed(name, error)

    def _crashed(self, name: str, error: Exception) -> JobFailed:
        self.crashes += 1
        _log.error("job crashed", job=name, exc_info=error)
        return JobFailed(JobEnd.CRASHED, f"{type(error).__name__} in {name}")

    def _finished(
        self,
        work: Work[T],
        done: Callable[[JobOutcome[T]], None],
        key: Hashable,
        task: asyncio.Task[JobOutcome[T]],
    ) -> None:
        self._forget(task, key)
        if task.cancelled():
            work.close()  # it may never have been started
            outcome: JobOutcome[T] = JobFailed(JobEnd.CANCELLED, f"{task.get_name()} was cancelled")
        elif task.exception() is not None:
            return  # the process is ending (KeyboardInterrupt, SystemExit)
        else:
            outcome = task.result()
        self._hand_over(outcome, done, task.get_name())

    def _hand_over(self, outcome: JobOutcome[T], done: Callable[[JobOutcome[T]], None], name: str) -> None:
        try:
            done(outcome)
        except Exception as error:  # noqa: BLE001  the same bulkhead: who receives the outcome may be wrong too
            self.crashes += 1
            _log.error("job outcome crashed its receiver", job=name, exc_info=error)

    def _forget(self, task: asyncio.Task[Any], key: Hashable) -> None:
        self._tasks.discard(task)
        if key is not None and (mine := self._by_key.get(key)) is not None:
            mine.discard(task)
            if not mine:
                del self._by_key[key]

    def cancel(self, key: Hashable) -> None:
        """Cancel every job of that key; each still has its outcome, CANCELLED unless it was quicker."""
        for task in list(self._by_key.get(key, ())):
            task.cancel()

    def cancel_all(self) -> None:
        """Cancel everything and start nothing more."""
        self._closing = True
        for task in list(self._tasks):
            task.cancel()

    # ---- services

    def spawn_service(self, start: Callable[[], Awaitable[None]], name: str) -> None:
        """Run a loop that lives as long as the process; `start` is called again when it crashes.

        More than RESTARTS crashes within RESTART_WINDOW_S end the process: the block is left with ServiceCrashed.
        """
        if self._closing:
            return
        task = self._group.create_task(self._serve(start, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(lambda task: self._forget(task, None))

    async def _serve(self, start: Callable[[], Awaitable[None]], name: str) -> None:
        loop = asyncio.get_running_loop()
        crashed_at: list[float] = []
        while True:
            try:
                await start()
            except Exception as error:
                self.crashes += 1
                _log.error("service crashed", service=name, exc_info=error)
                crashed_at = [at for at in crashed_at if at > loop.time() - RESTART_WINDOW_S]
                crashed_at.append(loop.time())
                if len(crashed_at) > RESTARTS:
                    raise ServiceCrashed(f"{name} crashed {len(crashed_at)} times in {RESTART_WINDOW_S} s") from error
            else:
                _log.debug("service ended", service=name)
                return
            await asyncio.sleep(_FIRST_PAUSE_S * 2 ** len(crashed_at))
