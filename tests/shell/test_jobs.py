"""Supervised jobs: one outcome each, whatever happens to them."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest
import structlog

from tests.shell.virtual_loop import run
from trunkline.platform.jobs.jobs import RESTARTS, Jobs, ServiceCrashed
from trunkline.platform.jobs.outcome import JobDone, JobEnd, JobFailed, JobOutcome

T = TypeVar("T")


async def value_after(seconds: float) -> int:
    await asyncio.sleep(seconds)
    return 7


async def crash_after(seconds: float) -> int:
    await asyncio.sleep(seconds)
    raise ZeroDivisionError


def told(outcomes: list[JobOutcome[int]]) -> list[JobEnd | int]:
    return [outcome.value if isinstance(outcome, JobDone) else outcome.end for outcome in outcomes]


def test_job_hands_its_value_over() -> None:
    async def test() -> None:
        outcomes: list[JobOutcome[int]] = []
        async with Jobs() as jobs:
            jobs.run(value_after(1.0), 2.0, outcomes.append)
            assert outcomes == []
            await asyncio.sleep(1.1)
            assert outcomes == [JobDone(7)]
            assert len(jobs) == 0

    run(test)


def test_job_beyond_its_deadline_fails_at_that_instant() -> None:
    async def test() -> None:
        ended: list[tuple[float, JobOutcome[int]]] = []
        loop = asyncio.get_running_loop()
        async with Jobs() as jobs:
            jobs.run(value_after(60.0), 1.5, lambda outcome: ended.append((loop.time(), outcome)), name="route")
            await asyncio.sleep(5)
        assert ended == [(1001.5, JobFailed(JobEnd.DEADLINE, "route took longer than 1.5 s"))]

    run(test)


def test_crashing_job_is_logged_and_harms_nobody_else() -> None:
    async def test() -> None:
        outcomes: list[JobOutcome[int]] = []
        with structlog.testing.capture_logs() as lines:
            async with Jobs() as jobs:
                jobs.run(crash_after(0.1), 2.0, outcomes.append, name="route")
                jobs.run(value_after(0.5), 2.0, outcomes.append)
                await asyncio.sleep(1.0)
                assert jobs.crashes == 1
        assert outcomes == [JobFailed(JobEnd.CRASHED, "ZeroDivisionError in route"), JobDone(7)]
        assert [(line["event"], line["job"]) for line in lines] == [("job crashed", "route")]

    run(test)


def test_timeout_error_of_the_work_itself_is_a_crash_not_a_deadline() -> None:
    async def broken() -> int:
        raise TimeoutError

    async def test() -> None:
        outcomes: list[JobOutcome[int]] = []
        async with Jobs() as jobs:
            jobs.run(broken(), 2.0, outcomes.append)
            await asyncio.sleep(0.1)
        assert told(outcomes) == [JobEnd.CRASHED]

    run(test)


def test_crashing_receiver_is_logged_and_harms_nobody_else() -> None:
    def receive(outcome: JobOutcome[int]) -> None:
        raise KeyError(outcome)

    async def test() -> None:
        outcomes: list[JobOutcome[int]] = []
        with structlog.testing.capture_logs() as lines:
            async with Jobs() as jobs:
                jobs.run(value_after(0.1), 2.0, receive)
                jobs.run(value_after(0.2), 2.0, outcomes.append)
                await asyncio.sleep(1.0)
        assert outcomes == [JobDone(7)]
        assert [line["event"] for line in lines] == ["job outcome crashed its receiver"]

    run(test)


def test_jobs_of_a_released_call_are_cancelled_and_still_tell_once() -> None:
    async def test() -> None:
        outcomes: dict[str, list[JobOutcome[int]]] = {"mine": [], "unstarted": [], "other": []}
        async with Jobs() as jobs:
            jobs.run(value_after(1.0), 2.0, outcomes["mine"].append, key="CA1")
            jobs.run(value_after(1.0), 2.0, outcomes["other"].append, key="CA2")
            await asyncio.sleep(0.5)
            jobs.run(value_after(1.0), 2.0, outcomes["unstarted"].append, key="CA1")
            jobs.cancel("CA1")
            jobs.cancel("CA1")
            jobs.cancel("nobody")
            await asyncio.sleep(5.0)
        assert {name: told(got) for name, got in outcomes.items()} == {
            "mine": [JobEnd.CANCELLED],
            "unstarted": [JobEnd.CANCELLED],
            "other": [7],
        }

    run(test)


def test_outcome_is_never_told_from_within_run() -> None:
    async def at_once() -> int:
        return 7

    async def test() -> None:
        outcomes: list[JobOutcome[int]] = []
        jobs = Jobs()
        async with jobs:
            jobs.run(at_once(), 2.0, outcomes.append)
            assert outcomes == []
            await asyncio.sleep(0.1)
        assert told(outcomes) == [7]
        jobs.run(at_once(), 2.0, outcomes.append)
        assert told(outcomes) == [7]
        await asyncio.sleep(0.1)
        assert told(outcomes) == [7, JobEnd.CANCELLED], "after the end every job is cancelled"

    run(test)


def test_leaving_cancels_jobs_and_services_and_waits_for_their_cleanup() -> None:
    async def test() -> None:
        outcomes: list[JobOutcome[int]] = []
        cleaned: list[str] = []

        async def service() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                await asyncio.sleep(0.2)
                cleaned.append("service")

        async with Jobs() as jobs:
            jobs.run(value_after(30), 60, outcomes.append)
            jobs.spawn_service(service, "loop")
            await asyncio.sleep(0.1)
            assert len(jobs) == 2
        assert told(outcomes) == [JobEnd.CANCELLED]
        assert cleaned == ["service"]
        jobs.spawn_service(service, "too late")
        assert len(jobs) == 0

    run(test)


def test_crashed_service_starts_again_with_growing_pauses() -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        starts: list[float] = []

        async def service() -> None:
            starts.append(round(loop.time() - 1000, 3))
            if len(starts) < 4:
                raise ZeroDivisionError

        with structlog.testing.capture_logs() as lines:
            async with Jobs() as jobs:
                jobs.spawn_service(service, "feed")
                await asyncio.sleep(30)
                assert len(jobs) == 0
        assert starts == [0.0, 0.2, 0.6, 1.4]
        assert [line["event"] for line in lines] == ["service crashed"] * 3 + ["service ended"]

    run(test)


def test_service_that_keeps_crashing_ends_the_process() -> None:
    async def test() -> None:
        starts = 0

        async def service() -> None:
            nonlocal starts
            starts += 1
            raise ZeroDivisionError

        async def live() -> None:
            async with Jobs() as jobs:
                jobs.spawn_service(service, "feed")
                await asyncio.sleep(3600)

        with structlog.testing.capture_logs(), pytest.raises(ExceptionGroup) as caught:
            await live()
        assert caught.group_contains(ServiceCrashed, match="feed crashed 6 times")
        assert starts == RESTARTS + 1

    run(test)


def test_service_that_crashes_now_and_then_goes_on() -> None:
    async def test() -> None:
        starts = 0

        async def service() -> None:
            nonlocal starts
            starts += 1
            await asyncio.sleep(30)
            raise ZeroDivisionError

        with structlog.testing.capture_logs():
            async with Jobs() as jobs:
                jobs.spawn_service(service, "feed")
                await asyncio.sleep(1000)
        assert starts > 30

    run(test)


def test_many_jobs_leave_nothing() -> None:
    async def test() -> None:
        outcomes: list[JobOutcome[int]] = []
        make: list[Callable[[], None]] = []
        async with Jobs() as jobs:
            for number in range(300):
                work = (value_after, crash_after)[number % 2](number % 7 / 10)
                make.append(lambda work=work, number=number: jobs.run(work, 0.35, outcomes.append, key=number % 5))  # type: ignore[misc]
            with structlog.testing.capture_logs():
                for start in make:
                    start()
                jobs.cancel(3)
                await asyncio.sleep(2.0)
            assert len(jobs) == 0
        assert len(outcomes) == 300
        assert {*told(outcomes)} == {7, JobEnd.CANCELLED, JobEnd.CRASHED, JobEnd.DEADLINE}

    run(test)
