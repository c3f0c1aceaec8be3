"""The loop that rates calls, charges numbers, fires triggers and looks after credit."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from trunkline.kit.instant import Instant
from trunkline.platform.setting import clock
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.store.engine import Store, open_store
from trunkline.service.control import rating


class Loop:
    """Stands in for the clocks and for what the loop does; `pause` moves on by a second."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pauses: int, step: timedelta) -> None:
        """`step` is what the wall clock is set by in the first pause."""
        self.step = step
        self.done: list[str] = []
        self.at = datetime(2026, 3, 1, tzinfo=UTC)
        self._now = 0.0
        self._pauses = pauses
        monkeypatch.setattr(clock, "now", lambda: Instant(self._now))
        monkeypatch.setattr(asyncio, "sleep", self.pause)
        for name in ("charge_numbers", "rate_new_calls", "fire_triggers", "settle_funds"):
            monkeypatch.setattr(rating, name, self._doing(name))

    def _doing(self, name: str) -> object:
        async def do(*_given: object) -> int:
            self.done.append(name)
            return 0

        return do

    async def pause(self, seconds: float) -> None:
        self._now += seconds
        self.at += timedelta(seconds=seconds) + self.step
        self.step = timedelta(0)
        self._pauses -= 1
        if self._pauses == 0:
            raise asyncio.CancelledError

    async def run(self, store: Store) -> NoReturn:
        await rating.keep_rated(store, RandomIds(), lambda: self.at)
        raise AssertionError("the loop ended")


@pytest.mark.parametrize("step", [timedelta(0), timedelta(days=-1)], ids=["running", "set back"])
async def test_row_15_credit_is_looked_after_whatever_the_clock_is_set_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: timedelta
) -> None:
    """A day set back was a day in which stolen credentials could spend without end."""
    store = open_store(f"sqlite:///{tmp_path}/unused.db")
    loop = Loop(monkeypatch, 601, step)
    with pytest.raises(asyncio.CancelledError):
        await loop.run(store)
    monkeypatch.undo()
    await store.close()
    counts = {name: loop.done.count(name) for name in set(loop.done)}
    assert counts == {"charge_numbers": 2, "rate_new_calls": 601, "fire_triggers": 11, "settle_funds": 121}
