"""Jobs of the gateway: `port.Runner` over the supervisor."""

from collections.abc import Callable, Coroutine
from typing import Any

from trunkline.platform.jobs.jobs import Jobs
from trunkline.platform.jobs.outcome import JobDone, JobOutcome


class JobRunner:
    """Hands a job's value over, or its failure as a value; wakes the pump afterwards."""

    __slots__ = ("_jobs", "_wake")

    def __init__(self, jobs: Jobs, wake: Callable[[], None]) -> None:
        self._jobs = jobs
        self._wake = wake

    def run(self, work: Coroutine[Any, Any, Any], deadline_s: float, done: Callable[[Any], None]) -> None:
        def ended(outcome: JobOutcome[Any]) -> None:
            done(outcome.value if isinstance(outcome, JobDone) else outcome)
            self._wake()

        self._jobs.run(work, deadline_s, ended)
