"""Use cases of usage triggers (row 146; rest.md 3.11)."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from trunkline.domain.rating.category import CATEGORIES
from trunkline.domain.rating.trigger import Recurrence
from trunkline.platform.store.repository.usage_trigger import find_trigger
from trunkline.platform.store.table import UsageTriggerRow
from trunkline.platform.store.usage_watch import current_value
from trunkline.service.control.provisioning.field_rule import check_friendly_name, check_url
from trunkline.service.control.provisioning.refusal import Refusal, existing, invalid
from trunkline.service.control.provisioning.workbench import Workbench

_VALUE: Final = re.compile(r"\+?[0-9]{1,9}(\.[0-9]{1,6})?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class TriggerWish:
    """`trigger_value` as it was typed: with `+` it is counted from what has been used by now."""

    callback_url: str
    trigger_value: str
    usage_category: str
    callback_method: Literal["GET", "POST"] = "POST"
    friendly_name: str | None = None
    recurring: Recurrence | None = None
    trigger_by: Literal["count", "usage", "price"] = "usage"


async def create_trigger(bench: Workbench, account_sid: str, wish: TriggerWish) -> UsageTriggerRow:
    if wish.usage_category not in CATEGORIES:
        raise invalid("UsageCategory", "is no category that is counted here")
    if not _VALUE.match(wish.trigger_value):
        raise invalid("TriggerValue", "must be a positive number with at most six decimals, or + and such a number")
    now = bench.wall()
    row = UsageTriggerRow(
        sid=bench.ids.sid("UT"),
        account_sid=account_sid,
        friendly_name=check_friendly_name(wish.friendly_name),
        usage_category=wish.usage_category,
        trigger_by=wish.trigger_by,
        trigger_value=Decimal(wish.trigger_value),
        recurring=wish.recurring,
        callback_url=_required_url(wish.callback_url),
        callback_method=wish.callback_method,
        date_created=now,
        date_updated=now,
    )
    async with bench.store.writing() as session:
        if wish.trigger_value.startswith("+"):
            row.trigger_value += await current_value(session, row, now)
        session.add(row)
        await session.commit()
    return row


async def update_trigger(
    bench: Workbench,
    account_sid: str,
    sid: str,
    url: str | None,
    method: Literal["GET", "POST"] | None,
    name: str | None,
) -> UsageTriggerRow:
    """None leaves as it is; an empty name clears it."""
    async with bench.store.writing() as session:
        row = existing(await find_trigger(session, account_sid, sid))
        row.callback_url = row.callback_url if url is None else _required_url(url)
        row.callback_method = method or row.callback_method
        row.friendly_name = row.friendly_name if name is None else check_friendly_name(name)
        row.date_updated = bench.wall()
        await session.commit()
    return row


async def delete_trigger(bench: Workbench, account_sid: str, sid: str) -> None:
    async with bench.store.writing() as session:
        row = existing(await find_trigger(session, account_sid, sid))
        await session.delete(row)
        await session.commit()


def _required_url(url: str) -> str:
    checked = check_url("CallbackUrl", url)
    if checked is None:
        raise Refusal(20001, "Missing required parameter CallbackUrl in the post body")
    return checked
