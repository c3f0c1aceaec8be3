"""Finished records and alerts on their way to the store: into the journal at once, from there in batches.

A database that is away delays them and loses nothing: what does not fit into memory meanwhile is read back from the
journal. The store takes each record once however often it comes, so that after a crash they simply come again.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, final

from trunkline.domain.record.alert import Alert, alert_from_json, alert_to_json
from trunkline.domain.record.call_record import CallRecord, record_from_json, record_to_json
from trunkline.domain.record.errors import MalformedRecord
from trunkline.domain.record.json_field import rows, written_wall
from trunkline.platform.journal.journal import CallJournal
from trunkline.platform.journal.payload import Fields
from trunkline.platform.journal.spool import NOWHERE
from trunkline.platform.setting.log import logger
from trunkline.platform.store.errors import StoreUnavailable
from trunkline.service.gateway.tally import Tally

Write = Callable[[Sequence[CallRecord], Sequence[Alert]], Awaitable[None]]
"""Stores all or raises StoreUnavailable; idempotent."""

BATCH: Final = 200
PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 10.0
MOST_IN_MEMORY: Final = 2000


@final
class _Parcel:
    """One call's record and alerts, and where the journal has them."""

    __slots__ = ("alerts", "position", "record")

    def __init__(self, position: int, record: CallRecord | None, alerts: list[Alert]) -> None:
        self.position = position
        self.record = record
        self.alerts = alerts


@final
class Outbox:
    """Implements the gateway's `Records` port."""

    __slots__ = (
        "_in_memory", "_journal", "_parcels", "_spilled", "_suspects", "_tried", "_unkept", "_wake", "_write",
        "pause_s", "set_aside", "stored", "tally",
    )  # fmt: skip

    def __init__(self, journal: CallJournal, write: Write, in_memory: int = MOST_IN_MEMORY) -> None:
        """`journal` has been replayed."""
        self._journal = journal
        self._write = write
        self._in_memory = in_memory
        self._parcels: deque[_Parcel] = deque()
        self._unkept: list[_Parcel] = []
        """In memory only, for want of disk."""
        self._spilled = journal.has_unstored
        """Behind the parcels in memory there are more on the disk."""
        self._wake = asyncio.Event()
        self.pause_s = PAUSE_S
        """How long the loop waits for more; longer while the store is away."""
        self._suspects = 0
        self._tried = 0
        self.stored = 0
        self.tally = Tally()
        self.set_aside = 0
        """Records that the store refuses for good; they are in the log."""

    def __len__(self) -> int:
        """Parcels in memory."""
        return len(self._parcels)

    @property
    def is_empty(self) -> bool:
        return not self._parcels and not self._spilled

    def deliver(self, record: CallRecord | None, alerts: list[Alert]) -> None:
        """Keep a finished call's record and alerts."""
        if record is None and not alerts:
            return
        if record is not None:
            self.tally.count(record)
        position = self._journal.record(record.sid if record is not None else None, _fields(record, alerts))
        if position == NOWHERE:
            parcel = _Parcel(self._parcels[-1].position if self._parcels else NOWHERE, record, alerts)
            self._unkept.append(parcel)
            self._parcels.append(parcel)
        elif self._spilled or len(self._parcels) >= self._in_memory:
            self._spilled = True
        else:
            self._parcels.append(_Parcel(position, record, alerts))
        if len(self._parcels) >= BATCH:
            self._wake.set()

    # ---- towards the store

    async def run(self) -> None:
        """The service loop: a batch as soon as there is one, or what there is every 250 ms; more slowly in need."""
        while True:
            try:
                async with asyncio.timeout(self.pause_s):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            await self.flush()

    async def flush(self) -> bool:
        """Store what there is; False when the store is away or the journal cannot be read."""
        self._keep_again()
        self._judge()
        while not self.is_empty:
            if not await (self._store_some() if self._parcels else self._read_back()):
                return False
        self.pause_s = PAUSE_S
        return True

    async def _store_some(self) -> bool:
        most = 1 if self._suspects else BATCH
        parcels = [self._parcels[at] for at in range(min(most, len(self._parcels)))]
        records = [parcel.record for parcel in parcels if parcel.record is not None]
        self._tried = len(parcels)
        try:
            await self._write(records, [alert for parcel in parcels for alert in parcel.alerts])
        except StoreUnavailable as error:
            self._tried = 0
            return self._put_off("records wait for the store", error)
        self._tried = 0
        self._done(parcels)
        for record in records:
            _tell(record)
        return True

    def _done(self, parcels: list[_Parcel]) -> None:
        for _ in parcels:
            self._parcels.popleft()
        self.stored += len(parcels)
        self._suspects = max(0, self._suspects - len(parcels))
        if self._unkept:
            done = set(map(id, parcels))
            self._unkept = [parcel for parcel in self._unkept if id(parcel) not in done]
        everything = not self._parcels and not self._spilled
        self._journal.stored(self._journal.last_record if everything else parcels[-1].position)

    def _judge(self) -> None:
        """After a crash of the loop: a batch that the store choked on goes one by one, a single record aside."""
        if self._tried == 1:
            parcel = self._parcels[0]
            self.set_aside += 1
            logger(room="gateway").error("record set aside", **_fields(parcel.record, parcel.alerts))
            self._done([parcel])
        elif self._tried:
            self._suspects = self._tried
        self._tried = 0

    def _keep_again(self) -> None:
        """The disk takes records again: those of the meantime go onto it."""
        if self._unkept and not self._journal.trouble:
            unkept, self._unkept = self._unkept, []
            for parcel in unkept:
                sid = parcel.record.sid if parcel.record is not None else None
                self._journal.record(sid, _fields(parcel.record, parcel.alerts))

    def _put_off(self, told: str, error: Exception) -> bool:
        """The loop asks again later, ever more slowly."""
        self.pause_s = min(2 * self.pause_s, LONGEST_PAUSE_S)
        logger(room="gateway").warning(told, waiting=len(self), reason=str(error))
        return False

    async def _read_back(self) -> bool:
        last = self._journal.last_record
        try:
            found = await asyncio.to_thread(self._journal.records_after, self._journal.stored_to, BATCH)
        except OSError as error:
            return self._put_off("records wait for the disk", error)
        for position, fields in found:
            try:
                self._parcels.append(_Parcel(position, *_from(fields)))
            except MalformedRecord as error:
                self.set_aside += 1
                logger(room="gateway").error("record unreadable", reason=str(error))
                self._parcels.append(_Parcel(position, None, []))
        if not found:
            self._journal.stored(last)  # nothing there that is whole
            self._spilled = self._journal.has_unstored
        return True


def _tell(record: CallRecord) -> None:
    """One line for each finished call, with its milestones; after storing, so off the call's path."""
    logger(room="gateway").info(
        "call over",
        call_sid=record.sid,
        account_sid=record.account_sid,
        trunk_sid=record.trunk_sid,
        direction=record.direction.value,
        status=record.status.value,
        cause=record.cause.name,
        fault=record.cause.party.value,
        sip_call_id=record.inbound_sip_call_id,
        invited_at=written_wall(record.invited_at),
        trying_at=written_wall(record.trying_at),
        ringing_at=written_wall(record.ringing_at),
        answered_at=written_wall(record.answered_at),
        released_at=written_wall(record.released_at),
        attempts=len(record.attempts),
        interrupted=record.interrupted,
    )


def _fields(record: CallRecord | None, alerts: list[Alert]) -> Fields:
    return {
        "record": None if record is None else record_to_json(record),
        "alerts": [alert_to_json(alert) for alert in alerts],
    }


def _from(fields: Fields) -> tuple[CallRecord | None, list[Alert]]:
    record = fields.get("record")
    return (
        None if record is None else record_from_json(record),
        [alert_from_json(alert) for alert in rows(fields, "alerts")],
    )
