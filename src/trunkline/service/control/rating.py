"""Keeps finished calls rated and bought numbers charged, a second after there is something to charge."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from trunkline.kit.ids import IdSource
from trunkline.kit.instant import Instant
from trunkline.platform.setting import clock
from trunkline.platform.setting.log import logger
from trunkline.platform.store.engine import Store
from trunkline.platform.store.errors import StoreError
from trunkline.platform.store.funds import settle_funds
from trunkline.platform.store.rating import BATCH, charge_numbers, rate_new_calls
from trunkline.platform.store.usage_watch import fire_triggers

PAUSE_S: Final = 1.0
_NUMBERS_EVERY_S: Final = 600.0
_TRIGGERS_EVERY_S: Final = 60.0
"""Also without new calls: a period may have begun, calls may have been rated anew, numbers charged."""
_FUNDS_EVERY_S: Final = 5.0
"""A stolen credential spends no longer than this beyond the credit, and the calls that live."""


async def keep_rated(store: Store, ids: IdSource, wall: Callable[[], datetime]) -> None:
    """Runs until it is cancelled. What a database that is away keeps from being rated is rated when it is back."""
    numbers, triggers, funds = _Turn(_NUMBERS_EVERY_S), _Turn(_TRIGGERS_EVERY_S), _Turn(_FUNDS_EVERY_S)
    away = False
    while True:
        try:
            if numbers.is_due():
                await charge_numbers(store, wall())
                numbers.done()
            if await _rate_all(store, wall) or triggers.is_due():
                await fire_triggers(store, ids, wall())
                triggers.done()
            if funds.is_due():
                await settle_funds(store)
                funds.done()
            away = False
        except StoreError as fault:
            if not away:
                logger(room="control").warning("rating waits for the database", reason=str(fault))
            away = True
        await asyncio.sleep(PAUSE_S)


class _Turn:
    """Comes round every so often, whatever the wall clock is set to meanwhile."""

    __slots__ = ("_due", "_every_s")

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._due = clock.now()

    def is_due(self) -> bool:
        return clock.now() >= self._due

    def done(self) -> None:
        self._due = Instant(clock.now() + self._every_s)


async def _rate_all(store: Store, wall: Callable[[], datetime]) -> bool:
    """Rates what waits; whether there was any."""
    count = await rate_new_calls(store, wall())
    changed = count > 0
    while count == BATCH:
        count = await rate_new_calls(store, wall())
    return changed
