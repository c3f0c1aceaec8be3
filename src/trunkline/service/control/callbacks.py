"""Tells customers' addresses what has happened, at least once each, for a day at most."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from trunkline.kit.ids import IdSource
from trunkline.platform.setting.log import logger
from trunkline.platform.store.caller_id_validation import Validations
from trunkline.platform.store.engine import Store
from trunkline.platform.store.errors import StoreError
from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.repository.callback import settle_callbacks, take_due_callbacks
from trunkline.platform.store.table import CallbackRow
from trunkline.platform.store.vault import Vault, account_token_context
from trunkline.platform.webhook.errors import Undeliverable
from trunkline.platform.webhook.sender import Callback, Sender
from trunkline.service.control.callback_alert import callback_alert, raise_alert

PAUSE_S: Final = 1.0
_BATCH: Final = 10
"""Requests at the same time; each takes 15 s at most, so that a turn is over before its claim is."""
MOST_ATTEMPTS: Final = 12
_FIRST_PAUSE_S: Final = 10
_LONGEST_PAUSE_S: Final = 4 * 3600
_log = logger(room="control")


async def keep_told(store: Store, vault: Vault, sender: Sender, ids: IdSource, wall: Callable[[], datetime]) -> None:
    """Runs until it is cancelled; what a database that is away keeps from being told is told when it is back."""
    away = False
    validations = Validations(store, vault, ids, wall)
    while True:
        try:
            await validations.expire()
            while await deliver_due(store, vault, sender, ids, wall) == _BATCH:
                pass
            away = False
        except StoreError as fault:
            if not away:
                _log.warning("callbacks wait for the database", reason=str(fault))
            away = True
        await asyncio.sleep(PAUSE_S)


async def deliver_due(store: Store, vault: Vault, sender: Sender, ids: IdSource, wall: Callable[[], datetime]) -> int:
    """Sends up to ten that are due; how many there were."""
    async with store.appending() as session:
        rows = await take_due_callbacks(session, wall(), _BATCH)
        await session.commit()
    faults = await asyncio.gather(*(_fault_of(store, vault, sender, row) for row in rows))
    again = {
        row.sid: None if fault is None else _again(row, ids, wall()) for row, fault in zip(rows, faults, strict=True)
    }
    if again:
        async with store.appending() as session:
            await settle_callbacks(session, again)
            given_up = [(row, fault) for row, fault in zip(rows, faults, strict=True) if fault and not again[row.sid]]
            for row, fault in given_up:
                await raise_alert(session, row, callback_alert(row, fault, ids.sid("NO"), wall()))
            await session.commit()
    return len(rows)


async def _fault_of(store: Store, vault: Vault, sender: Sender, row: CallbackRow) -> Undeliverable | None:
    """None when it was taken, or there is nobody any more to be told."""
    async with store.reading() as session:
        account = await find_account(session, row.account_sid)
    if account is None:
        return None
    token = vault.open(account.auth_token_sealed, account_token_context(account.sid))
    try:
        await sender.send(Callback(row.url, row.method, row.fields), token)
    except Undeliverable as fault:
        _log.warning("callback not taken", callback=row.sid, account=row.account_sid, reason=str(fault))
        return fault
    return None


def _again(row: CallbackRow, ids: IdSource, now: datetime) -> datetime | None:
    """A pause that doubles, with full jitter; None when it was tried often enough."""
    if row.attempts >= MOST_ATTEMPTS:
        _log.warning("callback given up", callback=row.sid, account=row.account_sid, attempts=row.attempts)
        return None
    longest = min(_FIRST_PAUSE_S * 2**row.attempts, _LONGEST_PAUSE_S)
    return now + timedelta(seconds=1 + ids.number(longest))
