"""Keeps finished calls rated and bought numbers charged, a second after there is something to charge."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from trunkline.kit.ids import IdSource
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
    numbers_at: datetime | None = None
    looked_at: datetime | None = None
    funds_at: datetime | None = None
    away = False
    while True:
        try:
            now = wall()
            if numbers_at is None or (now - numbers_at).total_seconds() >= _NUMBERS_EVERY_S:
                await charge_numbers(store, now)
                numbers_at = now
            changed = await _rate_all(store, wall)
            if changed or looked_at is None or (now - looked_at).total_seconds() >= _TRIGGERS_EVERY_S:
                await fire_triggers(store, ids, wall())
                looked_at = now
            if funds_at is None or (now - funds_at).total_seconds() >= _FUNDS_EVERY_S:
                await settle_funds(store)
                funds_at = now
            away = False
        except StoreError as fault:
            if not away:
                logger(room="control").warning("rating waits for the database", reason=str(fault))
            away = True
        await asyncio.sleep(PAUSE_S)


async def _rate_all(store: Store, wall: Callable[[], datetime]) -> bool:
    """Rates what waits; whether there was any."""
    count = await rate_new_calls(store, wall())
    changed = count > 0
    while count == BATCH:
        count = await rate_new_calls(store, wall())
    return changed
