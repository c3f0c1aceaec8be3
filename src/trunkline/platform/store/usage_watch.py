"""Fires usage triggers: the mark that one has fired and the callback that tells of it are one commit."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.domain.rating.category import CATEGORIES
from trunkline.domain.rating.trigger import Period, period_start, periods_to_watch, watched_amount
from trunkline.kit.ids import IdSource
from trunkline.platform.store.engine import Store
from trunkline.platform.store.repository.usage import account_and_below, usage_of
from trunkline.platform.store.repository.usage_trigger import hold_trigger, triggers_that_may_fire
from trunkline.platform.store.table import CallbackRow, UsageTriggerRow


@dataclass(frozen=True, slots=True)
class _Reached:
    trigger_sid: str
    period: Period
    current: Decimal


async def fire_triggers(store: Store, ids: IdSource, now: datetime) -> int:
    """Fires those whose usage has reached their value, once in each period; how many there were.

    What is looked at is read beside the writers: there may be many triggers, and few fire.
    """
    async with store.reading() as session:
        reached = [
            found for row in await triggers_that_may_fire(session) for found in await _reached(session, row, now)
        ]
    if not reached:
        return 0
    async with store.appending() as session:
        fired = 0
        for found in reached:
            trigger = await hold_trigger(session, found.trigger_sid)
            if trigger is not None and not _has_fired(trigger, found.period):
                trigger.fired_in, trigger.date_fired = str(found.period.first), now
                session.add(_callback(trigger, ids, found, now))
                fired += 1
        await session.commit()
    return fired


async def _reached(session: AsyncSession, trigger: UsageTriggerRow, now: datetime) -> list[_Reached]:
    reached: list[_Reached] = []
    for period in periods_to_watch(trigger.recurring, now.date()):
        if _has_fired(trigger, period) or trigger.date_created.date() > period.last:
            continue
        current = await _used(session, trigger, period)
        if current >= trigger.trigger_value:
            reached.append(_Reached(trigger.sid, period, current))
    return reached


def _has_fired(trigger: UsageTriggerRow, period: Period) -> bool:
    """In that period, or in one after it."""
    return trigger.fired_in is not None and trigger.fired_in >= str(period.first)


async def current_value(session: AsyncSession, trigger: UsageTriggerRow, now: datetime) -> Decimal:
    """What the account and those below it have used so far in the trigger's period."""
    return await _used(session, trigger, Period(period_start(trigger.recurring, now.date()), now.date()))


async def _used(session: AsyncSession, trigger: UsageTriggerRow, period: Period) -> Decimal:
    accounts = await account_and_below(session, trigger.account_sid)
    category = CATEGORIES[trigger.usage_category]
    sums = await usage_of(session, accounts, period.first, period.last, category=category.name)
    if not sums:
        return Decimal(0)
    return watched_amount(trigger.trigger_by, category, sums[0].count, sums[0].seconds, sums[0].sell)


def plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")


_RECORDS_OF_NOW: Final = {"daily": "/Today", "monthly": "/ThisMonth", "yearly": "/Yearly"}
_RECORDS_OF_LAST: Final = {"daily": "/Yesterday", "monthly": "/LastMonth", "yearly": "/Yearly"}


def record_uri(trigger: UsageTriggerRow, *, of_last: bool = False) -> str:
    """Where the usage of its period is read, or of the one before."""
    period = (_RECORDS_OF_LAST if of_last else _RECORDS_OF_NOW).get(trigger.recurring or "", "/AllTime")
    root = f"/2010-04-01/Accounts/{trigger.account_sid}/Usage/Records"
    return f"{root}{period}.json?Category={trigger.usage_category}"


def _callback(trigger: UsageTriggerRow, ids: IdSource, found: _Reached, now: datetime) -> CallbackRow:
    fields: dict[str, Any] = {
        "AccountSid": trigger.account_sid,
        "UsageTriggerSid": trigger.sid,
        "Recurring": trigger.recurring or "",
        "TriggerBy": trigger.trigger_by,
        "TriggerValue": plain(trigger.trigger_value),
        "CurrentValue": plain(found.current),
        "UsageCategory": trigger.usage_category,
        "UsageRecordUri": record_uri(trigger, of_last=found.period.is_over),
        "DateFired": now.isoformat(timespec="seconds"),
        "IdempotencyToken": f"{trigger.sid}-FIRES-{trigger.fired_in}",
    }
    return CallbackRow(
        sid=ids.sid("CB"),
        account_sid=trigger.account_sid,
        url=trigger.callback_url,
        method=trigger.callback_method,
        fields=fields,
        due_at=now,
    )
