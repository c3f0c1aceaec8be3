"""`kill -9` of the gateway under live calls with audio: nobody hears it, and everybody can still say goodbye."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.load.actor import Script
from tests.load.ledger import read_records
from tests.load.stage import Stage, number_of, until
from tests.load.voice import Tally, Voice

pytestmark = [pytest.mark.load, pytest.mark.e2e]
CALLS = int(os.environ.get("TRUNKLINE_LIVE_CALLS", "50"))
GOODBYE_S = 3.0
LOST = 3
"""Packets on their way or in our own hands at a moment of counting, for each stream."""


async def test_the_gateway_dies_under_live_calls_and_nobody_notices(tmp_path: Path) -> None:
    """Goals rows 9 and 10 (a): audio goes on, each side can hang up after the restart, right records."""
    scripts = [Script(number_of(index), out=index % 2 == 0) for index in range(CALLS)]
    async with Stage(tmp_path, audio=True) as stage:
        for script in scripts:
            stage.dial(script)
            await asyncio.sleep(0.03)
        await until(lambda: stage.ledger.count("confirmed") == CALLS, 10, "not every call stands")
        await asyncio.sleep(0.5)
        pairs = _pairs(stage, scripts)
        assert stage.pbx.voices is not None
        stage.pbx.voices.forget_gaps()
        before = [(near.tally, far.tally) for near, far in pairs]
        outage = await stage.kill_and_wait("gateway")
        await asyncio.sleep(0.5)
        after = [(near.tally, far.tally) for near, far in pairs]
        gap_ms = 1000 * max(voice.longest_gap_s for pair in pairs for voice in pair)
        pause_ms = 1000 * stage.pbx.voices.longest_pause_s
        lost = [_lost(*counted) for counted in zip(before, after, strict=True)]
        assert max(map(max, lost)) <= LOST, lost
        assert (await stage.ask("state"))["talking"] == CALLS
        slowest_s = await _all_hang_up(stage, scripts)
        verdict = await stage.verdict(CALLS)
        rows = read_records(stage.home.database)
        print(
            f"\n{verdict.line()}; {sum(map(sum, lost))} packets lost; gap max {gap_ms:.0f} ms"
            f" (our own pause {pause_ms:.0f} ms); gateway away {outage.ended - outage.began:.2f} s;"
            f" slowest goodbye {1000 * slowest_s:.0f} ms; ends off by {1000 * verdict.worst_s:.0f} ms at most"
        )
        assert not verdict.differences, "\n".join(verdict.differences)
        assert (verdict.calls, verdict.records, verdict.answered) == (CALLS, CALLS, CALLS)
        assert {(row["status"], row["interrupted"], row["sip_status"]) for row in rows} == {("completed", 0, 200)}
        assert sorted(row["cause"] for row in rows) == sorted(_cause(index) for index in range(CALLS))
        assert all(row["inbound_media"] is not None for row in rows)
        await stage.wait_no_calls()
        await stage.wait_quiet()


def _cause(index: int) -> str:
    return f"{_who(index)}_hung_up"


def _who(index: int) -> str:
    return "caller" if index % 4 < 2 else "callee"


def _pairs(stage: Stage, scripts: Sequence[Script]) -> list[tuple[Voice, Voice]]:
    found = []
    for script in scripts:
        near, far = stage.line(script, "caller").voice, stage.line(script, "callee").voice
        assert near is not None
        assert far is not None
        found.append((near, far))
    return found


def _lost(before: tuple[Tally, Tally], after: tuple[Tally, Tally]) -> tuple[int, int]:
    """What each sent and the other did not get, between two moments."""
    near, far = (
        (late.sent - early.sent, late.received - early.received) for early, late in zip(before, after, strict=True)
    )
    assert near[0] > 20, "there was no audio to lose"
    assert far[0] > 20, "there was no audio to lose"
    return near[0] - far[1], far[0] - near[1]


async def _all_hang_up(stage: Stage, scripts: Sequence[Script]) -> float:
    """Half by the caller, half by the callee, in both directions; the longest that one took, to the other's ear."""
    for index, script in enumerate(scripts):
        stage.hang_up(script, _who(index))
        await asyncio.sleep(0.01)
    await until(lambda: stage.ledger.count("bye received") == CALLS, 10, "not everybody heard the goodbye")
    await until(lambda: stage.ledger.count("bye answered") == CALLS, 10, "not every goodbye was answered")
    took = 0.0
    for script in scripts:
        story = stage.ledger.of(script.number)
        said, heard, answered = (story.first(what) for what in ("bye sent", "bye received", "bye answered"))
        assert said is not None
        assert heard is not None
        assert answered is not None
        took = max(took, heard - said, answered - said)
    assert took < GOODBYE_S
    return took
