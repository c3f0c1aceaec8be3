"""Tells accounts of their alerts by mail: at least once each, one mail for all that wait, 12 mails an hour at most."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from trunkline.kit.ids import IdSource
from trunkline.platform.mail.errors import Unmailable
from trunkline.platform.mail.letter import Letter
from trunkline.platform.setting.log import logger
from trunkline.platform.store.alert_mail import Mailing, settle_mail, take_due_mail
from trunkline.platform.store.engine import Store
from trunkline.platform.store.errors import StoreError
from trunkline.service.control.alert_letter import alert_letter

Send: TypeAlias = Callable[[Letter], Awaitable[None]]
"""Raises Unmailable."""

PAUSE_S: Final = 5.0
BETWEEN: Final = timedelta(minutes=5)
"""From one mail of an account to its next: what happens meanwhile is told in that one."""
MOST_ATTEMPTS: Final = 12
_BATCH: Final = 10
"""Mails at the same time; each takes 30 s at most, so that a turn is over before its claim is."""
_FIRST_PAUSE_S: Final = 10
_LONGEST_PAUSE_S: Final = 4 * 3600
_log = logger(room="control")


async def keep_mailed(store: Store, send: Send, ids: IdSource, wall: Callable[[], datetime]) -> None:
    """Runs until it is cancelled; what a database that is away keeps from being told is told when it is back."""
    away = False
    while True:
        try:
            while await mail_due(store, send, ids, wall) == _BATCH:
                pass
            away = False
        except StoreError as fault:
            if not away:
                _log.warning("alert mail waits for the database", reason=str(fault))
            away = True
        await asyncio.sleep(PAUSE_S)


async def mail_due(store: Store, send: Send, ids: IdSource, wall: Callable[[], datetime]) -> int:
    """Sends up to ten mails that are due; how many there were."""
    async with store.appending() as session:
        mailings = await take_due_mail(session, wall(), _BATCH)
        await session.commit()
    faults = await asyncio.gather(*(_fault_of(send, mailing, wall()) for mailing in mailings))
    for mailing, fault in zip(mailings, faults, strict=True):
        again = None if fault is None else _again(mailing, fault, ids, wall())
        async with store.appending() as session:
            await settle_mail(session, mailing.account_sid, again or wall() + BETWEEN, done=again is None)
            await session.commit()
    return len(mailings)


async def _fault_of(send: Send, mailing: Mailing, at: datetime) -> Unmailable | None:
    try:
        await send(alert_letter(mailing, at))
    except Unmailable as fault:
        _log.warning("alert mail not taken", account=mailing.account_sid, reason=str(fault))
        return fault
    return None


def _again(mailing: Mailing, fault: Unmailable, ids: IdSource, now: datetime) -> datetime | None:
    """A pause that doubles, with full jitter; None when it was tried often enough. No alert tells of that one."""
    if fault.for_good or mailing.attempts >= MOST_ATTEMPTS:
        _log.warning(
            "alert mail given up", account=mailing.account_sid, alerts=mailing.alerts, attempts=mailing.attempts
        )
        return None
    longest = min(_FIRST_PAUSE_S * 2**mailing.attempts, _LONGEST_PAUSE_S)
    return now + timedelta(seconds=1 + ids.number(longest))
