"""`kill -9` of the gateway under live calls with audio: nobody hears it, and everybody can still say goodbye."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.load.actor import Script
from tests.load.ledger import SLACK_S, read_records
from tests.load.stage import Stage, number_of, until
from tests.load.voice import Tally, Voice
from trunkline.service.gateway.recovery import LONGEST_REPETITION_S

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
        first = await stage.kill_and_wait("gateway")
        await asyncio.sleep(0.5)
        outage = await stage.kill_and_wait("gateway")  # what the second life asked the peers must not stop the third
        await asyncio.sleep(0.5)
        after = [(near.tally, far.tally) for near, far in pairs]
        gap_ms = 1000 * max(voice.longest_gap_s for pair in pairs for voice in pair)
        pause_ms = 1000 * stage.pbx.voices.longest_pause_s
        lost = [_lost(*counted) for counted in zip(before, after, strict=True)]
        assert max(map(max, lost)) <= LOST, lost
        assert (await stage.ask("state"))["talking"] == CALLS
        slowest_s = await _hang_up(stage, scripts[: CALLS // 2])
        await asyncio.sleep(outage.ended + LONGEST_REPETITION_S + SLACK_S - time.time())
        slowest_s = max(slowest_s, await _hang_up(stage, scripts[CALLS // 2 :]))
        verdict = await stage.verdict(CALLS)
        rows = read_records(stage.home.database)
        print(
            f"\n{verdict.line()}; {sum(map(sum, lost))} packets lost; gap max {gap_ms:.0f} ms"
            f" (our own pause {pause_ms:.0f} ms); gateway away"
            f" {first.ended - first.began:.1f} and {outage.ended - outage.began:.1f} s;"
            f" slowest goodbye {1000 * slowest_s:.0f} ms; ends off by {1000 * verdict.worst_s:.0f} ms at most"
        )
        assert not verdict.differences, "\n".join(verdict.differences)
        assert (verdict.calls, verdict.records, verdict.answered) == (CALLS, CALLS, CALLS)
        assert {(row["status"], row["sip_status"]) for row in rows} == {("completed", 200)}
        assert sum(row["interrupted"] for row in rows) == CALLS // 2, "those that may have ended while nobody was here"
        assert Counter(row["cause"] for row in rows) == Counter(f"{_who(script)}_hung_up" for script in scripts)
        assert all(row["inbound_media"] is not None for row in rows)
        await stage.wait_silent()
        await stage.wait_quiet()


def _who(script: Script) -> str:
    """Who says goodbye: half of either direction each."""
    return "caller" if int(script.number) % 4 < 2 else "callee"


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


async def _hang_up(stage: Stage, scripts: Sequence[Script]) -> float:
    """Everybody says goodbye; the longest that one took, to the other's ear and back."""
    heard = stage.ledger.count("bye received") + len(scripts)
    for script in scripts:
        stage.hang_up(script, _who(script))
        await asyncio.sleep(0.01)
    await until(lambda: stage.ledger.count("bye received") == heard, 10, "not everybody heard the goodbye")
    await until(lambda: stage.ledger.count("bye answered") == heard, 10, "not every goodbye was answered")
    took = 0.0
    for script in scripts:
        story = stage.ledger.of(script.number)
        said, *after = (story.first(what) for what in ("bye sent", "bye received", "bye answered"))
        took = max(took, *(at - said for at in after if at is not None and said is not None))
    assert took < GOODBYE_S
    return took
