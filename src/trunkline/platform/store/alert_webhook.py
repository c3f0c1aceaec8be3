"""Tells an account of its alerts at the address that it has named, in the shape of the debugger's webhook (row 126)."""

import json
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.table import AccountRow, AlertRow, CallbackRow

PAYLOAD_TYPE: Final = "application/json"


async def watched_accounts(session: AsyncSession, sids: Collection[str]) -> dict[str, AccountRow]:
    """Those of the accounts that want to be told."""
    found = await session.scalars(select(AccountRow).where(AccountRow.sid.in_(sids), AccountRow.alert_url.is_not(None)))
    return {row.sid: row for row in found}


def webhook_of(alert: AlertRow, account: AccountRow) -> CallbackRow:
    """The request that tells of an alert; its SID is the alert's, so that there is one of each."""
    if account.alert_url is None:
        raise ValueError("an account that wants to be told names where")
    return CallbackRow(
        sid="CB" + alert.sid[2:],
        account_sid=account.sid,
        url=account.alert_url,
        method=account.alert_method,
        fields=_fields(alert, account),
        due_at=alert.date_created,
    )


def tells_of_alert(callback: CallbackRow) -> bool:
    """Such a request that fails is no reason for a further one."""
    return "PayloadType" in callback.fields


def _fields(alert: AlertRow, account: AccountRow) -> dict[str, Any]:
    payload = {
        "resource_sid": alert.resource_sid,
        "service_sid": alert.detail.get("trunk_sid"),
        "error_code": str(alert.error_code),
        "more_info": {"Msg": alert.alert_text},
    }
    fields = {
        "Sid": alert.sid,
        "AccountSid": account.sid,
        "Timestamp": alert.date_created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "Level": alert.log_level.upper(),
        "PayloadType": PAYLOAD_TYPE,
        "Payload": json.dumps(payload),
    }
    return fields | ({"ParentAccountSid": account.parent_sid} if account.parent_sid else {})
