"""Use cases of the platform's own names of callers (row 69)."""

from trunkline.domain.trunk.number.e164 import e164_of
from trunkline.domain.trunk.origination.caller_name import LONGEST_NAME, shown_name
from trunkline.platform.store.repository.caller_name import caller_name_by_number, find_caller_name
from trunkline.platform.store.table import CallerNameRow
from trunkline.service.control.provisioning.refusal import existing, invalid
from trunkline.service.control.provisioning.workbench import Workbench


async def name_caller(bench: Workbench, phone_number: str, name: str) -> CallerNameRow:
    """A number has one name: naming it again changes that."""
    if e164_of(phone_number) != phone_number:
        raise invalid("PhoneNumber", f"{phone_number[:20]!r} is not + and 2-15 digits")
    if shown_name(name) != name:
        raise invalid("Name", f"1-{LONGEST_NAME} printable characters without quotes are needed")
    now = bench.wall()
    async with bench.store.writing() as session:
        row = await caller_name_by_number(session, phone_number)
        if row is None:
            row = CallerNameRow(
                sid=bench.ids.sid("NM"), phone_number=phone_number, name=name, date_created=now, date_updated=now
            )
            session.add(row)
        else:
            row.name, row.date_updated = name, now
        await session.commit()
    return row


async def forget_caller(bench: Workbench, sid: str) -> None:
    async with bench.store.writing() as session:
        row = existing(await find_caller_name(session, sid))
        await session.delete(row)
        await session.commit()
