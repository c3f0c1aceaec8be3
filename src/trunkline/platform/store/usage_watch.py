"""Fires usage triggers: the mark that one has fired and the callback that tells of it are one commit."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.domain.rating.category import CATEGORIES
from trunkline.domain.rating.trigger import period_start, watched_amount
from trunkline.kit.ids import IdSource
from trunkline.platform.store.engine import Store
from trunkline.platform.store.repository.usage import account_and_below, usage_of
from trunkline.platform.store.repository.usage_trigger import triggers_that_may_fire
from trunkline.platform.store.table import CallbackRow, UsageTriggerRow


async def fire_triggers(store: Store, ids: IdSource, now: datetime) -> int:
    """Fires those whose usage has reached their value, once in each period; how many there were."""
    async with store.appending() as session:
        fired = 0
        for trigger in await triggers_that_may_fire(session):
            period = str(period_start(trigger.recurring, now.date()))
            if trigger.fired_in == period:
                continue
            current = await current_value(session, trigger, now)
            if current >= trigger.trigger_value:
                trigger.fired_in, trigger.date_fired = period, now
                session.add(_callback(trigger, ids, current, now))
                fired += 1
        if fired:
            await session.commit()
    return fired


async def current_value(session: AsyncSession, trigger: UsageTriggerRow, now: datetime) -> Decimal:
    """What the account and those below it have used so far in the trigger's period."""
    first = period_start(trigger.recurring, now.date())
    accounts = await account_and_below(session, trigger.account_sid)
    category = CATEGORIES[trigger.usage_category]
    sums = await usage_of(session, accounts, first, now.date(), category=category.name)
    if not sums:
        return Decimal(0)
    return watched_amount(trigger.trigger_by, category, sums[0].count, sums[0].seconds, sums[0].sell)


def plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")


def record_uri(trigger: UsageTriggerRow) -> str:
    period = {"daily": "/Today", "monthly": "/ThisMonth", "yearly": "/Yearly"}.get(trigger.recurring or "", "/AllTime")
    root = f"/2010-04-01/Accounts/{trigger.account_sid}/Usage/Records"
    return f"{root}{period}.json?Category={trigger.usage_category}"


def _callback(trigger: UsageTriggerRow, ids: IdSource, current: Decimal, now: datetime) -> CallbackRow:
    fields: dict[str, Any] = {
        "AccountSid": trigger.account_sid,
        "UsageTriggerSid": trigger.sid,
        "Recurring": trigger.recurring or "",
        "TriggerBy": trigger.trigger_by,
        "TriggerValue": plain(trigger.trigger_value),
        "CurrentValue": plain(current),
        "UsageCategory": trigger.usage_category,
        "UsageRecordUri": record_uri(trigger),
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
