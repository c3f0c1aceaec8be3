"""`kill -9` of the gateway at random moments under load: one record for each call, and nobody rings on."""

import asyncio
import faulthandler
import os
import random
import secrets
import time
from functools import partial
from pathlib import Path

import pytest

from tests.load.actor import Script
from tests.load.ledger import Outage
from tests.load.stage import LINGER_S, Stage, number_of, until

pytestmark = [pytest.mark.load, pytest.mark.e2e, pytest.mark.timeout(1200)]
KILLS = int(os.environ.get("TRUNKLINE_CHAOS_KILLS", "30"))
RATE = float(os.environ.get("TRUNKLINE_CHAOS_RATE", "25"))
SEED = int(os.environ.get("TRUNKLINE_CHAOS_SEED", secrets.randbelow(1_000_000)))
LONGEST_S = float(os.environ.get("TRUNKLINE_CHAOS_SECONDS", "110"))
EARLY = 0.15
"""The share of kills that do not wait until the gateway is back: they hit its start and its recovery."""


async def test_the_gateway_dies_at_random_moments_under_load(tmp_path: Path) -> None:
    """Goals row 9: exactly one record for each call, its end right, no callee left ringing."""
    faulthandler.cancel_dump_traceback_later()  # this one takes longer by intention; its own limits hold it
    chance = random.Random(SEED)
    print(f"\nTRUNKLINE_CHAOS_SEED={SEED}")
    async with Stage(tmp_path) as stage:
        async with asyncio.TaskGroup() as group:
            calling = group.create_task(_call(stage, random.Random(SEED + 1)))
            kills = await _kill(stage, chance)
            await asyncio.sleep(1.0)
            calling.cancel()
        await until(lambda: _all_over(stage), 64, "not every call came to an end")
        await stage.wait_silent(LINGER_S)
        verdict = await stage.verdict(sum(stage.ledger.of(number).admitted for number in stage.ledger.numbers))
        print(
            f"{verdict.line()}; {kills} kills; {len(stage.ledger.numbers)} dialled, {verdict.answered} answered,"
            f" {verdict.interrupted} interrupted; ends off by {1000 * verdict.worst_s:.0f} ms at most,"
            f" {verdict.late} within an outage, known {verdict.latest_s:.1f} s after it at the latest;"
            f" longest outage {max(outage.ended - outage.began for outage in stage.outages):.1f} s"
        )
        assert not verdict.differences, f"seed {SEED}\n" + "\n".join(verdict.differences)
        assert verdict.records == verdict.calls > 5 * kills
        assert verdict.interrupted >= kills / 2, "the kills hit nothing"
        await stage.wait_quiet()


async def _call(stage: Stage, chance: random.Random) -> None:
    """New calls until cancelled."""
    index = 0
    while True:
        stage.dial(_script(chance, number_of(index)))
        index += 1
        await asyncio.sleep(chance.expovariate(RATE))


def _script(chance: random.Random, number: str) -> Script:
    """A call of some kind: mostly talks, some cancelled, some ringing long, some refused."""
    kind, out = chance.random(), chance.random() < 0.5
    if kind < 0.15:
        return Script(number, out, answer_s=None, cancel_s=chance.uniform(0.05, 1.5))
    if kind < 0.25:
        return Script(number, out, answer_s=None, cancel_s=chance.uniform(4.0, 8.0))
    if kind < 0.30:
        return Script(number, out, answer_s=chance.uniform(0.05, 1.0), status=486)
    talk_s = min(12.0, chance.expovariate(0.4))
    answer_s = chance.choice((0.0, chance.uniform(0.0, 2.0)))
    return Script(number, out, answer_s=answer_s, talk_s=talk_s, caller_ends=chance.random() < 0.5)


async def _kill(stage: Stage, chance: random.Random) -> int:
    """Kill upon kill; how many."""
    deadline = time.monotonic() + LONGEST_S
    kills = 0
    while kills < KILLS and time.monotonic() < deadline:
        await asyncio.sleep(chance.uniform(0.1, 1.5))
        kills += 1
        if chance.random() < EARLY:
            former = stage.child("gateway")["pid"]
            began = stage.kill("gateway")
            await until(partial(_begins_again, stage, former), 20, "no new gateway")
            await asyncio.sleep(chance.uniform(0.0, 2.5))
            outage = await stage.kill_and_wait("gateway")
            stage.outages.append(Outage(began, outage.ended))
            kills += 1
        else:
            await stage.kill_and_wait("gateway")
    return kills


def _begins_again(stage: Stage, former: int) -> bool:
    return stage.child("gateway")["pid"] not in {0, former}


def _all_over(stage: Stage) -> bool:
    return all(line.over for actor in (stage.pbx, stage.carrier) for line in actor.lines.values())
