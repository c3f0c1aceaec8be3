"""Use cases of recordings: deleting one (rest.md 3.9)."""

from trunkline.platform.store.audit import tell
from trunkline.platform.store.repository.recording import find_recording
from trunkline.service.control.provisioning.refusal import NotFound, Refusal
from trunkline.service.control.provisioning.workbench import Workbench

_UNDER_WAY = ("in-progress", "paused", "processing")


async def delete_recording(bench: Workbench, account_sid: str, sid: str, call_sid: str | None = None) -> None:
    """It is gone for everybody who does not ask for deleted ones; 20009 while it is being made."""
    async with bench.store.appending() as session:
        row = await find_recording(session, account_sid, sid)
        if row is None or call_sid not in (None, row.call_sid):
            raise NotFound
        if row.status in _UNDER_WAY:
            raise Refusal(20009, "A recording that is being made cannot be deleted", 409)
        row.deleted_at = row.date_updated = bench.wall()
        tell(session, row, "deleted")
        await session.commit()
