"""Use cases of caller IDs that wait for their code: asked for by the customer, settled by who heard it (row 144).

The platform tells the code to whoever asks. That the number is really theirs is shown by the code's coming back from
somebody who has the number, so the customer's own API cannot enter it.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Literal

from trunkline.kit.ids import IdSource
from trunkline.platform.store.engine import Store
from trunkline.platform.store.repository.number import caller_id_for
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.validation import (
    caller_id_elsewhere,
    count_validations,
    expired_validations,
    find_validation,
    validations_for,
)
from trunkline.platform.store.table import CallbackRow, OutgoingCallerIdRow, ValidationRow
from trunkline.platform.store.vault import Vault
from trunkline.service.control.provisioning.field_rule import check_friendly_name, check_url, formatted, is_e164
from trunkline.service.control.provisioning.refusal import NotFound, Refusal, invalid
from trunkline.service.control.provisioning.workbench import Workbench

LIFETIME: Final = timedelta(hours=1)
MOST_FAILURES: Final = 5
MOST_PENDING: Final = 20
_LONGEST_DELAY_S: Final = 60
_LONGEST_CALLBACK: Final = 1_000


@dataclass(frozen=True, slots=True)
class ValidationWish:
    phone_number: str
    friendly_name: str | None = None
    call_delay_s: int = 0
    extension: str = ""
    status_callback: str = ""
    status_callback_method: Literal["GET", "POST"] = "POST"


async def request_validation(bench: Workbench, account_sid: str, wish: ValidationWish) -> tuple[ValidationRow, str]:
    """The request and its six digits; a new one for the same number takes the place of the old one.

    21421 for what is no number, 21454 for a delay that is not 0-60 s, 21450 for a number that the account has verified
    already, 21453 for one that another has; 20429 while 20 wait.
    """
    _check(wish)
    code, sid, now = f"{bench.ids.number(1_000_000):06d}", bench.ids.sid("CA"), bench.wall()
    row = ValidationRow(
        call_sid=sid,
        account_sid=account_sid,
        phone_number=wish.phone_number,
        friendly_name=check_friendly_name(wish.friendly_name) or formatted(wish.phone_number),
        code_hash=_hashed(bench.vault, sid, code),
        status_callback=check_url("StatusCallback", wish.status_callback),
        status_callback_method=wish.status_callback_method,
        date_created=now,
        expires_at=now + LIFETIME,
    )
    async with bench.store.writing() as session:
        if await caller_id_for(session, account_sid, wish.phone_number) is not None:
            raise Refusal(21450, "The phone number is verified already")
        if await caller_id_elsewhere(session, account_sid, wish.phone_number):
            raise Refusal(21453, "The phone number is verified by another account")
        for older in await validations_for(session, account_sid, wish.phone_number):
            await session.delete(older)
        if await count_validations(session, account_sid) >= MOST_PENDING:
            raise Refusal(20429, f"At most {MOST_PENDING} numbers wait for their code at a time", 429)
        session.add(row)
        await session.commit()
    return row, code


def _check(wish: ValidationWish) -> None:
    if not is_e164(wish.phone_number):
        raise Refusal(21421, f"PhoneNumber {wish.phone_number[:20]} is not a valid E.164 number")
    if not 0 <= wish.call_delay_s <= _LONGEST_DELAY_S:
        raise Refusal(21454, f"CallDelay must be 0 to {_LONGEST_DELAY_S} seconds")
    if len(wish.status_callback) > _LONGEST_CALLBACK:
        raise invalid("StatusCallback", f"must be at most {_LONGEST_CALLBACK} characters")
    if wish.extension and not (len(wish.extension) <= 32 and set(wish.extension) <= set("0123456789*#wW")):
        raise invalid("Extension", "must be at most 32 digits")


async def enter_code(bench: Workbench, call_sid: str, code: str) -> OutgoingCallerIdRow:
    """The caller ID that the right code makes; 20404 for a request that is settled or too old.

    A wrong code is refused with 20001; the fifth ends the request as failed.
    """
    now = bench.wall()
    async with bench.store.writing() as session:
        row = await find_validation(session, call_sid)
        if row is None or row.expires_at <= now:
            raise NotFound
        if not hmac.compare_digest(row.code_hash, _hashed(bench.vault, call_sid, code)):
            await _count_failure(bench.ids, session, row, now)
            await session.commit()
            raise invalid("Code", "is not the code of this request")
        caller_id = await caller_id_for(session, row.account_sid, row.phone_number)
        if caller_id is None:
            caller_id = OutgoingCallerIdRow(
                sid=bench.ids.sid("PN"),
                account_sid=row.account_sid,
                phone_number=row.phone_number,
                friendly_name=row.friendly_name,
                date_created=now,
                date_updated=now,
            )
            session.add(caller_id)
        await _settle(bench.ids, session, row, now, caller_id.sid)
        await session.commit()
    return caller_id


async def expire_validations(store: Store, ids: IdSource, now: datetime) -> None:
    """What nobody has entered the code of in time has failed."""
    async with store.appending() as session:
        rows = await expired_validations(session, now)
        for row in rows:
            await _settle(ids, session, row, now, None)
        if rows:
            await session.commit()


async def _count_failure(ids: IdSource, session: DbSession, row: ValidationRow, now: datetime) -> None:
    row.failures += 1
    if row.failures >= MOST_FAILURES:
        await _settle(ids, session, row, now, None)


async def _settle(ids: IdSource, session: DbSession, row: ValidationRow, now: datetime, caller_id: str | None) -> None:
    """The request goes, and its callback tells how it ended, in one commit."""
    if row.status_callback is not None:
        session.add(
            CallbackRow(
                sid=ids.sid("CB"),
                account_sid=row.account_sid,
                url=row.status_callback,
                method=row.status_callback_method,
                fields=_outcome(row, caller_id),
                due_at=now,
            )
        )
    await session.delete(row)


def _outcome(row: ValidationRow, caller_id: str | None) -> dict[str, Any]:
    fields = {
        "AccountSid": row.account_sid,
        "CallSid": row.call_sid,
        "To": row.phone_number,
        "Called": row.phone_number,
        "VerificationStatus": "success" if caller_id else "failed",
    }
    return fields | ({"OutgoingCallerIdSid": caller_id} if caller_id else {})


def _hashed(vault: Vault, call_sid: str, code: str) -> bytes:
    return hmac.new(vault.mac_key("caller-id-code").reveal(), f"{call_sid}:{code}".encode(), sha256).digest()
