"""Use cases of calls: deleting a finished one; saying that a live one was ended."""

from trunkline.platform.store.audit import tell
from trunkline.platform.store.rating import rate_before_deletion
from trunkline.platform.store.repository.call_record import delete_call_record, hold_call
from trunkline.platform.store.table import CallRow
from trunkline.service.control.provisioning.refusal import existing
from trunkline.service.control.provisioning.workbench import Workbench


async def delete_call(bench: Workbench, account_sid: str, sid: str) -> None:
    """The record goes with its attempts; what it was charged stays in the usage."""
    async with bench.store.appending() as session:
        row = existing(await hold_call(session, account_sid, sid))
        await rate_before_deletion(session, row, bench.wall())
        await delete_call_record(session, row)
        tell(session, row, "deleted")
        await session.commit()


async def tell_ended(bench: Workbench, live: CallRow, status: str) -> None:
    """The audit event of a call that somebody hung up over REST (row 150); its record is the gateway's."""
    async with bench.store.appending() as session:
        tell(session, live, "updated", {"status": {"previous": live.status, "updated": status}})
        await session.commit()
