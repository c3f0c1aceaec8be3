"""The alert of a callback that was given up: what was asked, and what came back (row 126, sip.md 7.6)."""

from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from trunkline.domain.record.alert import AlertLevel, bounded
from trunkline.platform.setting.log import redacted_text
from trunkline.platform.store.alert_webhook import tellings, tells_of_alert, watched_accounts
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.table import AlertRow, CallbackRow
from trunkline.platform.webhook.errors import (
    BAD_CERTIFICATE,
    BAD_HOST,
    NO_HTTP,
    NOT_TAKEN,
    UNREACHABLE,
    Undeliverable,
)

_TEXTS: Final = {
    NOT_TAKEN: "Callback was not taken",
    UNREACHABLE: "Callback address could not be reached",
    NO_HTTP: "Callback was not answered in HTTP",
    BAD_HOST: "Callback host has no address that may be called",
    BAD_CERTIFICATE: "Certificate of the callback host could not be verified",
}
_ABOUT: Final = ("CallSid", "UsageTriggerSid")


def callback_alert(row: CallbackRow, fault: Undeliverable, sid: str, at: datetime) -> AlertRow:
    """`sid` is `NO` and 32 hex digits; credentials in the URL and in the answer are masked."""
    resource = next((row.fields[name] for name in _ABOUT if name in row.fields), row.account_sid)
    return AlertRow(
        sid=sid,
        account_sid=row.account_sid,
        resource_sid=resource,
        error_code=fault.code,
        log_level=AlertLevel.ERROR.value,
        alert_text=f"{_TEXTS[fault.code]} in {row.attempts} attempts: {fault}",
        date_created=at,
        detail={
            "request_method": row.method,
            "request_url": _evidence(row.url),
            "request_text": bounded(urlencode(row.fields)),
            "response_text": _evidence(fault.answer),
            "call_sid": row.fields.get("CallSid"),
        },
    )


async def raise_alert(session: DbSession, row: CallbackRow, alert: AlertRow) -> None:
    """Adds the alert, and what tells the account of it; by webhook only where it was no such one that failed."""
    session.add(alert)
    for account in (await watched_accounts(session, [row.account_sid])).values():
        session.add_all(tellings(alert, account, by_webhook=not tells_of_alert(row)))


def _evidence(text: str | None) -> str | None:
    return None if text is None else bounded(redacted_text(text.replace("\0", "?")))
