"""Use cases of calls: deleting a finished one."""

from trunkline.platform.store.audit import tell
from trunkline.platform.store.rating import rate_before_deletion
from trunkline.platform.store.repository.call_record import delete_call_record, find_call
from trunkline.service.control.provisioning.refusal import existing
from trunkline.service.control.provisioning.workbench import Workbench


async def delete_call(bench: Workbench, account_sid: str, sid: str) -> None:
    """The record goes with its attempts; what it was charged stays in the usage."""
    async with bench.store.appending() as session:
        row = existing(await find_call(session, account_sid, sid))
        await rate_before_deletion(session, row, bench.wall())
        await delete_call_record(session, row)
        tell(session, row, "deleted")
        await session.commit()
