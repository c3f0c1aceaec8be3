"""Use cases of marked number ranges: numbers that nobody may call with, and numbers that are risky to call."""

from trunkline.platform.store.repository.number_range import find_range, range_by_prefix
from trunkline.platform.store.table import NumberRangeRow
from trunkline.platform.store.table.number_range import RangeList, RangeMark
from trunkline.service.control.provisioning.operator.blocked import check_range
from trunkline.service.control.provisioning.refusal import existing
from trunkline.service.control.provisioning.workbench import Workbench


async def mark_range(bench: Workbench, of: RangeList, prefix: str, mark: RangeMark, reason: str) -> NumberRangeRow:
    """A prefix that is listed already is given this mark and keeps its SID."""
    check_range(prefix, reason)
    now = bench.wall()
    async with bench.store.writing() as session:
        row = await range_by_prefix(session, of, prefix)
        if row is None:
            sid = bench.ids.sid("NR")
            row = NumberRangeRow(sid=sid, of=of, prefix=prefix, mark=mark, date_created=now, date_updated=now)
            session.add(row)
        row.mark, row.reason, row.date_updated = mark, reason, now
        await session.commit()
    return row


async def unmark_range(bench: Workbench, of: RangeList, sid: str) -> None:
    async with bench.store.writing() as session:
        row = existing(await find_range(session, of, sid))
        await session.delete(row)
        await session.commit()
