"""Finished calls into the store, in batches, each exactly once however often it is delivered.

Whatever a peer has put into its messages: what a database refuses of a text is replaced, so that the call has its
record and is charged.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.domain.record.alert import Alert
from trunkline.domain.record.attempt import CallAttempt
from trunkline.domain.record.call_record import CallRecord, record_to_json
from trunkline.domain.record.media_statistics import MediaStatistics, media_to_json
from trunkline.kit.ids import CallSid
from trunkline.platform.store.alert_webhook import tellings, watched_accounts
from trunkline.platform.store.engine import Store
from trunkline.platform.store.or_nothing import insert_or_nothing
from trunkline.platform.store.table import AlertRow, CallAttemptRow, CallRow

BATCH: Final = 200
"""Records in one transaction: it stays far below 100 ms (design, decision 18)."""


async def write_records(store: Store, records: Sequence[CallRecord], alerts: Sequence[Alert] = ()) -> None:
    """Stores all of them in transactions of at most BATCH each; what is there already stays as it is.

    A raised error leaves whole batches stored and the rest not: deliver everything again.
    """
    for start in range(0, max(len(records), len(alerts)), BATCH):
        async with store.appending() as session:
            await _insert(session, CallRow, [_call(record) for record in records[start : start + BATCH]])
            attempts = [
                _attempt(record.sid, attempt)
                for record in records[start : start + BATCH]
                for attempt in record.attempts
            ]
            await _insert(session, CallAttemptRow, attempts)
            await _raise(session, [_alert(alert) for alert in alerts[start : start + BATCH]])
            await session.commit()


async def _raise(session: AsyncSession, alerts: list[dict[str, Any]]) -> None:
    """Stores alerts, and what tells their accounts of those that are new."""
    watched = await watched_accounts(session, {alert["account_sid"] for alert in alerts}) if alerts else {}
    told = [alert for alert in alerts if alert["account_sid"] in watched]
    known = set(await session.scalars(select(AlertRow.sid).where(AlertRow.sid.in_([alert["sid"] for alert in told]))))
    await _insert(session, AlertRow, alerts)
    for alert in told:
        if alert["sid"] not in known:
            session.add_all(tellings(AlertRow(**alert), watched[alert["account_sid"]]))


async def _insert(
    session: AsyncSession, table: type[CallRow | CallAttemptRow | AlertRow], rows: list[dict[str, Any]]
) -> None:
    if rows:
        for row in rows:
            _clean(row)
        await session.execute(insert_or_nothing(table, session.get_bind().dialect.name), rows)


def _clean(fields: dict[str, Any]) -> None:
    """Octets that are no UTF-8 (lone surrogates), which no database takes, and NUL, which PostgreSQL does not."""
    for name, value in fields.items():
        if isinstance(value, str):
            if "\0" in value or not value.isascii():
                fields[name] = value.replace("\0", "?").encode("utf-8", "replace").decode()
        elif isinstance(value, dict):
            _clean(value)


def _media(media: MediaStatistics | None) -> dict[str, Any] | None:
    return None if media is None else dict(media_to_json(media))


def _call(record: CallRecord) -> dict[str, Any]:
    detail = dict(record_to_json(record))
    del detail["attempts"]
    return {
        "sid": record.sid,
        "account_sid": record.account_sid,
        "trunk_sid": record.trunk_sid,
        "parent_call_sid": record.parent_call_sid,
        "phone_number_sid": record.number_sid,
        "direction": record.direction.value,
        "from_number": record.from_number,
        "to_number": record.to_number,
        "to_uri": record.to_uri,
        "caller_name": record.caller_name,
        "cnam_lookups": record.cnam_lookups,
        "forwarded_from": None,
        "status": record.status.value,
        "date_created": record.invited_at,
        "date_updated": record.released_at,
        "invited_at": record.invited_at,
        "trying_at": record.trying_at,
        "ringing_at": record.ringing_at,
        "answered_at": record.answered_at,
        "released_at": record.released_at,
        "start_time": record.answered_at or record.invited_at,
        "duration_s": int(record.duration_s + 0.5),
        "pdd_ms": record.pdd_ms,
        "cause": record.cause.name,
        "sip_status": record.cause.sip_status,
        "q850_cause": record.cause.q850,
        "error_code": record.cause.error_code,
        "party_at_fault": record.cause.party.value,
        "released_by": record.released_by.value,
        "interrupted": record.interrupted,
        "carrier_sid": record.carrier_sid,
        "carrier_gateway": record.carrier_gateway,
        "gateway": record.gateway,
        "edge": record.edge,
        "inbound_transport": record.inbound_transport.value,
        "outbound_transport": None if record.outbound_transport is None else record.outbound_transport.value,
        "codec": record.codec,
        "secure_media": record.secure_media,
        "inbound_sip_call_id": record.inbound_sip_call_id,
        "outbound_sip_call_id": record.outbound_sip_call_id,
        "source_address": record.source_address,
        "inbound_media": _media(record.inbound_media),
        "outbound_media": _media(record.outbound_media),
        "price": None,
        "price_unit": "USD",
        "detail": detail,
    }


def _attempt(call_sid: CallSid, attempt: CallAttempt) -> dict[str, Any]:
    return {
        "call_sid": call_sid,
        "position": attempt.index,
        "target": attempt.target_uri,
        "address": attempt.address,
        "sip_call_id": attempt.sip_call_id,
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
        "sip_status": attempt.status,
        "cause": None if attempt.cause is None else attempt.cause.name,
        "error_code": None if attempt.cause is None else attempt.cause.error_code,
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "sid": alert.sid,
        "account_sid": alert.account_sid,
        "resource_sid": alert.call_sid or alert.trunk_sid or alert.account_sid,
        "error_code": alert.code,
        "log_level": alert.level.value,
        "alert_text": alert.text,
        "date_created": alert.raised_at,
        "detail": {
            "request_text": alert.request_text,
            "response_text": alert.response_text,
            "party_at_fault": None if alert.party is None else alert.party.value,
            "trunk_sid": alert.trunk_sid,
            "call_sid": alert.call_sid,
        },
    }
