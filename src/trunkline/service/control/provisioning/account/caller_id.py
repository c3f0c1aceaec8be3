"""Use cases of verified caller IDs."""

from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.repository.number import caller_id_for, find_caller_id
from trunkline.platform.store.table import OutgoingCallerIdRow
from trunkline.service.control.provisioning.field_rule import check_friendly_name, formatted, is_e164
from trunkline.service.control.provisioning.refusal import Refusal, existing
from trunkline.service.control.provisioning.workbench import Workbench


async def vouch_for_caller_id(
    bench: Workbench, account_sid: str, phone_number: str, friendly_name: str | None
) -> OutgoingCallerIdRow:
    """The operator's word in place of a validation call; 21450 when it is verified already."""
    if not is_e164(phone_number):
        raise Refusal(21421, f"PhoneNumber {phone_number[:20]} is not a valid E.164 number")
    name, now = check_friendly_name(friendly_name) or formatted(phone_number), bench.wall()
    async with bench.store.writing() as session:
        existing(await find_account(session, account_sid))
        if await caller_id_for(session, account_sid, phone_number) is not None:
            raise Refusal(21450, "The phone number is verified already")
        row = OutgoingCallerIdRow(
            sid=bench.ids.sid("PN"),
            account_sid=account_sid,
            phone_number=phone_number,
            friendly_name=name,
            date_created=now,
            date_updated=now,
        )
        session.add(row)
        await session.commit()
    return row


async def rename_caller_id(
    bench: Workbench, account_sid: str, sid: str, friendly_name: str | None
) -> OutgoingCallerIdRow:
    """None leaves the name, empty gives back the number as a name."""
    async with bench.store.writing() as session:
        row = existing(await find_caller_id(session, account_sid, sid))
        if friendly_name is not None:
            row.friendly_name = check_friendly_name(friendly_name) or formatted(row.phone_number)
            row.date_updated = bench.wall()
            await session.commit()
    return row


async def delete_caller_id(bench: Workbench, account_sid: str, sid: str) -> None:
    async with bench.store.writing() as session:
        row = existing(await find_caller_id(session, account_sid, sid))
        await session.delete(row)
        await session.commit()
