"""Use cases of the block list: destinations that nobody may call (row 36)."""

import re
from typing import Final

from trunkline.platform.store.repository.blocked import blocked_by_prefix, find_blocked
from trunkline.platform.store.table import BlockedDestinationRow
from trunkline.service.control.provisioning.refusal import existing, invalid
from trunkline.service.control.provisioning.workbench import Workbench

LONGEST_REASON: Final = 255
_PREFIX: Final = re.compile(r"\+[1-9][0-9]{0,14}", re.ASCII)


def check_range(prefix: str, reason: str) -> None:
    """20001 for a prefix that is none, or for a long note."""
    if not _PREFIX.fullmatch(prefix):
        raise invalid("Prefix", f"{prefix[:20]!r} is not + and 1-15 digits")
    if len(reason) > LONGEST_REASON:
        raise invalid("Reason", f"at most {LONGEST_REASON} characters")


async def block_destination(bench: Workbench, prefix: str, reason: str) -> BlockedDestinationRow:
    """Idempotent: a prefix that is blocked already is given back as it stands."""
    check_range(prefix, reason)
    now = bench.wall()
    async with bench.store.writing() as session:
        row = await blocked_by_prefix(session, prefix)
        if row is None:
            row = BlockedDestinationRow(
                sid=bench.ids.sid("BD"), prefix=prefix, reason=reason, date_created=now, date_updated=now
            )
            session.add(row)
            await session.commit()
    return row


async def unblock_destination(bench: Workbench, sid: str) -> None:
    async with bench.store.writing() as session:
        row = existing(await find_blocked(session, sid))
        await session.delete(row)
        await session.commit()
