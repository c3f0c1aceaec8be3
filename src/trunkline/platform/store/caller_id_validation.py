"""Requests to verify a caller ID: taken on for their call, and settled by the code that comes back (row 144).

The platform tells the code to whoever asks. That the number is really theirs is shown by the code's coming back from
somebody who has the number: over the phone, or through the operator.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from hashlib import sha256
from typing import Any, Final, final

from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.domain.validation.dialogue import LONGEST_S
from trunkline.kit.ids import IdSource
from trunkline.platform.store.engine import Store
from trunkline.platform.store.repository.number import caller_id_for
from trunkline.platform.store.repository.validation import (
    due_validations,
    expired_validations,
    find_validation,
    is_validation_due,
    validations_called_by,
)
from trunkline.platform.store.table import CallbackRow, OutgoingCallerIdRow, ValidationRow
from trunkline.platform.store.vault import Vault

MOST_FAILURES: Final = 5
CLAIM: Final = timedelta(seconds=LONGEST_S + 30)
"""How long a call that somebody has taken on may be without a result: whoever took it has died then."""


@dataclass(frozen=True, slots=True)
class ValidationOrder:
    """A number to be called."""

    call_sid: str
    account_sid: str
    phone_number: str
    extension: str


class CodeFault(Enum):
    WRONG = auto()
    SETTLED = auto()
    """There is no such request (any more)."""


def hashed_code(vault: Vault, call_sid: str, code: str) -> bytes:
    """What is kept of a code."""
    return hmac.new(vault.mac_key("caller-id-code").reveal(), f"{call_sid}:{code}".encode(), sha256).digest()


@final
class Validations:
    """The requests in one store. Every method raises StoreUnavailable when the database does not answer."""

    __slots__ = ("_ids", "_store", "_vault", "_wall")

    def __init__(self, store: Store, vault: Vault, ids: IdSource, wall: Callable[[], datetime]) -> None:
        self._store = store
        self._vault = vault
        self._ids = ids
        self._wall = wall

    async def take_due(self, caller: str, limit: int) -> list[ValidationOrder]:
        """Numbers that `caller` is to call now: nobody else will, and each has failed by itself after a while."""
        now = self._wall()
        async with self._store.reading() as session:
            if not await is_validation_due(session, now):
                return []  # as nearly always, and no writer is kept waiting for it
        async with self._store.appending() as session:
            rows = await due_validations(session, now, limit)
            for row in rows:
                row.call_at, row.caller, row.expires_at = None, caller, now + CLAIM
            await session.commit()
        return [ValidationOrder(row.call_sid, row.account_sid, row.phone_number, row.extension) for row in rows]

    async def enter(self, call_sid: str, code: str) -> OutgoingCallerIdRow | CodeFault:
        """The caller ID that the right code makes. The fifth wrong one ends the request as failed."""
        now = self._wall()
        async with self._store.writing() as session:
            row = await find_validation(session, call_sid)
            if row is None or row.expires_at <= now:
                return CodeFault.SETTLED
            if not hmac.compare_digest(row.code_hash, hashed_code(self._vault, call_sid, code)):
                row.failures += 1
                if row.failures >= MOST_FAILURES:
                    await self._settle(session, row, None)
                await session.commit()
                return CodeFault.WRONG
            caller_id = await self._caller_id(session, row, now)
            await self._settle(session, row, caller_id.sid)
            await session.commit()
        return caller_id

    async def _caller_id(self, session: AsyncSession, row: ValidationRow, now: datetime) -> OutgoingCallerIdRow:
        """That of the number, which may have been vouched for meanwhile."""
        caller_id = await caller_id_for(session, row.account_sid, row.phone_number)
        if caller_id is None:
            caller_id = OutgoingCallerIdRow(
                sid=self._ids.sid("PN"),
                account_sid=row.account_sid,
                phone_number=row.phone_number,
                friendly_name=row.friendly_name,
                date_created=now,
                date_updated=now,
            )
            session.add(caller_id)
        return caller_id

    async def fail(self, call_sid: str) -> None:
        """Nobody has entered the code; nothing where the request is settled."""
        async with self._store.appending() as session:
            row = await find_validation(session, call_sid)
            if row is not None:
                await self._settle(session, row, None)
                await session.commit()

    async def fail_all_of(self, caller: str) -> list[ValidationOrder]:
        """Ends what `caller` had taken on in an earlier life as failed; which those were."""
        async with self._store.appending() as session:
            rows = await validations_called_by(session, caller)
            for row in rows:
                await self._settle(session, row, None)
            if rows:
                await session.commit()
        return [ValidationOrder(row.call_sid, row.account_sid, row.phone_number, row.extension) for row in rows]

    async def expire(self) -> None:
        """What nobody has entered the code of in time has failed."""
        async with self._store.appending() as session:
            rows = await expired_validations(session, self._wall())
            for row in rows:
                await self._settle(session, row, None)
            if rows:
                await session.commit()

    async def _settle(self, session: AsyncSession, row: ValidationRow, caller_id: str | None) -> None:
        """The request goes, and its callback tells how it ended, in one commit."""
        if row.status_callback is not None:
            session.add(
                CallbackRow(
                    sid=self._ids.sid("CB"),
                    account_sid=row.account_sid,
                    url=row.status_callback,
                    method=row.status_callback_method,
                    fields=_outcome(row, caller_id),
                    due_at=self._wall(),
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
