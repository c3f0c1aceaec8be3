"""Relay, control and database die or go away in turn: what the gateway and its calls make of it."""

import asyncio
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.interop.process import PeerProcess
from tests.load.actor import Script
from tests.load.ledger import Who, read_records
from tests.load.stage import Stage, number_of, until

pytestmark = [pytest.mark.load, pytest.mark.e2e]
CALLS = 10
LOCKED_S = float(os.environ.get("TRUNKLINE_CHAOS_LOCKED_S", "5"))
_READ = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=60).execute('SELECT count(*) FROM call')"


async def _talking(stage: Stage, first: int = 0) -> list[Script]:
    """Ten calls that stand, both directions."""
    scripts = [Script(number_of(first + index), out=index % 2 == 0) for index in range(CALLS)]
    stood = stage.ledger.count("answered", "caller")
    for script in scripts:
        stage.dial(script)
    await _heard(stage, "answered", stood + CALLS, scripts, "caller")
    return scripts


@contextmanager
def _locked(database: Path) -> Iterator[None]:
    """Nobody else reads or writes: the lock bytes of the WAL index (SQLite's walformat, section 2.3.1)."""
    with Path(f"{database}-shm").open("r+b") as index:
        fcntl.lockf(index, fcntl.LOCK_EX, 8, 120)
        yield


async def _end(stage: Stage, scripts: list[Script]) -> None:
    heard = stage.ledger.count("bye received") + len(scripts)
    for index, script in enumerate(scripts):
        stage.hang_up(script, "caller" if index % 4 < 2 else "callee")
    await _heard(stage, "bye received", heard, scripts)


async def _heard(stage: Stage, what: str, times: int, scripts: list[Script], who: Who | None = None) -> None:
    """Until the ledger has it so often; else what these calls saw."""
    try:
        await until(lambda: stage.ledger.count(what, who) == times, 10, what)
    except AssertionError as error:
        raise AssertionError("\n".join(stage.ledger.of(script.number).told() for script in scripts)) from error


async def test_the_relay_dies_and_its_calls_end_with_a_cause(tmp_path: Path) -> None:
    """Goals row 10 (b): calls on it end within 5 s of its return with cause and record; new calls work within 2 s."""
    async with Stage(tmp_path) as stage:
        await _talking(stage)
        outage = await stage.kill_and_wait("relay")
        await until(lambda: stage.ledger.count("bye received") == 2 * CALLS, 5, "calls without a relay go on")
        ended_s = time.time() - outage.ended
        fresh = time.monotonic()
        scripts = await _talking(stage, CALLS)
        stood_s = time.monotonic() - fresh
        assert stood_s < 2.0
        await _end(stage, scripts)
        verdict = await stage.verdict(2 * CALLS)
        causes = [row["cause"] for row in read_records(stage.home.database)]
        print(
            f"\nrelay: {2 * CALLS} calls, {verdict.records} records; {CALLS} ended {ended_s:.1f} s after its return;"
            f" {CALLS} new ones stood in {stood_s:.2f} s"
        )
        assert causes.count("media_unavailable") == CALLS
        assert causes.count("caller_hung_up") + causes.count("callee_hung_up") == CALLS
        assert verdict.records == 2 * CALLS
        await stage.wait_silent()


async def test_control_dies_and_no_call_notices(tmp_path: Path) -> None:
    """Goals row 9: calls go on, new ones come, and health is back."""
    async with Stage(tmp_path) as stage:
        scripts = await _talking(stage)
        former = stage.child("control")["pid"]
        stage.kill("control")
        await until(lambda: stage.child("control")["pid"] != former, 5, "its death was not noticed")
        scripts += await _talking(stage, CALLS)
        await _end(stage, scripts)
        restarted = time.monotonic()
        await until(lambda: stage.is_another("control", former) and stage.service.is_healthy(), 20, "no health")
        assert stage.service.health()["status"] == "ok"
        verdict = await stage.verdict(2 * CALLS)
        print(f"\ncontrol: {verdict.line()}; health back {time.monotonic() - restarted:.1f} s after the last call")
        assert not verdict.differences, "\n".join(verdict.differences)
        assert (verdict.records, verdict.interrupted) == (2 * CALLS, 0)


async def test_the_database_is_locked_and_calls_go_on_from_known_facts(tmp_path: Path) -> None:
    """Goals row 12: calls stand and come and go meanwhile, their records are there afterwards, 0 lost."""
    async with Stage(tmp_path) as stage:
        scripts = await _talking(stage)
        with _locked(stage.home.database):
            locked = time.monotonic()
            reader = PeerProcess([sys.executable, "-c", _READ, stage.home.database], tmp_path / "reader.log")
            await _end(stage, scripts)
            scripts = await _talking(stage, CALLS)
            await asyncio.sleep(max(0.0, locked + LOCKED_S - time.monotonic()))
            assert reader.popen.poll() != 0, "somebody could read"
        await asyncio.to_thread(reader.stop)
        await _end(stage, scripts)
        verdict = await stage.verdict(2 * CALLS, 15)
        print(f"\ndatabase: {verdict.line()}; it was locked for {LOCKED_S} s")
        assert not verdict.differences, "\n".join(verdict.differences)
        assert (verdict.records, verdict.interrupted) == (2 * CALLS, 0)
