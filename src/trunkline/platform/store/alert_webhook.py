"""Tells an account of its alerts at addresses that it has named: by the debugger's webhook, and by mail (row 126)."""

import json
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.table import AccountRow, AlertMailRow, AlertRow, CallbackRow, Row

PAYLOAD_TYPE: Final = "application/json"


async def watched_accounts(session: AsyncSession, sids: Collection[str]) -> dict[str, AccountRow]:
    """Those of the accounts that want to be told."""
    wants = or_(AccountRow.alert_url.is_not(None), AccountRow.alert_email.is_not(None))
    found = await session.scalars(select(AccountRow).where(AccountRow.sid.in_(sids), wants))
    return {row.sid: row for row in found}


def tellings(alert: AlertRow, account: AccountRow, *, by_webhook: bool = True) -> list[Row]:
    """What is to be stored with a new alert so that its account is told of it."""
    told: list[Row] = []
    if account.alert_url is not None and by_webhook:
        told.append(_webhook(alert, account, account.alert_url))
    if account.alert_email is not None:
        told.append(AlertMailRow(alert_sid=alert.sid, account_sid=account.sid, date_created=alert.date_created))
    return told


def _webhook(alert: AlertRow, account: AccountRow, url: str) -> CallbackRow:
    """The request that tells of an alert; its SID is the alert's, so that there is one of each."""
    return CallbackRow(
        sid="CB" + alert.sid[2:],
        account_sid=account.sid,
        url=url,
        method=account.alert_method,
        fields=_fields(alert, account),
        due_at=alert.date_created,
    )


def tells_of_alert(callback: CallbackRow) -> bool:
    """Such a request that fails is no reason for a further one, but for mail."""
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
